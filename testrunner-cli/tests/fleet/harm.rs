//! What a fault did to a worker, and how long others took to go on with what it held.

use std::collections::BTreeMap;
use std::time::Duration;

use testrunner_core::{Clock as _, Event, EventBody, ItemId, SystemClock, Timestamp};

use super::fleet::Fleet;
use crate::witness::Result;
use crate::witness::book::require;

/// A lease and a sweep, as documented.
const PROMISE: Duration = Duration::from_secs(20);
/// For a machine that has other things to do.
const SLACK: Duration = Duration::from_secs(1);
/// When there is no janitor that has seen the database well for a lease.
const WITHOUT_JANITOR: Duration = Duration::from_secs(16);

/// From when on who was not heard of, and whether a janitor was steady then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Harm {
    pub(crate) worker: Option<&'static str>,
    pub(crate) at: Timestamp,
    pub(crate) steady: bool,
    /// How long a killed worker's processes outlived it.
    pub(crate) cleaned: Option<Duration>,
}

/// Items that were taken over.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TakenOver {
    pub(crate) items: u64,
    /// Until it was anybody's.
    pub(crate) free: Duration,
    /// Until it was begun again.
    pub(crate) begun: Duration,
    /// Until it was anybody's, where no janitor was steady.
    pub(crate) unsteady: Duration,
}

impl TakenOver {
    pub(crate) fn add(&mut self, other: Self) {
        self.items += other.items;
        self.free = self.free.max(other.free);
        self.begun = self.begun.max(other.begun);
        self.unsteady = self.unsteady.max(other.unsteady);
    }
}

impl Harm {
    pub(crate) fn to_worker(fleet: &Fleet, place: usize) -> Self {
        let (worker, at) = (Some(fleet.workers[place].name), SystemClock.now());
        Self { worker, at, steady: fleet.is_steady(), cleaned: None }
    }

    /// To nobody who holds an item.
    pub(crate) fn none() -> Self {
        Self { worker: None, at: SystemClock.now(), steady: true, cleaned: None }
    }

    /// Looks for what the worker held and others went on with.
    ///
    /// # Errors
    /// It took longer than is promised.
    pub(crate) fn taken_over<'a>(&self, logs: impl IntoIterator<Item = &'a [Event]>) -> Result<TakenOver> {
        let mut sum = TakenOver::default();
        let Some(name) = self.worker else { return Ok(sum) };
        for log in logs {
            let mut held: BTreeMap<ItemId, bool> = BTreeMap::new();
            for event in log {
                let Some(item) = event.item else { continue };
                match &event.body {
                    EventBody::ItemStarted { worker, .. } if event.at <= self.at => {
                        // `w1-1a2b3c4d`, behind the name of its token where it has one.
                        let own = worker.0.rsplit('/').next().and_then(|own| own.rsplit_once('-'));
                        let is_its = own.is_some_and(|(start, _)| start == name);
                        if is_its {
                            held.insert(item, false)
                        } else {
                            held.remove(&item)
                        };
                    }
                    EventBody::ItemReturned { .. } if event.at > self.at => {
                        let Some(returned) = held.get_mut(&item) else { continue };
                        *returned = true;
                        let took = event.at.since(self.at);
                        let limit =
                            PROMISE + SLACK + if self.steady { Duration::ZERO } else { WITHOUT_JANITOR };
                        require(took <= limit, || {
                            format!(
                                "item {item} of Testrun {} was free only {took:?} after {name} was lost",
                                event.run
                            )
                        })?;
                        sum.items += 1;
                        let longest = if self.steady { &mut sum.free } else { &mut sum.unsteady };
                        *longest = took.max(*longest);
                    }
                    EventBody::ItemStarted { .. } => {
                        let is_taken_over = held.remove(&item).unwrap_or_default();
                        let took = if is_taken_over { event.at.since(self.at) } else { Duration::ZERO };
                        sum.begun = sum.begun.max(took);
                    }
                    EventBody::ItemReturned { .. } | EventBody::ItemFinished { .. } => {
                        held.remove(&item);
                    }
                    _ => {}
                }
            }
        }
        Ok(sum)
    }
}
