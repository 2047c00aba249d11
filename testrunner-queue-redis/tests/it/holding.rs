//! Who holds a ticket, and for how long.

use std::time::{Duration, Instant};

use testrunner_core::queue::{Queue as _, Settle};

use crate::bench::{Bench, PATIENCE, ticket};

const SHORT: Duration = Duration::from_millis(50);

/// Takes so many, one after the other, and removes them.
async fn take_all(queue: &testrunner_queue_redis::RedisQueue, count: usize) {
    let mut taken = 0;
    while taken < count {
        let deliveries = queue.take(1, PATIENCE).await.expect("take");
        assert!(!deliveries.is_empty(), "{taken} of {count}");
        for delivery in deliveries {
            taken += 1;
            queue.settle(delivery, Settle::Taken).await.expect("settle");
        }
    }
}

/// A worker with all slots in use leaves the tickets to others, though it took from the queue before.
pub(crate) async fn who_does_not_wait_holds_nothing(bench: Bench) {
    let (busy, idle) = (bench.open().await, bench.open().await);
    for _ in 0..3 {
        assert!(busy.take(8, SHORT).await.expect("take").is_empty());
        // It still has a read at the server, and gets what is offered now.
        idle.offer(&(1..=5).map(ticket).collect::<Vec<_>>()).await.expect("offer");
        take_all(&idle, 5).await;
    }
    bench.emptied().await;
}

/// What was taken and not settled goes to somebody else when its holder ends.
pub(crate) async fn who_goes_away_gives_back(bench: Bench) {
    let (doomed, other) = (bench.open().await, bench.open().await);
    other.offer(&[ticket(1), ticket(2)]).await.expect("offer");
    let taken = doomed.take(2, PATIENCE).await.expect("take");
    assert!(!taken.is_empty());
    doomed.close().await;
    take_all(&other, 2).await;
    // Closed is closed, and says so.
    let error = doomed.offer(&[ticket(3)]).await.expect_err("closed");
    assert!(error.is_retryable() && error.to_string().contains("closed"), "{error}");
    doomed.settle(taken[0].clone(), Settle::Taken).await.expect("too late, and no error");
}

/// A ticket that cannot be used now is not delivered again at once.
pub(crate) async fn later_does_not_spin(bench: Bench) {
    let delay = Duration::from_millis(400);
    let queue = bench.options().later(delay).open_queue(&bench.url).expect("valid");
    queue.connected(PATIENCE).await.expect("connected");
    queue.offer(&[ticket(1)]).await.expect("offer");
    let begun = Instant::now();
    for _ in 0..3 {
        let delivery = queue.take(1, PATIENCE).await.expect("take").remove(0);
        queue.settle(delivery, Settle::Later).await.expect("settle");
    }
    take_all(&queue, 1).await;
    assert!(begun.elapsed() >= delay * 3, "{:?}", begun.elapsed());
    assert_eq!(queue.counts().delivered, 4);
}

/// A Testrun of very many items does not fill the queue.
pub(crate) async fn no_more_is_offered_than_can_wake(bench: Bench) {
    let queue = bench.open().await;
    queue.offer(&(1..=10_000).map(ticket).collect::<Vec<_>>()).await.expect("offer");
    assert_eq!((queue.counts().offered, bench.waiting().await), (1_024, 1_024));
}
