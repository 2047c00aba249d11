//! What must be so after every fault.

use std::collections::{BTreeMap, BTreeSet};

use testrunner_core::{Event, EventBody, FailReason, Store, TestrunId};

use super::fleet::Fleet;
use super::harm::{Harm, TakenOver};
use crate::witness::Result;
use crate::witness::book::{Book, Checked, Entry, require};
use crate::witness::journal::{Executed, Told};

/// Holds all Testruns after `last` against what clients and tests wrote down in this cycle. Tells the new last one.
pub(crate) async fn check(
    fleet: &Fleet,
    cycle: u64,
    harm: &Harm,
    last: TestrunId,
) -> Result<(Checked, TakenOver, TestrunId)> {
    let store = fleet.store().await?;
    let book = Book::read(&store as &dyn Store, last).await;
    store.close().await;
    let book = book?;
    let told = Told::read(&fleet.setup.journal(cycle))?;
    let checked = book.check(&told, &Executed::read(&fleet.setup.executions())?)?;
    all_was_told(book.0.iter().map(|(run, entry)| (*run, entry.log.len())), &told)?;
    for entry in book.0.values() {
        all_is_judged(entry)?;
        nobody_came_too_late(&entry.log)?;
    }
    let last = book.0.keys().next_back().copied().unwrap_or(last);
    let taken_over = harm.taken_over(book.0.values().map(|entry| entry.log.as_slice()))?;
    Ok((checked, taken_over, last))
}

/// Each Testrun, of so many events, was acknowledged to a client, who saw its log from the first to the last.
pub(crate) fn all_was_told(stored: impl IntoIterator<Item = (TestrunId, usize)>, told: &[Told]) -> Result {
    let mut events: BTreeMap<i64, usize> = BTreeMap::new();
    for told in told {
        match told {
            Told::Submitted { run, .. } => events.entry(*run).or_default(),
            Told::Event(event) => {
                let seen = events.entry(event["run"].as_i64().ok_or("an event has a Testrun")?).or_default();
                *seen += 1;
                seen
            }
            Told::Testrun(_) => continue,
        };
    }
    for (id, stored) in stored {
        let seen = events.get(&id.0).copied();
        require(seen == Some(stored), || {
            format!("of Testrun {id} {seen:?} events were told, {stored} are stored")
        })?;
    }
    Ok(())
}

/// One fault takes an item from its worker once, so every file gets its verdict.
fn all_is_judged(entry: &Entry) -> Result {
    let judged: BTreeSet<u32> = entry
        .log
        .iter()
        .filter_map(|event| match &event.body {
            EventBody::FileFinished(end) => Some(end.file),
            _ => None,
        })
        .collect();
    let (run, files) =
        (&entry.run, entry.run.files.iter().filter(|file| file.path.contains("test_")).count());
    require(judged.len() == files, || {
        format!("Testrun {} has {} verdicts of {files}: {:?}", run.id(), judged.len(), run.status())
    })?;
    let reason = entry.log.iter().find_map(|event| match event.body {
        EventBody::RunStatus { reason, .. } => reason,
        _ => None,
    });
    require(matches!(reason, None | Some(FailReason::TestsFailed)), || {
        format!("Testrun {}: {reason:?}", run.id())
    })
}

/// Nothing of an epoch stands behind its end or behind the beginning of a later one.
pub(crate) fn nobody_came_too_late(log: &[Event]) -> Result {
    let mut current = BTreeMap::new();
    for event in log {
        let (Some(item), Some(epoch)) = (event.item, event.epoch) else { continue };
        match &event.body {
            EventBody::ItemStarted { .. } => {
                let before = current.insert(item, (epoch, true));
                let is_later = before.is_none_or(|(last, open)| epoch > last && !open);
                require(is_later, || format!("{event:?} was claimed while it was held: {before:?}"))?;
            }
            body => {
                let holder = current.get(&item).copied();
                require(holder == Some((epoch, true)), || format!("{event:?} came too late: {holder:?}"))?;
                if matches!(body, EventBody::ItemReturned { .. } | EventBody::ItemFinished { .. }) {
                    current.insert(item, (epoch, false));
                }
            }
        }
    }
    Ok(())
}
