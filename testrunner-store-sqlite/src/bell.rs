//! The doorbell. Listeners of this process are rung by the writer right after each commit. What other
//! processes commit is noticed by a look at `PRAGMA data_version`, several times a second while somebody
//! listens; then the numbers behind the topics say who is to be rung. Without these numbers, renewing a lease
//! would wake every listener in every process, and whoever answers a wake with a write would never rest.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, SqliteConnection};
use testrunner_core::doorbell::{Doorbell, Listener, LocalBell, Topic, Wake};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::error::Result;
use crate::sql::pulse;
use crate::verb::Rung;

/// Time between two looks.
const LOOK: Duration = Duration::from_millis(75);
/// Time until the next try when looking failed.
const RETRY: Duration = Duration::from_secs(1);

/// The bell of a store.
#[derive(Debug)]
pub(crate) struct SqliteBell {
    local: LocalBell,
    ears: Arc<Ears>,
    look: JoinHandle<()>,
}

/// Who listens to what.
#[derive(Debug, Default)]
struct Ears {
    topics: Mutex<HashMap<Topic, Ear>>,
    /// Somebody began to listen.
    came: Notify,
}

#[derive(Debug, Default)]
struct Ear {
    listeners: usize,
    /// The newest number behind the topic that was rung for.
    seen: Option<i64>,
}

impl Ears {
    fn lock(&self) -> MutexGuard<'_, HashMap<Topic, Ear>> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SqliteBell {
    /// Starts to look, on a connection of its own.
    pub(crate) fn start(path: PathBuf, options: SqliteConnectOptions) -> Self {
        let local = LocalBell::new();
        let ears = Arc::new(Ears::default());
        let look = tokio::spawn(look(path, options, local.clone(), Arc::clone(&ears)));
        Self { local, ears, look }
    }

    /// Looks no more; what this process rings for itself is still heard.
    pub(crate) fn close(&self) {
        self.look.abort();
    }

    /// Rings for what this store has just committed.
    pub(crate) fn committed(&self, rung: &Rung, (work, stops): (i64, i64)) {
        let mut topics: Vec<(Topic, i64)> =
            rung.runs.iter().map(|(run, seq)| (Topic::Run(*run), seq.0)).collect();
        if rung.work {
            topics.push((Topic::Work, work));
        }
        if rung.stops {
            topics.push((Topic::Stops, stops));
        }
        topics.extend(rung.changes.map(|last| (Topic::Runs, last)));
        if topics.is_empty() {
            return;
        }
        let mut ears = self.ears.lock();
        for (topic, number) in &topics {
            if let Some(ear) = ears.get_mut(topic) {
                ear.seen = Some(*number);
            }
        }
        drop(ears);
        self.local.ring(&topics.into_iter().map(|(topic, _)| topic).collect::<Vec<_>>());
    }
}

impl Drop for SqliteBell {
    fn drop(&mut self) {
        self.close();
    }
}

impl Doorbell for SqliteBell {
    fn ring(&self, topics: &[Topic]) {
        self.local.ring(topics);
    }

    fn listen(&self, topic: Topic) -> Box<dyn Listener> {
        let inner = self.local.listen(topic);
        self.ears.lock().entry(topic).or_default().listeners += 1;
        self.ears.came.notify_one();
        Box::new(SqliteListener { inner, topic, ears: Arc::clone(&self.ears) })
    }
}

#[derive(Debug)]
struct SqliteListener {
    inner: Box<dyn Listener>,
    topic: Topic,
    ears: Arc<Ears>,
}

#[async_trait]
impl Listener for SqliteListener {
    async fn rung(&mut self, at_most: Duration) -> Wake {
        self.inner.rung(at_most).await
    }
}

impl Drop for SqliteListener {
    fn drop(&mut self) {
        let mut topics = self.ears.lock();
        if let Some(ear) = topics.get_mut(&self.topic) {
            ear.listeners -= 1;
            if ear.listeners == 0 {
                topics.remove(&self.topic);
            }
        }
    }
}

/// Looks for commits of others, for ever.
async fn look(path: PathBuf, options: SqliteConnectOptions, local: LocalBell, ears: Arc<Ears>) {
    let mut eye = Eye { options, conn: None, version: None };
    loop {
        if ears.lock().is_empty() {
            // No listener, no look. What happens meanwhile is seen as a change afterwards.
            ears.came.notified().await;
            continue;
        }
        match eye.look(&ears).await {
            Ok(topics) => {
                local.ring(&topics);
                tokio::time::sleep(LOOK).await;
            }
            Err(error) => {
                let error = error.into_store(&path);
                tracing::debug!(%error, "cannot look for what other processes commit");
                eye = Eye { options: eye.options, conn: None, version: None };
                local.resync();
                tokio::time::sleep(RETRY).await;
            }
        }
    }
}

struct Eye {
    options: SqliteConnectOptions,
    conn: Option<SqliteConnection>,
    version: Option<i64>,
}

impl Eye {
    /// The topics that something happened to since the last look.
    async fn look(&mut self, ears: &Ears) -> Result<Vec<Topic>> {
        let conn = match &mut self.conn {
            Some(conn) => conn,
            none => none.insert(self.options.connect().await?),
        };
        let version = pulse::data_version(conn).await?;
        let changed = self.version.replace(version) != Some(version);
        let wanted: Vec<Topic> = {
            let topics = ears.lock();
            let new = topics.values().any(|ear| ear.seen.is_none());
            if changed || new { topics.keys().copied().collect() } else { return Ok(Vec::new()) }
        };
        let numbers = pulse::read(conn, &wanted).await?;
        let mut topics = ears.lock();
        let mut rung = Vec::new();
        for (topic, number) in numbers {
            let Some(ear) = topics.get_mut(&topic) else { continue };
            // Who is new here may have missed something, but only if there was anything to miss.
            if ear.seen.map_or(changed, |seen| seen != number) {
                rung.push(topic);
            }
            ear.seen = Some(number);
        }
        Ok(rung)
    }
}
