//! That the checks can fail: logs with each fault that they are there for.

use serde_json::json;
use testrunner_core::event::{FileFinish, ReturnWhy, SCHEMA_VERSION};
use testrunner_core::testrun::FileOutcome;
use testrunner_core::{Epoch, Event, EventBody, ItemId, ItemState, Seq, TestrunId, Timestamp, WorkerId};

use super::check::{all_was_told, nobody_came_too_late};
use super::harm::Harm;
use crate::witness::Result;
use crate::witness::journal::Told;

const RUN: TestrunId = TestrunId(1);

/// Of one item: second, epoch, what happened.
fn log(entries: &[(i64, i64, EventBody)]) -> Vec<Event> {
    let event = |(seq, (second, epoch, body)): (i64, &(i64, i64, EventBody))| Event {
        v: SCHEMA_VERSION,
        run: RUN,
        seq: Seq(seq),
        at: Timestamp(second * 1_000_000),
        item: Some(ItemId(1)),
        epoch: Some(Epoch(*epoch)),
        body: body.clone(),
    };
    (1..).zip(entries).map(event).collect()
}

fn started(worker: &str) -> EventBody {
    EventBody::ItemStarted { worker: WorkerId(worker.to_owned()), attempt: 1 }
}

fn returned() -> EventBody {
    EventBody::ItemReturned { why: ReturnWhy::WorkerLost, message: None }
}

fn judged() -> EventBody {
    let (collected, reported, duration) = (1, 1, std::time::Duration::ZERO);
    EventBody::FileFinished(FileFinish {
        file: 0,
        outcome: FileOutcome::Passed,
        collected,
        reported,
        duration,
        message: None,
    })
}

fn finished() -> EventBody {
    EventBody::ItemFinished { state: ItemState::Passed, reason: None, message: None }
}

pub(crate) fn checks_find_what_is_wrong() -> Result {
    let good = [
        (0, 1, started("token/w1-a")),
        (15, 1, returned()),
        (16, 2, started("w2-b")),
        (17, 2, judged()),
        (17, 2, finished()),
    ];
    nobody_came_too_late(&log(&good))?;
    for (what, bad) in [
        (
            "a verdict of who was taken over",
            vec![good[0].clone(), good[1].clone(), good[2].clone(), (17, 1, judged())],
        ),
        ("a verdict of who was taken back from", vec![good[0].clone(), good[1].clone(), (16, 1, judged())]),
        ("a verdict after the end", [&good[..], &[(18, 2, judged())]].concat()),
        ("two holders", vec![good[0].clone(), good[2].clone()]),
        ("an epoch twice", vec![good[0].clone(), good[1].clone(), (16, 1, started("w2-b"))]),
    ] {
        refused(what, &nobody_came_too_late(&log(&bad)))?;
    }
    let told = |events: i64| -> Vec<Told> {
        let submitted = Told::Submitted { run: RUN.0, key: "key".to_owned() };
        let events = (1..=events).map(|seq| Told::Event(json!({ "run": RUN, "seq": seq })));
        std::iter::once(submitted).chain(events).collect()
    };
    all_was_told([(RUN, 5)], &told(5))?;
    refused("an event that nobody saw", &all_was_told([(RUN, 5)], &told(4)))?;
    refused("an event twice", &all_was_told([(RUN, 5)], &told(6)))?;
    refused("a Testrun of nobody", &all_was_told([(RUN, 5), (TestrunId(2), 1)], &told(5)))?;
    let harm = |steady| Harm { worker: Some("w1"), at: Timestamp(1_000_000), steady, cleaned: None };
    let taken_over = harm(true).taken_over([&log(&good)[..]])?;
    if (taken_over.items, taken_over.free.as_secs(), taken_over.begun.as_secs()) != (1, 14, 15) {
        return Err(format!("{taken_over:?}").into());
    }
    let late = log(&[good[0].clone(), (30, 1, returned())]);
    refused("an item that was free too late", &harm(true).taken_over([&late[..]]))?;
    harm(false).taken_over([&late[..]])?;
    Ok(())
}

fn refused<T>(what: &str, checked: &Result<T>) -> Result {
    if checked.is_err() { Ok(()) } else { Err(format!("not found: {what}").into()) }
}
