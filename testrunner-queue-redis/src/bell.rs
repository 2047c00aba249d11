//! The doorbell. Listeners of this process are rung at once; other processes by one channel. Rings that come
//! while one is being published go together.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use redis::aio::{MultiplexedConnection, PubSubSink, PubSubStream};
use testrunner_core::ProcessId;
use testrunner_core::doorbell::{Doorbell, Listener, LocalBell, Topic};
use testrunner_core::store::StoreResult;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, timeout};

use crate::address::Address;
use crate::error::{Error, Result};
use crate::link::ANSWER;
use crate::options::RedisOptions;
use crate::ring;
use crate::supervisor::{GOOD, pauses};

/// Topics that are kept while there is no server. Who listens polls; this only spares some of the wait.
const MOST_KEPT: usize = 10_000;

/// Rings in every process that has the same channel of the same server. Clones are the same bell, which rings as long
/// as one of them lasts.
#[derive(Clone, Debug)]
pub struct RedisBell {
    shared: Arc<Shared>,
    _task: Arc<Task>,
}

#[derive(Debug)]
struct Shared {
    address: Address,
    channel: String,
    own: String,
    local: LocalBell,
    waiting: Mutex<BTreeSet<Topic>>,
    rung: Notify,
    /// Why there is no connection, when there is none.
    down: watch::Sender<Option<Error>>,
}

/// Ends with the bell.
#[derive(Debug)]
struct Task(tokio::task::JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl RedisBell {
    /// Opens the bell at `redis://…` or `rediss://…`, with the usual settings.
    ///
    /// # Errors
    /// `Invalid`: the address cannot be used.
    pub fn open(url: &str) -> StoreResult<Self> {
        RedisOptions::new().open_bell(url)
    }

    pub(crate) fn start(address: Address, channel: String) -> Self {
        let shared = Arc::new(Shared {
            address,
            channel,
            own: ProcessId::unique().0,
            local: LocalBell::new(),
            waiting: Mutex::default(),
            rung: Notify::new(),
            down: watch::Sender::new(Some(Error::NotYet)),
        });
        let task = tokio::spawn(keep(Arc::clone(&shared)));
        Self { shared, _task: Arc::new(Task(task)) }
    }

    /// Waits until rings reach other processes.
    ///
    /// # Errors
    /// They did not in time; why the last try failed.
    pub async fn connected(&self, at_most: Duration) -> StoreResult<()> {
        let mut down = self.shared.down.subscribe();
        let _ = timeout(at_most, down.wait_for(Option::is_none)).await;
        match self.shared.down.borrow().clone() {
            Some(error) => Err(error.into_store(&self.shared.address, &self.shared.channel)),
            None => Ok(()),
        }
    }
}

impl Doorbell for RedisBell {
    fn ring(&self, topics: &[Topic]) {
        self.shared.local.ring(topics);
        let mut waiting = self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.extend(topics);
        if waiting.len() > MOST_KEPT {
            waiting.clear();
        }
        drop(waiting);
        self.shared.rung.notify_one();
    }

    fn listen(&self, topic: Topic) -> Box<dyn Listener> {
        self.shared.local.listen(topic)
    }
}

/// Connects, listens and rings, and begins again, for ever.
async fn keep(shared: Arc<Shared>) {
    let mut pauses = self::pauses();
    let mut told = String::new();
    loop {
        let begun = Instant::now();
        let Err(error) = shared.connection(&mut told).await;
        shared.down.send_replace(Some(error.clone()));
        let error = error.into_store(&shared.address, &shared.channel);
        if told != error.to_string() {
            told = error.to_string();
            tracing::warn!(%error, "no bell to other processes; they poll meanwhile");
        }
        if begun.elapsed() >= GOOD {
            pauses = self::pauses();
        }
        sleep(pauses.next().unwrap_or(GOOD)).await;
    }
}

impl Shared {
    /// One pair of connections, from its beginning to the reason of its end.
    async fn connection(&self, told: &mut String) -> Result<std::convert::Infallible> {
        let (mut sink, stream) = self.address.listen().await?.split();
        timeout(ANSWER, sink.subscribe(&self.channel)).await.map_err(|_| Error::NoAnswer)??;
        let commands = self.address.connect(Some(ANSWER)).await?;
        tracing::info!(server = %self.address, channel = self.channel, "the bell rings in other processes");
        told.clear();
        self.down.send_replace(None);
        // What was rung before we heard is not known.
        self.local.resync();
        tokio::select! {
            error = self.hear(stream) => error,
            error = self.publish(commands) => error,
            error = watch_over(sink) => error,
        }
    }

    async fn hear(&self, mut stream: PubSubStream) -> Result<std::convert::Infallible> {
        while let Some(message) = stream.next().await {
            self.local.ring(&ring::read(&self.own, message.get_payload_bytes()));
        }
        Err(Error::Lost)
    }

    async fn publish(&self, mut on: MultiplexedConnection) -> Result<std::convert::Infallible> {
        loop {
            let waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
            let topics: Vec<Topic> = waiting.into_iter().collect();
            for topics in topics.chunks(ring::MOST) {
                let message = ring::write(&self.own, topics);
                redis::cmd("PUBLISH").arg(&self.channel).arg(message).query_async::<()>(&mut on).await?;
            }
            self.rung.notified().await;
        }
    }
}

/// A connection that only listens would not notice its end: asks for a sign of life.
async fn watch_over(mut sink: PubSubSink) -> Result<std::convert::Infallible> {
    loop {
        sleep(ANSWER).await;
        timeout(ANSWER, sink.ping::<redis::Value>()).await.map_err(|_| Error::NoAnswer)??;
    }
}
