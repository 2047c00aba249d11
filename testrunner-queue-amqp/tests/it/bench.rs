//! A queue of its own at the broker for each test, deleted afterwards.

use std::net::{TcpStream, ToSocketAddrs as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use lapin::options::{BasicPublishOptions, QueueDeclareOptions, QueueDeleteOptions, QueuePurgeOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Connection, ConnectionProperties};
use libtest_mimic::{Completion, Failed, Trial};
use testrunner_core::queue::Ticket;
use testrunner_core::{ItemId, ProcessId, TestrunId};
use testrunner_queue_amqp::{AmqpOptions, AmqpQueue};

/// Longest time for anything here: a bound for what hangs, no measure of speed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

const VARIABLE: &str = "TESTRUNNER_TEST_AMQP";
const USUAL: &str = "amqp://guest:guest@127.0.0.1:5672/%2f";

/// The broker, and the name of a queue that nobody else uses.
#[derive(Clone, Debug)]
pub(crate) struct Bench {
    pub(crate) url: String,
    pub(crate) queue: String,
    admin: Arc<Connection>,
}

impl Bench {
    async fn new(url: String) -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let queue =
            format!("testrunner.test.{}.{}", ProcessId::unique(), MADE.fetch_add(1, Ordering::Relaxed));
        let admin =
            Connection::connect(&url, ConnectionProperties::default()).await.expect("the broker answers");
        Self { url, queue, admin: Arc::new(admin) }
    }

    /// Settings for this test's queue.
    pub(crate) fn options(&self) -> AmqpOptions {
        AmqpQueue::options().queue(&self.queue)
    }

    /// A handle on the queue, as another process would have; connected.
    pub(crate) async fn open(&self) -> AmqpQueue {
        let queue = self.options().open(&self.url).expect("valid");
        queue.connected(PATIENCE).await.expect("connected");
        queue
    }

    /// The broker's address, but by another port.
    pub(crate) fn url_by(&self, port: u16) -> String {
        let address = address(&self.url);
        self.url.replace(&address, &format!("127.0.0.1:{port}"))
    }

    /// Host and port of the broker.
    pub(crate) fn address(&self) -> String {
        address(&self.url)
    }

    /// Puts bytes into the queue, past the adapter.
    pub(crate) async fn put(&self, body: &[u8]) {
        let channel = self.admin.create_channel().await.expect("a channel");
        let options = BasicPublishOptions::default();
        channel.confirm_select(lapin::options::ConfirmSelectOptions::default()).await.expect("confirms");
        let published = channel.basic_publish(
            "".into(),
            self.queue.as_str().into(),
            options,
            body,
            BasicProperties::default(),
        );
        published.await.expect("published").await.expect("confirmed");
    }

    /// How many messages wait to be delivered.
    pub(crate) async fn waiting(&self) -> u32 {
        let channel = self.admin.create_channel().await.expect("a channel");
        let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        let queue = channel.queue_declare(self.queue.as_str().into(), passive, FieldTable::default()).await;
        queue.expect("the queue is there").message_count()
    }

    /// Waits until nothing is left.
    pub(crate) async fn emptied(&self) {
        let empty = async {
            while self.waiting().await > 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, empty).await.expect("the queue is emptied");
    }

    pub(crate) async fn purge(&self) {
        let channel = self.admin.create_channel().await.expect("a channel");
        let purged = channel.queue_purge(self.queue.as_str().into(), QueuePurgeOptions::default()).await;
        purged.expect("purged");
    }

    pub(crate) async fn delete(&self) {
        let channel = self.admin.create_channel().await.expect("a channel");
        let deleted = channel.queue_delete(self.queue.as_str().into(), QueueDeleteOptions::default()).await;
        deleted.expect("deleted");
    }

    /// Makes a queue of that name that is none of ours.
    pub(crate) async fn squat(&self) {
        let channel = self.admin.create_channel().await.expect("a channel");
        let options = QueueDeclareOptions::durable();
        let made = channel.queue_declare(self.queue.as_str().into(), options, FieldTable::default()).await;
        made.expect("made");
    }
}

pub(crate) const fn ticket(item: i64) -> Ticket {
    Ticket { item: ItemId(item), run: TestrunId(1), priority: 0 }
}

/// A test that needs the broker.
pub(crate) fn trial<F>(name: impl Into<String>, test: impl FnOnce(Bench) -> F + Send + 'static) -> Trial
where
    F: Future<Output = ()> + Send + 'static,
{
    Trial::ignorable_test(name, move || {
        let url = std::env::var(VARIABLE).unwrap_or_else(|_| USUAL.to_owned());
        if !answers(&address(&url)) {
            let why = format!("no RabbitMQ at {}; {VARIABLE} names another", address(&url));
            return match std::env::var_os("TESTRUNNER_REQUIRE_SERVICES") {
                Some(_) => Err(Failed::from(why)),
                None => Ok(Completion::ignored_with(why)),
            };
        }
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(4).enable_all().build()?;
        runtime.block_on(async {
            let bench = Bench::new(url).await;
            let ended = tokio::spawn(test(bench.clone())).await;
            bench.delete().await;
            ended.map(|()| Completion::Completed).map_err(|panic| Failed::from(format!("{panic}")))
        })
    })
}

fn address(url: &str) -> String {
    let uri: lapin::uri::AMQPUri = url.parse().expect("the address of a broker");
    format!("{}:{}", uri.authority.host, uri.authority.port)
}

fn answers(address: &str) -> bool {
    let mut addresses = address.to_socket_addrs().into_iter().flatten();
    addresses.any(|address| TcpStream::connect_timeout(&address, Duration::from_secs(2)).is_ok())
}
