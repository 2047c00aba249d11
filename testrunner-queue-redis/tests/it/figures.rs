//! How fast it is: `cargo test -p testrunner-queue-redis --release --test it -- figures --ignored --nocapture`.

use std::time::{Duration, Instant};

use testrunner_core::queue::{Queue as _, Settle};

use crate::bench::{Bench, PATIENCE, ticket};

const OFFERS: u32 = 200;

#[expect(clippy::print_stdout, reason = "figures are what it is for")]
pub(crate) async fn print(bench: Bench) {
    let (offering, taking) = (bench.open().await, bench.open().await);
    let batch: Vec<_> = (1..=1_000).map(ticket).collect();
    let begun = Instant::now();
    for _ in 0..5 {
        offering.offer(&batch).await.expect("offer");
    }
    println!("offers of 1000 tickets: {:.0} tickets/s kept", 5_000.0 / begun.elapsed().as_secs_f64());
    bench.purge().await;
    let begun = Instant::now();
    for n in 0..OFFERS {
        offering.offer(&[ticket(n.into())]).await.expect("offer");
    }
    println!("offers of one ticket: {:?} each", begun.elapsed() / OFFERS);
    bench.purge().await;
    let mut waits = Vec::new();
    for n in 0..OFFERS {
        let other = taking.clone();
        let waiting = tokio::spawn(async move {
            let taken = other.take(1, PATIENCE).await.expect("take").remove(0);
            let at = Instant::now();
            other.settle(taken, Settle::Taken).await.expect("settle");
            at
        });
        // It waits at the server before anything is offered.
        tokio::time::sleep(Duration::from_millis(10)).await;
        let begun = Instant::now();
        offering.offer(&[ticket(n.into())]).await.expect("offer");
        waits.push(waiting.await.expect("no panic").duration_since(begun));
    }
    waits.sort();
    let at = |part: usize| waits[waits.len() * part / 100];
    println!("offer to take: median {:?}, 99th percentile {:?}", at(50), at(99));
}
