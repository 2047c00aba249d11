//! A stream and a channel of its own for each test, deleted afterwards.

use std::net::{TcpStream, ToSocketAddrs as _};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use libtest_mimic::{Completion, Failed, Trial};
use redis::aio::MultiplexedConnection;
use redis::{Client, ConnectionAddr, FromRedisValue, cmd};
use testrunner_core::queue::Ticket;
use testrunner_core::{ItemId, ProcessId, TestrunId};
use testrunner_queue_redis::{RedisBell, RedisOptions, RedisQueue};

/// Longest time for anything here: a bound for what hangs, no measure of speed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

const VARIABLE: &str = "TESTRUNNER_TEST_REDIS";
const USUAL: &str = "redis://127.0.0.1:6379/";

/// The server, and names that nobody else uses.
#[derive(Clone, Debug)]
pub(crate) struct Bench {
    pub(crate) url: String,
    pub(crate) queue: String,
    pub(crate) channel: String,
    admin: MultiplexedConnection,
}

impl Bench {
    pub(crate) async fn new(url: String) -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!("{}.{}", ProcessId::unique(), MADE.fetch_add(1, Ordering::Relaxed));
        let client = Client::open(url.as_str()).expect("the address of a server");
        let config = redis::AsyncConnectionConfig::new().set_response_timeout(Some(PATIENCE));
        let admin = client.get_multiplexed_async_connection_with_config(&config).await;
        let (queue, channel) = (format!("testrunner.test.{name}"), format!("testrunner.test.bell.{name}"));
        Self { url, queue, channel, admin: admin.expect("the server answers") }
    }

    /// Settings for this test's stream and channel.
    pub(crate) fn options(&self) -> RedisOptions {
        RedisOptions::new().stream(&self.queue).channel(&self.channel)
    }

    /// A handle on the queue, as another process would have; connected.
    pub(crate) async fn open(&self) -> RedisQueue {
        self.open_with(self.options()).await
    }

    pub(crate) async fn open_with(&self, options: RedisOptions) -> RedisQueue {
        let queue = options.open_queue(&self.url).expect("valid");
        queue.connected(PATIENCE).await.expect("connected");
        queue
    }

    /// A bell, as another process would have; connected.
    pub(crate) async fn bell(&self, url: &str) -> RedisBell {
        let bell = self.options().open_bell(url).expect("valid");
        bell.connected(PATIENCE).await.expect("connected");
        bell
    }

    /// The server's address, but by another port.
    pub(crate) fn url_by(&self, port: u16) -> String {
        self.url.replace(&self.address(), &format!("127.0.0.1:{port}"))
    }

    /// Host and port of the server.
    pub(crate) fn address(&self) -> String {
        address(&self.url)
    }

    /// What the server answers to a command.
    pub(crate) async fn ask<T: FromRedisValue>(&self, words: &[&[u8]]) -> T {
        let mut command = cmd(std::str::from_utf8(words[0]).expect("a command"));
        for word in &words[1..] {
            command.arg(word);
        }
        command.query_async(&mut self.admin.clone()).await.expect("the server answers")
    }

    /// Puts bytes into the stream, past the adapter.
    pub(crate) async fn put(&self, body: &[u8]) {
        self.ask::<String>(&[b"XADD", self.queue.as_bytes(), b"*", b"ticket", body]).await;
    }

    /// How many entries are not removed.
    pub(crate) async fn waiting(&self) -> u32 {
        self.ask(&[b"XLEN", self.queue.as_bytes()]).await
    }

    /// Waits until nothing is left.
    pub(crate) async fn emptied(&self) {
        until("the stream is emptied", || async { self.waiting().await == 0 }).await;
    }

    pub(crate) async fn purge(&self) {
        self.ask::<u32>(&[b"XTRIM", self.queue.as_bytes(), b"MAXLEN", b"0"]).await;
    }

    pub(crate) async fn delete(&self) {
        self.ask::<u32>(&[b"DEL", self.queue.as_bytes()]).await;
    }
}

/// Looks until it is so.
pub(crate) async fn until<F: Future<Output = bool> + Send>(what: &str, so: impl Fn() -> F + Send + Sync) {
    let looking = async {
        while !so().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, looking).await.is_ok(), "not in time: {what}");
}

pub(crate) const fn ticket(item: i64) -> Ticket {
    Ticket { item: ItemId(item), run: TestrunId(1), priority: 0 }
}

/// A test that needs the server.
pub(crate) fn trial<F>(name: impl Into<String>, test: impl FnOnce(Bench) -> F + Send + 'static) -> Trial
where
    F: Future<Output = ()> + Send + 'static,
{
    Trial::ignorable_test(name, move || {
        let url = std::env::var(VARIABLE).unwrap_or_else(|_| USUAL.to_owned());
        if !answers(&address(&url)) {
            return missing(format!("no Redis at {}; {VARIABLE} names another", address(&url)));
        }
        run(async {
            let bench = Bench::new(url).await;
            let ended = tokio::spawn(test(bench.clone())).await;
            bench.delete().await;
            ended.map(|()| Completion::Completed).map_err(|panic| Failed::from(panic.to_string()))
        })
    })
}

/// Ignored, or failed where it must be there.
pub(crate) fn missing(why: String) -> Result<Completion, Failed> {
    match std::env::var_os("TESTRUNNER_REQUIRE_SERVICES") {
        Some(_) => Err(Failed::from(why)),
        None => Ok(Completion::ignored_with(why)),
    }
}

pub(crate) fn run<T>(test: impl Future<Output = Result<T, Failed>>) -> Result<T, Failed> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(4).enable_all().build()?.block_on(test)
}

fn address(url: &str) -> String {
    let client = Client::open(url).expect("the address of a server");
    match client.get_connection_info().addr() {
        ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => {
            format!("{host}:{port}")
        }
        other => panic!("{other} cannot be cut"),
    }
}

fn answers(address: &str) -> bool {
    let mut addresses = address.to_socket_addrs().into_iter().flatten();
    addresses.any(|address| TcpStream::connect_timeout(&address, Duration::from_secs(2)).is_ok())
}
