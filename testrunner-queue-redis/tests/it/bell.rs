//! The bell, in several processes as it were: each handle has connections of its own.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use testrunner_core::doorbell::{Doorbell as _, Listener, Topic, Wake};
use testrunner_core::{EventBody, Seq, TestrunId};

use crate::bench::{Bench, PATIENCE};
use crate::stage::Stage;
use testrunner_testkit::proxy::Proxy;

const RUN: Topic = Topic::Run(TestrunId(7));
/// Time in which what does not come would have come.
const SHORT: Duration = Duration::from_millis(200);

/// Answers what came of the connections, so that only rings are left.
async fn settled(listener: &mut Box<dyn Listener>) {
    while listener.rung(SHORT).await != Wake::Timeout {}
}

pub(crate) async fn a_ring_reaches_another_process(bench: Bench) {
    let (near, far) = (bench.bell(&bench.url).await, bench.bell(&bench.url).await);
    for topic in [Topic::Work, RUN, Topic::Stops, Topic::Runs] {
        let (mut here, mut there) = (near.listen(topic), far.listen(topic));
        let mut other = far.listen(Topic::Run(TestrunId(8)));
        settled(&mut there).await;
        settled(&mut other).await;
        near.ring(&[topic]);
        assert_eq!(here.rung(PATIENCE).await, Wake::Hint);
        assert_eq!(there.rung(PATIENCE).await, Wake::Hint);
        assert_eq!(other.rung(SHORT).await, Wake::Timeout);
        // One's own ring is not heard twice.
        assert_eq!(here.rung(SHORT).await, Wake::Timeout);
    }
}

pub(crate) async fn a_lost_connection_is_a_resync(bench: Bench) {
    let proxy = Proxy::to(bench.address()).await;
    let (near, far) = (bench.bell(&bench.url).await, bench.bell(&bench.url_by(proxy.port)).await);
    let mut there = far.listen(RUN);
    for _ in 0..3 {
        settled(&mut there).await;
        proxy.cut();
        assert_eq!(there.rung(PATIENCE).await, Wake::Resync);
        far.connected(PATIENCE).await.expect("connected");
        settled(&mut there).await;
        near.ring(&[RUN]);
        assert_eq!(there.rung(PATIENCE).await, Wake::Hint);
    }
    // Cut off, it still rings in its own process, and nobody waits for the other end.
    drop(proxy);
    let begun = Instant::now();
    for n in 0..20_000 {
        far.ring(&[RUN, Topic::Run(TestrunId(n))]);
    }
    assert_eq!(there.rung(PATIENCE).await, Wake::Hint);
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

/// A connection that nothing comes by is not trusted for ever.
pub(crate) async fn a_silent_server_is_noticed(bench: Bench) {
    let proxy = Proxy::to(bench.address()).await;
    let bell = bench.bell(&bench.url_by(proxy.port)).await;
    let mut listener = bell.listen(RUN);
    settled(&mut listener).await;
    proxy.silent(true);
    let noticed = async {
        while bell.connected(Duration::ZERO).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, noticed).await.expect("noticed");
    proxy.silent(false);
    assert_eq!(listener.rung(PATIENCE).await, Wake::Resync);
}

pub(crate) async fn many_rings_go_together(bench: Bench) {
    const RINGS: usize = 5_000;
    let (near, far) = (bench.bell(&bench.url).await, bench.bell(&bench.url).await);
    let client = redis::Client::open(bench.url.as_str()).expect("valid");
    let mut channel = client.get_async_pubsub().await.expect("the server answers");
    channel.subscribe(&bench.channel).await.expect("subscribed");
    let (mut there, mut last) = (far.listen(RUN), far.listen(Topic::Stops));
    settled(&mut there).await;
    settled(&mut last).await;
    for _ in 0..RINGS {
        near.ring(&[RUN, Topic::Runs]);
    }
    near.ring(&[Topic::Stops]);
    assert_eq!(last.rung(PATIENCE).await, Wake::Hint);
    assert_eq!(there.rung(PATIENCE).await, Wake::Hint);
    // The last topic is rung for with or after all others.
    let before = channel.on_message().take_while(|message| {
        let said = String::from_utf8_lossy(message.get_payload_bytes());
        std::future::ready(!said.contains("stops"))
    });
    let messages = tokio::time::timeout(PATIENCE, before.count()).await.expect("heard");
    assert!(messages < RINGS / 2, "{messages} messages for {RINGS} rings");
}

pub(crate) async fn garbage_rings_for_nobody(bench: Bench) {
    let (near, far) = (bench.bell(&bench.url).await, bench.bell(&bench.url).await);
    let mut there = far.listen(RUN);
    settled(&mut there).await;
    let deep = vec![b'['; 60_000];
    let huge = vec![b'['; 10 << 20];
    for garbage in
        [b"".as_slice(), b"\xff", b"{}", b"{\"v\":9,\"from\":\"x\",\"topics\":[\"run:7\"]}", &deep, &huge]
    {
        bench.ask::<u32>(&[b"PUBLISH", bench.channel.as_bytes(), garbage]).await;
    }
    assert_eq!(there.rung(SHORT).await, Wake::Timeout);
    near.ring(&[RUN]);
    assert_eq!(there.rung(PATIENCE).await, Wake::Hint);
}

/// Queue and bell together: submitted here, executed there, watched elsewhere.
pub(crate) async fn an_engine_is_followed(bench: Bench) {
    let stage = Stage::default();
    let worker = stage.worker_with(bench.open().await, bench.bell(&bench.url).await);
    let front = stage.front(bench.open().await);
    let viewer = stage.watching(bench.bell(&bench.url).await);
    let run = stage.submit(&front, "pass", 5).await;
    let mut subscription = viewer.subscribe(run, Seq(0));
    let mut last = None;
    let reading = async {
        while let Some(event) = subscription.next().await {
            last = Some(event.expect("the store answers").body);
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.expect("it ends");
    assert!(matches!(last, Some(EventBody::RunStatus { .. })), "{last:?}");
    stage.succeeded(&front, run).await;
    stage.assert_executed_once(5);
    Stage::stop(vec![worker]).await;
}
