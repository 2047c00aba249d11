//! Connections that break, brokers that are away, and queues that are gone.

use std::time::{Duration, Instant};

use testrunner_core::queue::{Queue as _, Settle};

use crate::bench::{Bench, PATIENCE, ticket};
use crate::stage::Stage;
use testrunner_testkit::proxy::Proxy;

const SHORT: Duration = Duration::from_millis(200);

/// Offers until the broker has it: what an outage swallowed is offered again.
async fn offered(queue: &testrunner_queue_amqp::AmqpQueue, item: i64) {
    let offered = async {
        while let Err(error) = queue.offer(&[ticket(item)]).await {
            assert!(error.is_retryable(), "{error}");
            queue.connected(PATIENCE).await.expect("connected");
        }
    };
    tokio::time::timeout(PATIENCE, offered).await.expect("the broker takes it");
}

pub(crate) async fn a_cut_connection_loses_nothing(bench: Bench) {
    let proxy = Proxy::to(bench.address()).await;
    let queue = bench.options().open(&bench.url_by(proxy.port)).expect("valid");
    queue.connected(PATIENCE).await.expect("connected");
    let stage = Stage::default();
    let worker = stage.worker(queue.clone());
    let front = stage.front(queue.clone());
    for round in 0..4 {
        let run = stage.submit(&front, &format!("pass{round}"), 10).await;
        proxy.cut();
        stage.succeeded(&front, run).await;
        offered(&queue, 1).await;
    }
    stage.assert_executed_once(4 * 10);
    assert!(queue.counts().connected >= 4, "{:?}", queue.counts());
    bench.emptied().await;
    Stage::stop(vec![worker]).await;
}

pub(crate) async fn an_old_delivery_is_settled_quietly(bench: Bench) {
    let proxy = Proxy::to(bench.address()).await;
    let queue = bench.options().open(&bench.url_by(proxy.port)).expect("valid");
    queue.connected(PATIENCE).await.expect("connected");
    for how in [Settle::Taken, Settle::Stale, Settle::Later] {
        offered(&queue, 1).await;
        let old = queue.take(1, PATIENCE).await.expect("take").remove(0);
        let before = queue.counts().connected;
        proxy.cut();
        queue.settle(old, how).await.expect("settle, whatever became of the connection");
        // Taken may have been heard by the broker before the cut: then there is nothing to come.
        offered(&queue, 2).await;
        let new = queue.take(1, PATIENCE).await.expect("take").remove(0);
        assert!(queue.counts().connected > before);
        queue.settle(new, Settle::Taken).await.expect("settle");
        bench.purge().await;
    }
}

pub(crate) async fn a_queue_deleted_is_made_anew(bench: Bench) {
    let (queue, submitter) = (bench.open().await, bench.open().await);
    let stage = Stage::default();
    let worker = stage.worker(queue.clone());
    let front = stage.front(submitter.clone());
    for round in 0..4 {
        let run = stage.submit(&front, &format!("pass{round}"), 10).await;
        if round % 2 == 0 {
            bench.purge().await
        } else {
            bench.delete().await
        }
        stage.succeeded(&front, run).await;
        // The submitter hears of it by its next offer, the worker by its consumer.
        let before = queue.counts().delivered;
        offered(&submitter, 1).await;
        let heard = async {
            while queue.counts().delivered == before {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, heard).await.expect("the queue works again");
    }
    stage.assert_executed_once(4 * 10);
    Stage::stop(vec![worker]).await;
}

pub(crate) async fn a_broker_may_come_late(bench: Bench) {
    let port = Proxy::to(bench.address()).await.port;
    let queue = bench.options().open(&bench.url_by(port)).expect("valid");
    let begun = Instant::now();
    let error = queue.offer(&[ticket(1)]).await.expect_err("there is no broker");
    assert!(error.is_retryable() && begun.elapsed() < Duration::from_secs(2), "{error}");
    assert!(queue.take(1, SHORT).await.expect("take").is_empty());
    let error = queue.connected(SHORT).await.expect_err("there is no broker");
    assert!(error.to_string().contains(&format!("127.0.0.1:{port}")), "{error}");
    assert!(!format!("{error} {error:?} {queue:?}").contains("guest"), "{error:?} {queue:?}");
    let stage = Stage::default();
    let worker = stage.worker(queue.clone());
    let front = stage.front(queue.clone());
    let run = stage.submit(&front, "early", 5).await;
    stage.succeeded(&front, run).await;
    assert_eq!(queue.counts(), testrunner_queue_amqp::QueueCounts::default());
    let _proxy = Proxy::from_port(port, bench.address()).await;
    queue.connected(PATIENCE).await.expect("connected");
    let run = stage.submit(&front, "late", 5).await;
    stage.succeeded(&front, run).await;
    bench.emptied().await;
    assert!(queue.counts().offered == 5 && queue.counts().delivered > 0, "{:?}", queue.counts());
    stage.assert_executed_once(10);
    Stage::stop(vec![worker]).await;
}

/// Neither a submitter nor a worker waits for a broker that says nothing.
pub(crate) async fn a_silent_broker_holds_nobody_up(bench: Bench) {
    let proxy = Proxy::to(bench.address()).await;
    let queue = bench.options().offer_timeout(SHORT).open(&bench.url_by(proxy.port)).expect("valid");
    queue.connected(PATIENCE).await.expect("connected");
    offered(&queue, 1).await;
    let held = queue.take(1, PATIENCE).await.expect("take").remove(0);
    proxy.silent(true);
    let begun = Instant::now();
    let error = queue.offer(&[ticket(2)]).await.expect_err("no confirmation");
    assert!(error.is_retryable(), "{error}");
    assert!(queue.take(1, SHORT).await.expect("take").is_empty());
    queue.settle(held, Settle::Taken).await.expect("settle");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    proxy.silent(false);
    let late = queue.take(1, PATIENCE).await.expect("take").remove(0);
    queue.settle(late, Settle::Taken).await.expect("settle");
    bench.emptied().await;
}
