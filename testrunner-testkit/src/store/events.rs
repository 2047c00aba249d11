//! The log: dense, in order, complete for every reader.

use std::time::Duration;

use testrunner_core::doorbell::{Topic, Wake};
use testrunner_core::event::NewEvent;
use testrunner_core::store::{EventLimit, NewTestrun, Outcome};
use testrunner_core::{Event, EventBody, FileOutcome, ItemState, Seq, Status, StoreErrorKind, TestrunId};
use tokio::task::JoinSet;

use super::bench::refusal;
use super::factory::{finished, judged, log, log_at, per_file, started, whole};
use super::{Bench, StoreHarness};

async fn page(bench: &Bench, run: TestrunId, after: i64, events: u32, bytes: usize) -> Vec<Event> {
    let limit = EventLimit { events, bytes };
    bench.store.events(run, Seq(after), limit).await.expect("events").events
}

/// 28: many append while one reads: it sees 1, 2, 3… and misses nothing.
pub async fn seq_is_dense_while_many_append(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&per_file(6)).await.id();
    let mut writers = JoinSet::new();
    let leases = bench.claim("w", 6).await;
    // Through one handle, and through two where processes may share a store.
    let shared = bench.store.caps().multi_process;
    let other = if shared { bench.reopen(h).await } else { bench.clone() };
    for (place, lease) in leases.into_iter().enumerate() {
        let bench = if place % 2 == 0 { bench.clone() } else { other.clone() };
        writers.spawn(async move {
            let file = lease.files[0];
            for n in 0..40_u64 {
                let chunk = log_at(file, n * 2, "x\n");
                bench.append(lease.key, n, &[chunk]).await.expect("append");
            }
            let tail = [finished(file, FileOutcome::Empty)];
            bench.finish(lease.key, 40, &tail, &Outcome::Completed).await.expect("finish");
        });
    }
    // One that lags behind, and one that is always at the tip.
    let readers = [7, 1_000].map(|events| {
        let reader = bench.clone();
        tokio::spawn(async move {
            let mut seen = 0;
            loop {
                let limit = EventLimit { events, ..EventLimit::default() };
                let page = reader.store.events(run, Seq(seen), limit).await.expect("events");
                for event in &page.events {
                    seen += 1;
                    assert_eq!(event.seq.0, seen);
                }
                if page.events.is_empty() && page.terminal {
                    assert_eq!(page.last_seq.0, seen);
                    return seen;
                }
                tokio::task::yield_now().await;
            }
        })
    });
    writers.join_all().await;
    for reading in readers {
        let seen = tokio::time::timeout(Duration::from_secs(60), reading).await;
        // Created, started six times, running, 6 x (40 + 1), ended six times, ended.
        assert_eq!(seen.expect("the reader ends").expect("reader"), 1 + 6 + 1 + 6 * 41 + 6 + 1);
    }
    bench.check_all().await;
}

/// 29: what was stored before is skipped, wherever the repetition begins and ends.
pub async fn duplicates_are_skipped(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&whole(1)).await.id();
    let key = bench.claim_one("w").await.key;
    let all: Vec<NewEvent> = (0..6).map(|n| log_at(0, n, vec![b'0' + n as u8])).collect();
    for (from, to, next) in [(0, 3, 3), (0, 3, 3), (1, 2, 3), (2, 5, 5), (5, 5, 5), (0, 0, 5), (0, 6, 6)] {
        let appended = bench.append(key, from as u64, &all[from..to]).await.expect("append");
        assert_eq!((appended.next_n, appended.log_bytes), (next, next));
        assert_eq!(appended.last_seq, bench.get(run).await.summary.last_seq);
    }
    let tail = [all[5].clone(), finished(0, FileOutcome::Empty)];
    bench.finish(key, 5, &tail, &Outcome::Completed).await.expect("finish");
    let written = bench.log(run).await.into_iter().filter_map(|event| match event.body {
        EventBody::Log(log) => Some(log.data),
        _ => None,
    });
    assert_eq!(written.collect::<Vec<_>>().concat(), b"012345");
    // A new lease counts from 0 again.
    let other = bench.submit(&whole(1)).await.id();
    let key = bench.claim_one("w").await.key;
    bench.append(key, 0, &[log(0, "a"), log_at(0, 1, "b")]).await.expect("append");
    bench.end(key, &Outcome::Release).await.expect("release");
    let key = bench.claim_one("w").await.key;
    let appended = bench.append(key, 0, &[log(0, "c")]).await.expect("append");
    assert_eq!((appended.next_n, appended.log_bytes), (1, 3));
    assert_eq!(bench.item(other).await.attempts, 2);
    bench.check_all().await;
}

