//! The forecast: when a plan is expected to end, and what each slot is expected to do until then.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use crate::clock::{duration, micros};
use crate::item::NewItem;
use crate::plan::{Plan, assumed, plan};

/// Items on slots, as they follow each other when each takes as long as expected.
///
/// A slot that is free takes the next item. What is around files (opening a session, claiming) is not part of it, nor is
/// what else runs there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// What each slot does, in order; slots without an item are empty.
    pub slots: Vec<Vec<Place>>,
}

/// When an item is expected to run, counted from the start of the first one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which item: its place among those given, from 0.
    pub item: usize,
    /// Its start.
    pub from: Duration,
    /// Its end.
    pub to: Duration,
}

impl Schedule {
    /// Schedules items that are expected to take this long (in microseconds), in the order in which they are
    /// claimed. The result depends on nothing else: of slots that become free at the same time the first is taken.
    #[must_use]
    pub fn of(weights_us: impl IntoIterator<Item = i64>, slots: usize) -> Self {
        let slots = slots.max(1);
        let mut free: BinaryHeap<_> = (0..slots).map(|slot| Reverse((Duration::ZERO, slot))).collect();
        let mut schedule = Self { slots: vec![Vec::new(); slots] };
        for (item, weight) in weights_us.into_iter().enumerate() {
            let Some(mut next) = free.peek_mut() else { break };
            let Reverse((from, slot)) = *next;
            let to = from.saturating_add(duration(weight));
            schedule.slots[slot].push(Place { item, from, to });
            *next = Reverse((to, slot));
        }
        schedule
    }

    /// When the last item ends.
    #[must_use]
    pub fn makespan(&self) -> Duration {
        self.ends().max().unwrap_or_default()
    }

    /// How long slots wait for the last item, in all.
    #[must_use]
    pub fn idle(&self) -> Duration {
        let makespan = self.makespan();
        self.ends().map(|end| makespan.saturating_sub(end)).fold(Duration::ZERO, Duration::saturating_add)
    }

    fn ends(&self) -> impl Iterator<Item = Duration> {
        self.slots.iter().map(|slot| slot.last().map_or(Duration::ZERO, |place| place.to))
    }
}

/// A plan with what is expected of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// The items, in order of rank.
    pub items: Vec<NewItem>,
    /// When each is expected to run: [`Place::item`] is the rank.
    pub schedule: Schedule,
    /// What each file without history was assumed to take.
    pub assumed: Duration,
    /// No plan of these files can end earlier on so many slots: the longest file, or an equal share for each slot.
    pub bound: Duration,
}

impl Forecast {
    /// Plans `files` (index, expected time) as [`plan`] does. Pure: what is equal is planned equally.
    #[must_use]
    pub fn of(files: &[(u32, Option<Duration>)], how: Plan, slots: usize) -> Self {
        let assumed = assumed(files);
        let items = plan(files, how, slots);
        let schedule = Schedule::of(items.iter().map(|item| item.weight_us), slots);
        let took = files.iter().map(|(_, known)| micros(known.unwrap_or(assumed)).max(1));
        let longest = took.clone().max().unwrap_or(0);
        let share = took.fold(0_i64, i64::saturating_add) / i64::try_from(slots.max(1)).unwrap_or(i64::MAX);
        let bound = duration(longest.max(share));
        Self { items, schedule, assumed, bound }
    }

    /// When all is expected to have ended, counted from the start of the first file.
    #[must_use]
    pub fn makespan(&self) -> Duration {
        self.schedule.makespan()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn files(all: &[Option<u64>]) -> Vec<(u32, Option<Duration>)> {
        (0..).zip(all.iter().map(|known| known.map(ms))).collect()
    }

    #[test]
    fn a_free_slot_takes_the_next_item() {
        let schedule = Schedule::of([5_000, 3_000, 1_000, 4_000], 2);
        let of_slot = |slot: usize| schedule.slots[slot].iter().map(|place| place.item).collect::<Vec<_>>();
        assert_eq!((of_slot(0), of_slot(1)), (vec![0], vec![1, 2, 3]));
        assert_eq!((schedule.makespan(), schedule.idle()), (ms(8), ms(3)));
    }

    #[test]
    fn slots_without_an_item_wait_all_the_time() {
        let schedule = Schedule::of([7_000], 3);
        assert_eq!((schedule.slots.len(), schedule.makespan(), schedule.idle()), (3, ms(7), ms(14)));
        let none = Schedule::of([], 0);
        assert_eq!((none.slots.len(), none.makespan(), none.idle()), (1, ms(0), ms(0)));
    }

    /// 40 files of about 20 s with a long tail: as good as any plan.
    #[test]
    fn a_skewed_batch_is_well_balanced() {
        let all: Vec<_> = (1..=40_u64).map(|n| Some(4_675 / n)).collect();
        let forecast = Forecast::of(&files(&all), Plan::Weighted, 2);
        assert!(forecast.makespan() <= forecast.bound * 101 / 100, "{forecast:?}");
    }

    proptest! {
        #[test]
        fn a_forecast_is_between_the_bounds_and_always_the_same(
            all in prop::collection::vec(prop::option::weighted(0.8, 0_u64..100_000), 1..300),
            slots in 1_usize..40,
            how in prop::sample::select(vec![Plan::Whole, Plan::PerFile, Plan::Weighted]),
        ) {
            let files = files(&all);
            let forecast = Forecast::of(&files, how, slots);
            prop_assert_eq!(&forecast, &Forecast::of(&files, how, slots));
            prop_assert_eq!(&forecast.items, &plan(&files, how, slots));
            // Each item is on one slot once, and no slot does two things at a time.
            let mut seen: Vec<usize> = Vec::new();
            for slot in &forecast.schedule.slots {
                prop_assert!(slot.windows(2).all(|pair| pair[0].to <= pair[1].from));
                seen.extend(slot.iter().map(|place| place.item));
            }
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..forecast.items.len()).collect::<Vec<_>>());
            // List scheduling ends within (2 - 1/slots) of what is best for these items.
            let makespan = forecast.makespan();
            prop_assert!(makespan >= forecast.bound);
            let m = i64::try_from(slots).unwrap_or(1);
            let sum: i64 = forecast.items.iter().map(|item| item.weight_us).sum();
            let heaviest = forecast.items.iter().map(|item| item.weight_us).max().unwrap_or(0);
            let best = heaviest.max((sum + m - 1) / m);
            prop_assert!(micros(makespan) * m <= best * (2 * m - 1), "{makespan:?}, best {best}");
        }
    }
}
