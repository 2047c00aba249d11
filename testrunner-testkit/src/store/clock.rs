//! Clocks that jump: they decide when something is tried, never who may write.

use std::time::Duration;

use testrunner_core::store::{LeaseStatus, Outcome};
use testrunner_core::{FileOutcome, Status, Timestamp};

use super::factory::{TTL, judged, log, per_file, whole};
use super::{Bench, StoreHarness};

const HOURS: Duration = Duration::from_hours(5);

impl Bench {
    /// Sets the clock back.
    fn back(&self, by: Duration) {
        use testrunner_core::Clock as _;
        let by = i64::try_from(by.as_micros()).expect("a short time");
        self.clock.set(Timestamp(self.clock.now().0 - by));
    }
}

/// Who lives keeps its lease when the clock is set back; from the next renewal on it counts by the new time, so
/// that a death is not noticed hours later.
pub async fn a_clock_set_back_neither_takes_leases_nor_keeps_them(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&per_file(2)).await.id();
    let leases = bench.claim("w", 2).await;
    bench.back(HOURS);
    assert!(bench.reap().await.touched.is_empty());
    for lease in &leases {
        assert_eq!(bench.renew(lease.key).await, LeaseStatus::Held { stop: None });
    }
    bench.advance(TTL / 2);
    assert!(bench.reap().await.touched.is_empty());
    assert_eq!(bench.renew(leases[0].key).await, LeaseStatus::Held { stop: None });
    bench.advance(TTL / 2 + Duration::from_millis(1));
    let ready: Vec<_> = bench.reap().await.ready.iter().map(|ticket| ticket.item).collect();
    assert_eq!(ready, [leases[1].key.item], "the other one has not been renewed for one ttl");
    bench.complete(&leases[0], FileOutcome::Passed).await;
    bench.pass_all("w").await;
    assert_eq!(bench.get(run).await.status(), Status::Success);
    bench.check_all().await;
}

/// Who lives keeps its lease when the clock is set ahead, if only it is asked before the janitor sweeps.
pub async fn a_clock_set_ahead_leaves_time_to_renew(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&whole(1)).await.id();
    let lease = bench.claim_one("w").await;
    bench.advance(HOURS);
    // What a janitor asks for that has seen the jump.
    assert!(bench.store.reap(0).await.expect("reap").touched.is_empty());
    assert_eq!(bench.renew(lease.key).await, LeaseStatus::Held { stop: None });
    assert!(bench.reap().await.touched.is_empty());
    bench.complete(&lease, FileOutcome::Passed).await;
    assert_eq!(bench.get(run).await.status(), Status::Success);
    bench.check_all().await;
}

/// Events stand in the order in which they were stored, and times that make no sense hurt nothing.
pub async fn a_jumping_clock_does_not_change_the_order(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let run = bench.submit(&whole(2)).await.id();
    bench.back(HOURS);
    let lease = bench.claim_one("w").await;
    for (n, jump) in [Duration::ZERO, HOURS * 2, Duration::from_secs(1)].into_iter().enumerate() {
        bench.back(jump);
        bench.append(lease.key, n as u64, &[log(0, "x")]).await.expect("append");
    }
    bench.advance(HOURS * 9);
    let tail = [judged(0, FileOutcome::Passed), judged(1, FileOutcome::Passed)].concat();
    bench.finish(lease.key, 3, &tail, &Outcome::Completed).await.expect("finish");
    bench.back(HOURS * 20);
    let later = bench.submit(&whole(1)).await.id();
    bench.pass_all("w").await;
    assert_eq!(bench.runs().await, [run, later], "by number, not by time");
    for run in [run, later] {
        assert_eq!(bench.get(run).await.status(), Status::Success);
    }
    bench.check_all().await;
}