/// 29: events that would leave a hole are refused with the number to go on from.
pub async fn a_gap_is_refused(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&whole(1)).await.id();
    let key = bench.claim_one("w").await.key;
    let gap = StoreErrorKind::Gap { expected_n: 0 };
    assert_eq!(refusal(bench.append(key, 1, &[started(0)]).await), gap);
    bench.append(key, 0, &[started(0), log(0, "x")]).await.expect("append");
    let before = bench.dump(run).await;
    let gap = StoreErrorKind::Gap { expected_n: 2 };
    assert_eq!(refusal(bench.append(key, 3, &[log(0, "y")]).await), gap);
    assert_eq!(refusal(bench.append(key, 3, &[]).await), gap, "also without events");
    assert_eq!(refusal(bench.finish(key, 9, &[], &Outcome::Release).await), gap);
    assert_eq!(bench.dump(run).await, before);
    bench.check_all().await;
}

/// 30: from wherever one reads, the rest of the log is the same.
pub async fn any_cursor_gives_the_same_suffix(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&per_file(3)).await.id();
    bench.pass_all("w").await;
    let all = bench.log(run).await;
    for after in 0..=all.len() {
        let rest = page(&bench, run, after as i64, 1_000, usize::MAX).await;
        assert_eq!(rest, all[after..], "after {after}");
    }
    let beyond = bench.store.events(run, Seq(1_000_000), EventLimit::default()).await.expect("events");
    assert_eq!((beyond.events.len(), beyond.last_seq.0, beyond.terminal), (0, all.len() as i64, true));
    bench.check_all().await;
}

/// 30: pages are bounded by events and by bytes, but never empty while there is more.
pub async fn pages_keep_their_limits_and_always_progress(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&whole(1)).await.id();
    let key = bench.claim_one("w").await.key;
    let sizes = [10, 60_000, 10, 20_000, 20_000, 10];
    let events: Vec<NewEvent> = sizes.map(|size| log(0, vec![b'x'; size])).to_vec();
    bench.append(key, 0, &events).await.expect("append");
    let all = bench.log(run).await;
    for events in [0, 1, 2, 5] {
        assert_eq!(page(&bench, run, 0, events, usize::MAX).await.len(), events.max(1) as usize);
    }
    for bytes in [0, 1, 500, 25_000, 45_000] {
        let mut read: Vec<Event> = Vec::new();
        while read.len() < all.len() {
            let part = page(&bench, run, read.len() as i64, 1_000, bytes).await;
            assert!(!part.is_empty(), "no progress after {}", read.len());
            let weight: usize = part.iter().map(|event| event.body.weight()).sum();
            assert!(part.len() == 1 || weight <= bytes, "{weight} bytes of {bytes}");
            read.extend(part);
        }
        assert_eq!(read, all);
    }
    assert!(!bench.store.events(run, Seq(0), EventLimit::default()).await.expect("events").terminal);
    bench.check_all().await;
}

/// 31: a take-over changes nothing of what was said before.
pub async fn old_epochs_remain_in_the_log(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&whole(1)).await.id();
    let first = bench.claim_one("w1").await;
    bench.append(first.key, 0, &[started(0), log(0, "one")]).await.expect("append");
    let before = bench.log(run).await;
    bench.lose().await;
    let second = bench.claim_one("w2").await;
    bench.complete(&second, FileOutcome::Passed).await;
    let after = bench.log(run).await;
    assert_eq!(after[..before.len()], before);
    let epochs: Vec<_> =
        after.iter().filter(|event| event.body.is_holders()).map(|event| event.epoch).collect();
    assert_eq!(epochs[..2], [Some(first.key.epoch); 2]);
    assert!(epochs[2..].iter().all(|epoch| *epoch == Some(second.key.epoch)));
    // What a worker says of its time is kept, in whatever order.
    assert!(after.iter().filter(|event| event.body.is_holders()).all(|event| event.at.0 == 7));
    bench.check_all().await;
}

