//! A copy that was broken off, and puts that are repeated.

use testrunner_core::store::{EventLimit, StoreErrorKind};
use testrunner_core::{Event, Seq, TestrunId};

use super::{CopyHarness, Pair, fill};
use crate::store::factory::{CONTENT, whole};

const ALL: EventLimit = EventLimit { events: 1_000_000, bytes: usize::MAX };

/// A Testrun with its log, and its uploads in the target.
async fn one(pair: &Pair) -> (TestrunId, Vec<Event>) {
    let run = pair.source.submit(&whole(3)).await.id();
    pair.source.pass_all("w").await;
    pair.to.put_blobs(&[CONTENT.to_vec()]).await.expect("put_blobs");
    (run, pair.source.log(run).await)
}

/// It is completed from its newest event on; what is nobody's goes.
pub async fn a_broken_copy_is_completed(h: &impl CopyHarness) {
    let pair = Pair::new(h).await;
    fill(&pair.source).await;
    let runs = pair.source.runs().await;
    let mut stored = 0;
    for run in &runs {
        let log = pair.source.log(*run).await;
        // Of some nothing, of some a part, of some all but the end.
        let part = match run.0 % 3 {
            0 => 0,
            1 => log.len() / 2,
            _ => log.len(),
        };
        pair.to.put_part(*run, Seq(0), &log[..part]).await.expect("put_part");
        stored += part as u64;
    }
    assert!(stored > 5_000);
    let gone = TestrunId(1_000_000);
    let strange = Event { run: gone, ..pair.source.log(runs[0]).await.swap_remove(0) };
    pair.to.put_part(gone, Seq(0), &[strange]).await.expect("put_part");
    // Nobody sees any of it.
    assert_eq!(pair.target.runs().await, []);
    let copied = pair.copy_all().await;
    let all: u64 = copied.events + stored;
    let mut events = 0;
    for run in &runs {
        events += pair.target.get(*run).await.summary.last_seq.0 as u64;
    }
    assert_eq!(all, events, "nothing is carried twice");
    pair.expect_all_same().await;
}

/// Events of another ledger under the same number are not taken for ours.
pub async fn a_part_of_another_ledger_is_replaced(h: &impl CopyHarness) {
    let pair = Pair::new(h).await;
    let (run, log) = one(&pair).await;
    let other: Vec<Event> =
        log.iter().map(|event| Event { at: testrunner_core::Timestamp(1), ..event.clone() }).collect();
    pair.to.put_part(run, Seq(0), &other).await.expect("put_part");
    pair.copy_all().await;
    pair.expect_all_same().await;
}

/// Each put may be done again, whole or in part.
pub async fn puts_are_safe_to_repeat(h: &impl CopyHarness) {
    let pair = Pair::new(h).await;
    let (run, log) = one(&pair).await;
    let record = pair.from.record(run).await.expect("record");
    for part in [2, 2, 1, 4] {
        pair.to.put_part(run, Seq(0), &log[..part]).await.expect("put_part");
    }
    pair.to.put_part(run, Seq(1), &log[1..5]).await.expect("put_part");
    assert_eq!(pair.to.part(run, Seq(0), ALL).await.expect("part"), log[..5]);
    assert_eq!(pair.to.parts().await.expect("parts"), [run]);
    for _ in 0..2 {
        pair.to.put(&record, Seq(3), &log[3..]).await.expect("put");
    }
    pair.expect_same(run).await;
    let numbers = pair.from.numbers().await.expect("numbers");
    for _ in 0..2 {
        pair.to.reserve(numbers).await.expect("reserve");
    }
    assert!(pair.target.submit(&whole(1)).await.id() > run);
    pair.target.check_all().await;
}

/// What would leave a hole, or be mixed with something else, is refused and changes nothing.
pub async fn what_does_not_fit_is_refused(h: &impl CopyHarness) {
    let pair = Pair::new(h).await;
    let (run, log) = one(&pair).await;
    let record = pair.from.record(run).await.expect("record");
    let (invalid, conflict) = (StoreErrorKind::Invalid, StoreErrorKind::Conflict);
    let kind = |answer: testrunner_core::store::StoreResult<()>| answer.expect_err("to be refused").kind();
    assert_eq!(kind(pair.to.put_part(run, Seq(1), &log[1..2]).await), invalid, "a hole before");
    pair.to.put_part(run, Seq(0), &log[..2]).await.expect("put_part");
    assert_eq!(kind(pair.to.put_part(run, Seq(2), &log[3..4]).await), invalid, "a hole within");
    let other = Event { at: testrunner_core::Timestamp(1), ..log[1].clone() };
    assert_eq!(kind(pair.to.put_part(run, Seq(1), &[other]).await), conflict, "another event");
    assert_eq!(kind(pair.to.put(&record, Seq(2), &log[2..4]).await), invalid, "the end is missing");
    assert_eq!(pair.to.part(run, Seq(0), ALL).await.expect("part"), log[..2]);
    assert_eq!(pair.target.runs().await, []);
    pair.to.put(&record, Seq(2), &log[2..]).await.expect("put");
    assert_eq!(kind(pair.to.put_part(run, Seq(0), &log[..1]).await), conflict, "it is whole");
    assert_eq!(kind(pair.to.drop_part(run).await), conflict, "it is whole");
    assert_eq!(kind(pair.to.take_apart(run, record.last_seq()).await), conflict, "it has ended");
    assert_eq!(kind(pair.to.take_apart(TestrunId(99), Seq(1)).await), StoreErrorKind::NotFound);
    let mut stranger = record.clone();
    stranger.run.summary.id = TestrunId(77);
    assert_eq!(kind(pair.to.put(&stranger, Seq(0), &[]).await), conflict, "its items are another's");
    pair.expect_same(run).await;
    pair.target.check_all().await;
}

/// Without its bytes an upload is not stored.
pub async fn uploads_come_first(h: &impl CopyHarness) {
    let pair = Pair::new(h).await;
    let run = pair.source.submit(&whole(1)).await.id();
    pair.source.pass_all("w").await;
    let (record, log) = (pair.from.record(run).await.expect("record"), pair.source.log(run).await);
    let digest = testrunner_core::Digest::of(CONTENT);
    assert_eq!(pair.to.lacking(&[digest]).await.expect("lacking"), [digest]);
    let refused = pair.to.put(&record, Seq(0), &log).await.expect_err("no bytes");
    assert_eq!(refused.kind(), StoreErrorKind::Invalid);
    pair.to.put_blobs(&[CONTENT.to_vec()]).await.expect("put_blobs");
    assert_eq!(pair.to.lacking(&[digest]).await.expect("lacking"), []);
    pair.to.put(&record, Seq(0), &log).await.expect("put");
    pair.expect_same(run).await;
    pair.target.check_all().await;
}
