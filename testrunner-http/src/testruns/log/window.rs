//! Stretches of a Testrun's events, from a place backwards.

use testrunner_core::event::Event;
use testrunner_core::store::{EventLimit, Store, StoreResult};
use testrunner_core::{Seq, TestrunId};

/// Events that are read at once: of output in large pieces few, so that not much more is read than is wanted.
pub(super) const FEW: i64 = 32;
const MANY: i64 = 1_024;
/// A stretch of less, by the events' weight, was too short.
const LITTLE: usize = 256 << 10;

/// How many events to read next, after a stretch that had these.
pub(super) fn next_stretch(stretch: i64, events: &[Event]) -> i64 {
    if weight(events) < LITTLE { (stretch * 2).min(MANY) } else { FEW }
}

pub(super) fn weight(events: &[Event]) -> usize {
    events.iter().map(|event| event.body.weight()).sum()
}

/// The events of `[first, before)`, with `first` at most `stretch` below `before`. Numbers are dense.
pub(super) async fn ahead_of(
    store: &dyn Store,
    run: TestrunId,
    before: Seq,
    stretch: i64,
) -> StoreResult<(Seq, Vec<Event>)> {
    let first = Seq((before.0 - stretch).max(1));
    let mut events: Vec<Event> = Vec::new();
    let mut after = Seq(first.0 - 1);
    while after.0 < before.0 - 1 {
        let page = store.events(run, after, EventLimit::default()).await?;
        let Some(last) = page.events.last().map(|event| event.seq) else { break };
        after = last;
        events.extend(page.events.into_iter().filter(|event| event.seq < before));
    }
    Ok((first, events))
}
