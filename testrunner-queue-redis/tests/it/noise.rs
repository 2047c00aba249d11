//! Queues with all that does not belong into them.

use testrunner_core::queue::{Queue as _, Settle};

use crate::bench::{Bench, PATIENCE, ticket};
use crate::stage::Stage;

/// What others, older and newer programs might put there.
fn garbage() -> Vec<Vec<u8>> {
    let deep = [b"{\"v\":1,\"item\":".to_vec(), vec![b'['; 3_000]].concat();
    let texts: [&[u8]; 10] = [
        b"",
        b"\0\xff\xfe",
        b"null",
        b"{}",
        b"hello",
        b"{\"v\":1}",
        b"{\"v\":2,\"items\":[1,2]}",
        b"{\"v\":1,\"item\":\"7\",\"run\":1,\"priority\":0}",
        b"{\"v\":1,\"item\":99999999999999999999,\"run\":1,\"priority\":0}",
        b"{\"v\":1,\"item\":1,\"run\":1,\"priority\":70000}",
    ];
    let mut garbage: Vec<Vec<u8>> = texts.iter().map(|text| text.to_vec()).collect();
    garbage.extend([deep, vec![b'['; 100_000], vec![0; 10 << 20]]);
    garbage
}

/// Each garbage is a wake-up and no more.
pub(crate) async fn garbage_is_removed_and_counted(bench: Bench) {
    let queue = bench.open().await;
    let garbage = garbage();
    for message in &garbage {
        bench.put(message).await;
        let deliveries = queue.take(1, PATIENCE).await.expect("take");
        assert_eq!(deliveries.len(), 1);
        for delivery in deliveries {
            queue.settle(delivery, Settle::Stale).await.expect("settle");
        }
    }
    // Entries that nobody has thought of: no such field, and names that are no text.
    bench.ask::<String>(&[b"XADD", bench.queue.as_bytes(), b"*", b"\xff\xfe", b"x", b"other", b"\xff"]).await;
    let deliveries = queue.take(1, PATIENCE).await.expect("take");
    queue.settle(deliveries[0].clone(), Settle::Stale).await.expect("settle");
    bench.emptied().await;
    let (counts, put) = (queue.counts(), garbage.len() as u64 + 1);
    assert_eq!((counts.delivered, counts.unreadable), (put, put));
    assert_eq!(counts.connected, 1, "none of it broke the connection");
}

/// F9: tickets lost, doubled a hundred times, turned around, for items that there are not, among garbage.
pub(crate) async fn every_testrun_runs_once(bench: Bench) {
    let stage = Stage::default();
    let queues = [bench.open().await, bench.open().await];
    let engines: Vec<_> = queues.iter().map(|queue| stage.worker(queue.clone())).collect();
    let front = stage.front(bench.open().await);
    let noise = bench.open().await;
    let mut runs = Vec::new();
    for round in 0..8 {
        runs.push(stage.submit(&front, &format!("pass{round}"), 5).await);
        match round % 4 {
            0 => bench.purge().await,
            1 => noise.offer(&[ticket(1); 100]).await.expect("offer"),
            2 => noise.offer(&(1..60).rev().map(ticket).collect::<Vec<_>>()).await.expect("offer"),
            _ => {
                for message in garbage() {
                    bench.put(&message).await;
                }
            }
        }
    }
    for run in runs {
        stage.succeeded(&front, run).await;
    }
    stage.assert_executed_once(8 * 5);
    bench.emptied().await;
    let unreadable: u64 = queues.iter().map(|queue| queue.counts().unreadable).sum();
    assert!(unreadable > 0 && queues.iter().all(|queue| queue.counts().connected == 1));
    Stage::stop(engines).await;
}
