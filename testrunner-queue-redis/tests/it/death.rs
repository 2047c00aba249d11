//! Workers that died with tickets in their hands.

use std::time::Duration;

use testrunner_core::queue::{Queue as _, Settle};

use crate::bench::{Bench, PATIENCE, ticket, until};

const SOON: Duration = Duration::from_millis(100);

/// Reads as a worker does that is killed afterwards.
async fn die_with_a_ticket(bench: &Bench) {
    let words: [&[u8]; 9] = [
        b"XREADGROUP",
        b"GROUP",
        b"workers",
        b"dead",
        b"COUNT",
        b"1",
        b"STREAMS",
        bench.queue.as_bytes(),
        b">",
    ];
    let read: redis::Value = bench.ask(&words).await;
    assert!(matches!(read, redis::Value::Array(_)), "{read:?}");
}

pub(crate) async fn tickets_of_the_dead_go_to_others(bench: Bench) {
    let queue = bench.open_with(bench.options().abandoned(SOON)).await;
    queue.offer(&[ticket(1)]).await.expect("offer");
    die_with_a_ticket(&bench).await;
    let delivery = queue.take(1, PATIENCE).await.expect("take").remove(0);
    queue.settle(delivery, Settle::Taken).await.expect("settle");
    bench.emptied().await;
}

pub(crate) async fn names_of_the_dead_are_removed(bench: Bench) {
    let queue = bench.open_with(bench.options().abandoned(SOON)).await;
    queue.offer(&[ticket(1)]).await.expect("offer");
    die_with_a_ticket(&bench).await;
    until("the name of the dead is removed", || async {
        let asked: [&[u8]; 4] = [b"XINFO", b"CONSUMERS", bench.queue.as_bytes(), b"workers"];
        let consumers: redis::Value = bench.ask(&asked).await;
        !format!("{consumers:?}").contains("dead")
    })
    .await;
    // The ticket was not removed with it.
    assert_eq!(queue.take(1, PATIENCE).await.expect("take").len(), 1);
}
