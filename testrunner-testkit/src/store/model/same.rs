//! What must be the same, and what may differ.

use std::fmt::Debug;
use std::ops::Range;

use testrunner_core::store::{EventPage, Reaped, StoreResult};
use testrunner_core::{Event, EventBody};

use crate::ledger::OWN_WORDS;

/// Results are the same, refusals are of the same kind.
pub(super) fn assert_same<T: PartialEq + Debug>(context: &str, theirs: StoreResult<T>, ours: StoreResult<T>) {
    let theirs = theirs.map_err(|error| error.kind());
    let ours = ours.map_err(|error| error.kind());
    assert!(theirs == ours, "{context}\n the store: {theirs:?}\nthe ledger: {ours:?}");
}

/// In which order the janitor goes about its work is its own affair.
pub(super) fn by_item(mut reaped: Reaped) -> Reaped {
    reaped.ready.sort_by_key(|ticket| ticket.item);
    reaped.touched.sort_unstable();
    reaped
}

/// Which events a page has; what is in them is compared with the whole log.
pub(super) fn by_number(page: &EventPage) -> (Vec<i64>, i64, bool) {
    (page.events.iter().map(|event| event.seq.0).collect(), page.last_seq.0, page.terminal)
}

/// The same events in the same order, but for those of one call within these ranges.
pub(super) fn assert_same_log(theirs: &[Event], ours: &[Event], any_order: &[Range<usize>]) {
    let theirs = in_one_order(theirs, any_order);
    let ours = in_one_order(ours, any_order);
    for (theirs, ours) in theirs.iter().zip(&ours) {
        let (theirs, ours) = reworded(theirs, ours);
        assert!(theirs == ours, "an event differs\n the store: {theirs:?}\nthe ledger: {ours:?}");
    }
    assert_eq!(theirs.len(), ours.len(), "length of the log");
}

fn in_one_order(log: &[Event], any_order: &[Range<usize>]) -> Vec<Event> {
    let mut log = log.to_vec();
    for range in any_order {
        let Some(call) = log.get_mut(range.clone()) else { continue };
        let seqs: Vec<_> = call.iter().map(|event| event.seq).collect();
        call.sort_by_key(|event| event.item);
        for (event, seq) in call.iter_mut().zip(seqs) {
            event.seq = seq;
        }
    }
    log
}

/// Where the ledger says something in its own words, a store may use others.
fn reworded(theirs: &Event, ours: &Event) -> (Event, Event) {
    let (mut theirs, mut ours) = (theirs.clone(), ours.clone());
    if message(&mut ours).is_some_and(|message| message.as_deref() == Some(OWN_WORDS)) {
        for event in [&mut theirs, &mut ours] {
            if let Some(message) = message(event) {
                *message = None;
            }
        }
    }
    (theirs, ours)
}

const fn message(event: &mut Event) -> Option<&mut Option<String>> {
    match &mut event.body {
        EventBody::ItemReturned { message, .. } | EventBody::ItemFinished { message, .. } => Some(message),
        _ => None,
    }
}
