//! Who is there.

use std::time::Duration;

use testrunner_core::store::{WORKER_LISTED, WorkerNotice, WorkerRecord};
use testrunner_core::{Clock as _, Labels, WorkerId};

use super::{Bench, StoreHarness};

fn notice(name: &str) -> WorkerNotice {
    WorkerNotice {
        id: WorkerId(name.to_owned()),
        slots: 4,
        executors: vec!["pytest".to_owned(), "command".to_owned()],
        labels: Labels::from([("rack".to_owned(), "ü 7".to_owned())]),
        draining: false,
        version: "1.2.3".to_owned(),
    }
}

async fn names(bench: &Bench) -> Vec<String> {
    let workers = bench.store.workers().await.expect("workers");
    workers.into_iter().map(|record| record.notice.id.0).collect()
}

/// A worker is shown with what it last said, since when it is there, and when it was heard of.
pub async fn a_worker_is_listed_as_it_last_said(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    assert_eq!(bench.store.workers().await.expect("workers"), []);
    let since = bench.clock.now();
    bench.store.announce(&notice("b")).await.expect("announce");
    bench.advance(Duration::from_secs(10));
    bench.store.announce(&notice("a")).await.expect("announce");
    let (slots, draining, executors) = (1, true, vec!["command".to_owned()]);
    let changed = WorkerNotice { slots, draining, executors, labels: Labels::new(), ..notice("b") };
    bench.store.announce(&changed).await.expect("announce");
    let now = bench.clock.now();
    let expected = [
        WorkerRecord { notice: notice("a"), since: now, seen_at: now },
        WorkerRecord { notice: changed, since, seen_at: now },
    ];
    assert_eq!(bench.store.workers().await.expect("workers"), expected, "by name");
}

/// Who is not heard of is not listed, and is a new one when it comes back.
pub async fn a_silent_worker_is_not_listed(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    bench.store.announce(&notice("early")).await.expect("announce");
    bench.advance(WORKER_LISTED - Duration::from_micros(1));
    bench.store.announce(&notice("late")).await.expect("announce");
    assert_eq!(names(&bench).await, ["early", "late"]);
    bench.advance(Duration::from_micros(1));
    assert_eq!(names(&bench).await, ["late"]);
    bench.store.announce(&notice("early")).await.expect("announce");
    let back = bench.store.workers().await.expect("workers").remove(0);
    assert_eq!((back.notice.id.0.as_str(), back.since), ("early", bench.clock.now()));
}

/// Who has left is not listed; to leave twice, or without having been there, is no mistake.
pub async fn a_worker_that_left_is_not_listed(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    for name in ["a", "b"] {
        bench.store.announce(&notice(name)).await.expect("announce");
    }
    for _ in 0..2 {
        bench.store.depart(&WorkerId("a".to_owned())).await.expect("depart");
        assert_eq!(names(&bench).await, ["b"]);
    }
    bench.store.depart(&WorkerId("never".to_owned())).await.expect("depart");
}
