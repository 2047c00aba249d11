//! The janitor: takes back what dead workers held. Every process has one; none is the leader.

use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::clock::{Clock, since_boot};
use crate::doorbell::Topic;
use crate::store::Store;
use crate::worker::Running;

/// With a lease of 15 s, and a second until an idle worker looks, what a dead worker held runs again within 20 s.
const EVERY: Duration = Duration::from_secs(4);
const AT_ONCE: u32 = 256;

/// Starts the janitor of a worker; it ends with it.
pub(super) fn start(worker: &Arc<Running>, store: Arc<dyn Store>, clock: Arc<dyn Clock>) {
    let over = worker.over();
    let worker = Arc::downgrade(worker);
    tokio::spawn(async move {
        tokio::select! {
            () = sweep(worker, store, clock) => {}
            () = over.cancelled() => {}
        }
    });
}

async fn sweep(worker: Weak<Running>, store: Arc<dyn Store>, clock: Arc<dyn Clock>) {
    let mut health = Health::new(&*clock);
    loop {
        tokio::time::sleep(jittered(EVERY)).await;
        let Some(worker) = worker.upgrade() else { return };
        health.look_at(&*clock, worker.ttl());
        // Deadlines and stops need no patience, so 0 leases are taken back as long as it is not steady.
        let limit = if health.is_steady(worker.ttl()) { AT_ONCE } else { 0 };
        match store.reap(limit).await {
            Ok(reaped) => {
                let mut topics: Vec<Topic> = reaped.touched.into_iter().map(Topic::Run).collect();
                if !topics.is_empty() {
                    topics.extend([Topic::Stops, Topic::Runs]);
                    worker.bell().ring(&topics);
                }
                worker.offer(&reaped.ready).await;
            }
            Err(error) => {
                tracing::warn!(%error, "the janitor could not sweep");
                health.reset(&*clock);
            }
        }
    }
}

/// Since when store and clocks have been well. After an outage or a suspend, living workers first get one ttl
/// to renew; else a two-minute outage would condemn them all.
#[derive(Debug)]
struct Health {
    steady_since: Duration,
    wall: crate::clock::Timestamp,
    boot: Duration,
}

impl Health {
    fn new(clock: &dyn Clock) -> Self {
        Self { steady_since: since_boot(), wall: clock.now(), boot: since_boot() }
    }

    fn reset(&mut self, clock: &dyn Clock) {
        *self = Self::new(clock);
    }

    /// Starts over when the wall clock and the time since boot disagree by more than half a ttl.
    fn look_at(&mut self, clock: &dyn Clock, ttl: Duration) {
        let (wall, boot) = (clock.now(), since_boot());
        let (by_wall, by_boot) = (wall.since(self.wall), boot.saturating_sub(self.boot));
        if by_wall.abs_diff(by_boot) > ttl / 2 || wall < self.wall {
            self.steady_since = boot;
        }
        (self.wall, self.boot) = (wall, boot);
    }

    fn is_steady(&self, ttl: Duration) -> bool {
        since_boot().saturating_sub(self.steady_since) >= ttl
    }
}

/// Up to a fifth less, so that janitors of several processes do not sweep in step. Never more: others wait for it.
fn jittered(period: Duration) -> Duration {
    let noise = uuid::Uuid::new_v4().as_u128() % 200;
    period - period * u32::try_from(noise).unwrap_or(0) / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{ManualClock, Timestamp};

    const TTL: Duration = Duration::from_secs(15);

    /// Has been well for long enough, and so has the clock.
    fn steady(clock: &ManualClock) -> Health {
        let boot = since_boot();
        Health { steady_since: boot.saturating_sub(TTL * 2), wall: clock.now(), boot }
    }

    #[test]
    fn a_clock_that_jumps_condemns_nobody() {
        let start = Timestamp(1_000_000_000_000_000);
        let hours = 5 * 3_600_000_000;
        for (to, stays) in [(0, true), (hours, false), (-hours, false), (-1, false)] {
            let clock = ManualClock::new(start);
            let mut health = steady(&clock);
            assert!(health.is_steady(TTL));
            clock.set(Timestamp(start.0 + to));
            health.look_at(&clock, TTL);
            assert_eq!(health.is_steady(TTL), stays, "{to}");
            // It was looked at: the next look finds nothing new, and the wait has begun only once.
            let since = health.steady_since;
            health.look_at(&clock, TTL);
            assert_eq!(health.steady_since, since, "{to}");
        }
    }

    #[test]
    fn nobody_waits_longer_than_a_period() {
        for _ in 0..1_000 {
            let pause = jittered(EVERY);
            assert!(pause <= EVERY && pause >= EVERY * 4 / 5, "{pause:?}");
        }
    }

    #[test]
    fn a_store_that_was_away_condemns_nobody() {
        let clock = ManualClock::default();
        let mut health = steady(&clock);
        health.reset(&clock);
        assert!(!health.is_steady(TTL));
    }
}
