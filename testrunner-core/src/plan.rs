//! The planner: splits the files of a Testrun into items, before anything is stored.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr};

use crate::clock::micros;
use crate::item::NewItem;

/// What a file is expected to take where nothing is known of any.
const UNKNOWN: Duration = Duration::from_secs(1);
/// No item is made heavier than this, unless one file is.
const HEAVIEST: Duration = Duration::from_secs(30);
/// So many times its weight a guessed file takes up in its item: neighbours are often alike, and items of many guessed
/// ones could be wrong by far.
const GUESSED: i64 = 4;

/// How files are grouped into items.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Plan {
    /// One item: files run one after the other on one slot, in the order of submission.
    Whole,
    /// One item for each file.
    PerFile,
    /// Longest files first, items ever smaller towards the end, so that slots finish together.
    #[default]
    Weighted,
}

/// What each file without history is expected to take: as long as the known ones of `files` on average, and a second
/// where none is known.
#[must_use]
pub fn assumed(files: &[(u32, Option<Duration>)]) -> Duration {
    let known: Vec<Duration> = files.iter().filter_map(|(_, known)| *known).collect();
    let sum = known.iter().fold(Duration::ZERO, |sum, took| sum.saturating_add(*took));
    u32::try_from(known.len()).ok().and_then(|n| sum.checked_div(n)).unwrap_or(UNKNOWN)
}

/// Groups the files named by `files` (index, expected time) into items for `slots` slots. Every file is in
/// exactly one item. Files of which nothing is known count as [`assumed`].
#[must_use]
pub fn plan(files: &[(u32, Option<Duration>)], how: Plan, slots: usize) -> Vec<NewItem> {
    let assumed = assumed(files);
    let weigh = |&(index, known): &(u32, Option<Duration>)| Weighed {
        index,
        weight: micros(known.unwrap_or(assumed)).max(1),
        is_guessed: known.is_none(),
    };
    let mut weighed: Vec<Weighed> = files.iter().map(weigh).collect();
    let groups = match how {
        Plan::Whole => vec![weighed],
        Plan::PerFile => weighed.into_iter().map(|file| vec![file]).collect(),
        Plan::Weighted => {
            // A stable sort: files of equal weight keep the order of submission.
            weighed.sort_by_key(|file| std::cmp::Reverse(file.weight));
            guided(weighed, slots.max(1))
        }
    };
    let ranked = groups.into_iter().filter(|group| !group.is_empty()).zip(0..);
    ranked
        .map(|(group, rank)| NewItem {
            weight_us: sum(&group),
            files: group.into_iter().map(|file| file.index).collect(),
            rank,
        })
        .collect()
}

/// A file with its expected time, in microseconds.
struct Weighed {
    index: u32,
    weight: i64,
    is_guessed: bool,
}

fn sum(files: &[Weighed]) -> i64 {
    files.iter().fold(0, |sum, file| sum.saturating_add(file.weight))
}

/// Guided self-scheduling: each item takes a share of what is left, so that the last ones are small.
fn guided(files: Vec<Weighed>, slots: usize) -> Vec<Vec<Weighed>> {
    let shares = i64::try_from(slots).unwrap_or(i64::MAX).saturating_mul(4);
    let target = |left: i64| (left / shares).min(micros(HEAVIEST));
    let mut left = sum(&files);
    let mut groups = Vec::new();
    let mut group = Vec::new();
    let (mut size, mut full) = (0_i64, target(left));
    for file in files {
        let weight = file.weight;
        left = left.saturating_sub(weight);
        size = size.saturating_add(weight.saturating_mul(if file.is_guessed { GUESSED } else { 1 }));
        group.push(file);
        if size >= full {
            groups.push(std::mem::take(&mut group));
            (size, full) = (0, target(left));
        }
    }
    groups.push(group);
    groups
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn weights(all: &[u64]) -> Vec<(u32, Option<Duration>)> {
        (0..).zip(all.iter().map(|&ms| Some(Duration::from_millis(ms)))).collect()
    }

    #[test]
    fn longest_goes_first_and_the_tail_is_short() {
        let items = plan(&weights(&[10, 5_000, 20, 40, 30]), Plan::Weighted, 2);
        assert_eq!(items[0].files, [1]);
        assert!(items.last().is_some_and(|item| item.weight_us <= 20_000), "{items:?}");
    }

    #[test]
    fn many_small_files_share_items() {
        let items = plan(&weights(&[10; 1_000]), Plan::Weighted, 2);
        assert!(items.len() < 100, "{}", items.len());
        assert!(items[0].files.len() > 100);
    }

    #[test]
    fn what_is_not_known_is_taken_for_the_average() {
        let second = Duration::from_secs(1);
        assert_eq!(assumed(&[(0, None), (1, None)]), second);
        let files = [(0, Some(second)), (1, None), (2, Some(second * 5)), (3, Some(second * 2))];
        assert_eq!(assumed(&files), second * 8 / 3);
        let items = plan(&files, Plan::Weighted, 2);
        let order: Vec<u32> = items.iter().flat_map(|item| item.files.clone()).collect();
        assert_eq!(order, [2, 1, 3, 0], "neither first nor last");
    }

    #[test]
    fn guesses_are_put_into_small_items() {
        let known = plan(&weights(&[1_000; 400]), Plan::Weighted, 4);
        let guessed: Vec<_> = (0..400).map(|index| (index, None)).collect();
        let guessed = plan(&guessed, Plan::Weighted, 4);
        assert_eq!((known[0].files.len(), guessed[0].files.len()), (25, 7));
    }

    #[test]
    fn whole_keeps_the_order() {
        let items = plan(&weights(&[1, 900, 5]), Plan::Whole, 8);
        assert_eq!(items.len(), 1);
        assert_eq!(items[0].files, [0, 1, 2]);
    }

    proptest! {
        #[test]
        fn every_file_is_in_exactly_one_item(
            all in prop::collection::vec(prop::option::of(0_u64..100_000), 1..300),
            slots in 0_usize..40,
            how in prop::sample::select(vec![Plan::Whole, Plan::PerFile, Plan::Weighted]),
        ) {
            let files: Vec<_> =
                (0..).zip(all.iter().map(|ms| ms.map(Duration::from_millis))).collect();
            let items = plan(&files, how, slots);
            let mut seen: Vec<u32> = items.iter().flat_map(|item| item.files.clone()).collect();
            seen.sort_unstable();
            let wanted = u32::try_from(files.len()).unwrap_or(u32::MAX);
            prop_assert_eq!(seen, (0..wanted).collect::<Vec<_>>());
            prop_assert!(items.iter().all(|item| !item.files.is_empty() && item.weight_us > 0));
            prop_assert!(items.iter().zip(0..).all(|(item, rank)| item.rank == rank));
        }
    }
}
