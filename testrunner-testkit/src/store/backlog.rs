//! What is left to do.

use std::time::Duration;

use testrunner_core::store::{ClaimRequest, NewTestrun, OpenItem, Outcome};
use testrunner_core::testrun::StopWhy;
use testrunner_core::{FileOutcome, Item, ItemId, ItemState, WorkerId};

use super::factory::{EXECUTOR, TTL, claim_by, directory, grouped, per_file, whole};
use super::{Bench, StoreHarness};

async fn backlog(bench: &Bench, limit: u32) -> Vec<OpenItem> {
    bench.store.backlog(limit).await.expect("backlog").items
}

fn ids(items: &[OpenItem]) -> Vec<ItemId> {
    items.iter().map(|item| item.id).collect()
}

/// What waits is shown in the order in which it is claimed; what is not due yet stands behind it.
pub async fn the_backlog_stands_in_the_order_of_claims(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    // Two that come back later, in another order than they were given back.
    bench.submit(&NewTestrun { priority: 9, max_infra: 9, ..per_file(2) }).await;
    let mut later = Vec::new();
    for secs in [500, 400] {
        let lease = bench.claim_one("w").await;
        let (message, retry_in) = ("no python".to_owned(), Duration::from_secs(secs));
        let infra = Outcome::Infra { message, retry_in, fatal: false };
        bench.end(lease.key, &infra).await.expect("finish");
        later.insert(0, lease.key.item);
    }
    // The tail of the large one is overtaken by the small ones that come after it.
    bench.submit(&per_file(4)).await;
    for priority in [0, -3, 5, 0] {
        bench.advance(Duration::from_millis(700));
        bench.submit(&NewTestrun { priority, ..per_file(2) }).await;
    }
    bench.submit(&directory(2, bench.store.process())).await;
    let shown = backlog(&bench, 0).await;
    assert_eq!(shown.len(), 16);
    assert!(
        shown
            .iter()
            .all(|item| item.state == ItemState::Ready && item.worker.is_none() || later.contains(&item.id))
    );
    assert_eq!(ids(&shown[14..]), later, "soonest first");
    let mut claimed = Vec::new();
    let request = ClaimRequest { process: Some(bench.store.process()), ..claim_by("w", 1) };
    while let Some(lease) = bench.claim_as(&request).await.pop() {
        claimed.push(lease.key.item);
        let open = backlog(&bench, 0).await;
        // Held ones first, in the order in which they were claimed.
        assert_eq!(ids(&open[..claimed.len()]), claimed);
        assert_eq!(ids(&open[claimed.len()..]), ids(&shown[claimed.len()..]));
        bench.advance(Duration::from_millis(1));
    }
    assert_eq!(claimed, ids(&shown[..14]));
    bench.advance(Duration::from_secs(450));
    let due = backlog(&bench, 0).await;
    assert_eq!(ids(&due[14..]), later, "one of them is due now");
    bench.check_all().await;
}

/// The oldest claim is the first, whatever the number of its item.
pub async fn held_items_stand_in_the_order_of_their_claims(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    bench.submit(&per_file(3)).await;
    let first = bench.claim_one("a").await;
    bench.advance(Duration::from_secs(1));
    let second = bench.claim_one("b").await;
    bench.end(first.key, &Outcome::Release).await.expect("release");
    bench.advance(Duration::from_secs(1));
    let again = bench.claim_one("c").await;
    assert_eq!(again.key.item, first.key.item);
    let open = backlog(&bench, 2).await;
    assert_eq!(ids(&open), [second.key.item, first.key.item]);
    let holders: Vec<_> = open.iter().map(|item| item.worker.clone()).collect();
    assert_eq!(holders, ["b", "c"].map(|name| Some(WorkerId(name.to_owned()))));
}

/// An open item is shown with all that says why it waits and who has it.
pub async fn the_backlog_says_what_each_item_is(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let mut new = grouped(&[&[0, 1, 2]]);
    new.items[0].weight_us = 2_500_000;
    let run = bench.submit(&NewTestrun { priority: -7, ..new }).await.id();
    let item = bench.item(run).await.id;
    let waiting = OpenItem {
        id: item,
        run,
        state: ItemState::Ready,
        executor: EXECUTOR.to_owned(),
        priority: -7,
        files: 3,
        weight: Duration::from_micros(2_500_000),
        attempts: 0,
        pinned: false,
        not_before: Item::AT_ONCE,
        worker: None,
        lease_until: None,
    };
    assert_eq!(backlog(&bench, 1).await, std::slice::from_ref(&waiting));
    let until = testrunner_core::Clock::now(&bench.clock).after(TTL);
    let lease = bench.claim_one("w").await;
    let held = OpenItem {
        state: ItemState::Leased,
        attempts: 1,
        worker: Some(WorkerId("w".to_owned())),
        lease_until: Some(until),
        ..waiting
    };
    assert_eq!(backlog(&bench, 1).await, [held]);
    let pinned = bench.submit(&directory(1, bench.store.process())).await.id();
    let both = bench.store.backlog(1).await.expect("backlog");
    assert_eq!((both.items.len(), both.leased, both.ready), (1, 1, 1), "numbers are of all");
    let last = backlog(&bench, 2).await.pop().expect("two");
    assert_eq!((last.run, last.pinned), (pinned, true));
    bench.complete(&lease, FileOutcome::Passed).await;
    bench.stop(pinned, StopWhy::Cancel).await;
    let none = bench.store.backlog(0).await.expect("backlog");
    assert_eq!((none.items, none.leased, none.ready), (vec![], 0, 0));
}

/// A large backlog is shown in part and counted wholly.
pub async fn a_large_backlog_is_shown_in_part(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    bench.submit(&per_file(150)).await;
    bench.submit(&whole(1)).await;
    bench.claim("w", 20).await;
    for (limit, shown) in [(0, 100), (7, 7), (1_000, 151)] {
        let open = bench.store.backlog(limit).await.expect("backlog");
        assert_eq!((open.items.len(), open.leased, open.ready), (shown, 20, 131));
        let held = open.items.iter().filter(|item| item.state == ItemState::Leased).count();
        assert_eq!(held, shown.min(20));
    }
}