/// 32: output is kept byte for byte.
pub async fn output_round_trips(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&whole(1)).await.id();
    let key = bench.claim_one("w").await.key;
    let grin = "\u{1f600}".as_bytes();
    let chunks: Vec<Vec<u8>> = vec![
        b"\0".to_vec(),
        b"\xff\xfe\x80".to_vec(),
        grin[..2].to_vec(),
        grin[2..].to_vec(),
        "é'\"\\; DROP TABLE events; -- \u{1b}[31m\r\n".into(),
        (0..=u8::MAX).cycle().take(65_536).collect(),
    ];
    // One line of a MiB, as it is cut on its way.
    let line = vec![vec![b'y'; 65_536]; 16];
    let mut offset = 0;
    let mut events = Vec::new();
    for data in chunks.iter().chain(&line) {
        events.push(log_at(0, offset, data.clone()));
        offset += data.len() as u64;
    }
    let appended = bench.append(key, 0, &events).await.expect("append");
    assert_eq!(appended.log_bytes, offset);
    let read = bench.log(run).await.into_iter().filter(|event| event.body.kind() == "log");
    let read: Vec<EventBody> = read.map(|event| event.body).collect();
    let sent: Vec<EventBody> = events.into_iter().map(|event| event.body).collect();
    assert_eq!(read, sent);
    bench.check_all().await;
}

/// In one call the holder's events come first, then the stop, then the items' ends, then the status.
pub async fn events_of_one_call_stand_in_order(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let new = NewTestrun { max_fail: Some(1), ..per_file(2) };
    let run = bench.submit(&new).await.id();
    let lease = bench.claim_one("w").await;
    bench.finish(lease.key, 0, &judged(0, FileOutcome::Failed), &Outcome::Completed).await.expect("finish");
    let kinds: Vec<&str> = bench.log(run).await.iter().map(|event| event.body.kind()).collect();
    let expected = [
        "run_status",
        "item_started",
        "run_status",
        "file_started",
        "case",
        "file_finished",
        "stop_requested",
        "item_finished",
        "item_finished",
        "run_status",
    ];
    assert_eq!(kinds, expected);
    let states: Vec<ItemState> = bench.items(run).await.iter().map(|item| item.state).collect();
    assert_eq!(states, [ItemState::Failed, ItemState::Cancelled]);
    bench.check_all().await;
}

/// 33: what one handle appends, another one reads.
pub async fn another_handle_sees_what_is_appended(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    if !bench.promises("multi_process", bench.store.caps().multi_process) {
        return;
    }
    let other = bench.reopen(h).await;
    let run = bench.submit(&whole(1)).await.id();
    assert_eq!(other.get(run).await.status(), Status::Created);
    let lease = other.claim_one("w").await;
    let mut listener = bench.store.doorbell().listen(Topic::Run(run));
    // Whoever begins to listen may be woken once for nothing.
    listener.rung(Duration::from_millis(300)).await;
    other.append(lease.key, 0, &judged(0, FileOutcome::Passed)).await.expect("append");
    other.store.doorbell().ring(&[Topic::Run(run)]);
    let wake = listener.rung(Duration::from_secs(3)).await;
    assert_ne!(wake, Wake::Timeout, "the bell of the other handle was not heard");
    assert_eq!(bench.log(run).await, other.log(run).await);
    bench.finish(lease.key, 3, &[], &Outcome::Completed).await.expect("finish by either handle");
    assert_eq!(other.get(run).await.status(), Status::Success);
    bench.check_all().await;
    other.check_all().await;
}

/// 34: whoever listens is woken by a ring from then on, also by one before it waits.
pub async fn a_ring_wakes_whoever_listens(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&whole(1)).await.id();
    for topic in [Topic::Work, Topic::Run(run), Topic::Stops, Topic::Runs] {
        let (mut early, mut late) =
            (bench.store.doorbell().listen(topic), bench.store.doorbell().listen(topic));
        bench.store.doorbell().ring(&[topic]);
        assert_ne!(early.rung(Duration::from_secs(3)).await, Wake::Timeout, "{topic:?}");
        assert_ne!(late.rung(Duration::from_secs(3)).await, Wake::Timeout, "{topic:?}");
    }
}
