//! From an offer to a delivery, and back.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use testrunner_core::queue::{Delivery, Queue, Settle, Ticket};
use testrunner_core::store::Candidates;
use testrunner_core::{ItemId, TestrunId};
use tokio::task::JoinSet;

use super::QueueHarness;

/// Longest time for anything here: a bound for what hangs, no measure of speed.
const PATIENCE: Duration = Duration::from_secs(60);
/// One wait of a taker.
const WAIT: Duration = Duration::from_millis(200);

const fn ticket(item: i64) -> Ticket {
    Ticket { item: ItemId(item), run: TestrunId(1), priority: 0 }
}

/// Whether a claim of what was delivered would find the item.
fn leads_to(delivery: &Delivery, item: ItemId) -> bool {
    match &delivery.from {
        Candidates::Any => true,
        Candidates::Items(items) => items.contains(&item),
    }
}

/// Takes until something leads to the item.
async fn take_for(queue: &Arc<dyn Queue>, item: ItemId) -> Delivery {
    let taken = async {
        loop {
            for delivery in queue.take(1, WAIT).await.expect("take") {
                if leads_to(&delivery, item) {
                    return delivery;
                }
                queue.settle(delivery, Settle::Stale).await.expect("settle");
            }
        }
    };
    tokio::time::timeout(PATIENCE, taken).await.expect("the item is delivered")
}

/// Whoever waits is woken by an offer, long before its own wait is over.
pub async fn an_offer_wakes_a_waiting_take(h: &impl QueueHarness) {
    let (queue, other) = (h.fresh().await, h.reopen().await);
    let waiting = tokio::spawn(async move { other.take(1, PATIENCE * 10).await.expect("take") });
    tokio::task::yield_now().await;
    queue.offer(&[ticket(7)]).await.expect("offer");
    let woken = tokio::time::timeout(PATIENCE, waiting).await.expect("woken").expect("no panic");
    assert!(woken.iter().any(|delivery| leads_to(delivery, ItemId(7))), "{woken:?}");
}

/// What was offered before anybody waited is there.
pub async fn an_early_offer_waits(h: &impl QueueHarness) {
    let queue = h.fresh().await;
    queue.offer(&[ticket(1), ticket(2)]).await.expect("offer");
    for item in [1, 2] {
        let delivery = take_for(&queue, ItemId(item)).await;
        queue.settle(delivery, Settle::Taken).await.expect("settle");
    }
}

/// A take does not wait longer than it was told to, and returns no more than it was asked for.
pub async fn a_take_keeps_its_bounds(h: &impl QueueHarness) {
    let queue = h.fresh().await;
    tokio::time::timeout(PATIENCE, queue.take(3, WAIT)).await.expect("returns").expect("take");
    queue.offer(&(1..9).map(ticket).collect::<Vec<_>>()).await.expect("offer");
    for _ in 0..4 {
        let deliveries = queue.take(3, WAIT).await.expect("take");
        assert!(deliveries.len() <= 3, "{deliveries:?}");
        for delivery in deliveries {
            queue.settle(delivery, Settle::Stale).await.expect("settle");
        }
    }
}

/// A taker that is dropped while it waits takes nothing with it.
pub async fn a_dropped_take_loses_nothing(h: &impl QueueHarness) {
    let queue = h.fresh().await;
    for item in 1..20 {
        let doomed = Arc::clone(&queue);
        let doomed = tokio::spawn(async move { doomed.take(1, PATIENCE).await.map(drop) });
        tokio::task::yield_now().await;
        // Before the offer for some, in the middle of it for others.
        if item % 2 == 0 {
            doomed.abort();
        }
        queue.offer(&[ticket(item)]).await.expect("offer");
        doomed.abort();
        let got_it = doomed.await.is_ok();
        if !got_it {
            let delivery = take_for(&queue, ItemId(item)).await;
            queue.settle(delivery, Settle::Taken).await.expect("settle");
        }
    }
}

/// What could not be used comes back, as often as it takes.
pub async fn later_comes_back(h: &impl QueueHarness) {
    let queue = h.fresh().await;
    queue.offer(&[ticket(5)]).await.expect("offer");
    for _ in 0..3 {
        let delivery = take_for(&queue, ItemId(5)).await;
        queue.settle(delivery, Settle::Later).await.expect("settle");
    }
    let delivery = take_for(&queue, ItemId(5)).await;
    queue.settle(delivery, Settle::Taken).await.expect("settle");
}

/// Many takers are led to all that is offered, between them.
pub async fn several_takers_share_all_that_is_offered(h: &impl QueueHarness) {
    const ITEMS: i64 = 40;
    let queue = h.fresh().await;
    let left: BTreeSet<i64> = (1..=ITEMS).collect();
    let left = Arc::new(std::sync::Mutex::new(left));
    let mut takers = JoinSet::new();
    for _ in 0..4 {
        let (queue, left) = (h.reopen().await, Arc::clone(&left));
        takers.spawn(async move {
            // As a worker does: claim one of those that it is led to, until none is left.
            while !left.lock().expect("not poisoned").is_empty() {
                for delivery in queue.take(2, WAIT).await.expect("take") {
                    let claimed = {
                        let mut left = left.lock().expect("not poisoned");
                        let item = left.iter().copied().find(|item| leads_to(&delivery, ItemId(*item)));
                        item.is_some_and(|item| left.remove(&item))
                    };
                    let how = if claimed { Settle::Taken } else { Settle::Stale };
                    queue.settle(delivery, how).await.expect("settle");
                }
            }
        });
    }
    for item in 1..=ITEMS {
        queue.offer(&[ticket(item)]).await.expect("offer");
    }
    tokio::time::timeout(PATIENCE, takers.join_all()).await.expect("all are led to something");
}
