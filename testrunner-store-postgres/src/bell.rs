//! The doorbell. Listeners of this process are rung right after each commit; other processes hear of it by NOTIFY, said
//! outside the transaction, for NOTIFY within one makes all commits of the server queue up. What happens in a short time
//! is said at once, so that a thousand commits a second are twenty notifications.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use testrunner_core::TestrunId;
use testrunner_core::doorbell::{Doorbell, Listener, LocalBell, Topic};
use tokio::sync::Notify;

use crate::database::Database;
use crate::verb::Rung;

/// Time between two notifications.
const PAUSE: Duration = Duration::from_millis(50);
/// The server takes less than 8,000 bytes.
const PAYLOAD: usize = 7_000;
/// Something happened that does not fit.
const ANYTHING: &str = "*";

/// The bell of a store.
#[derive(Debug)]
pub(crate) struct PostgresBell {
    local: LocalBell,
    /// Tells our own notifications from those of others.
    tag: String,
    waiting: Mutex<BTreeSet<Topic>>,
    came: Notify,
}

impl PostgresBell {
    pub(crate) fn new(tag: String) -> Self {
        Self { local: LocalBell::new(), tag, waiting: Mutex::default(), came: Notify::new() }
    }

    /// Rings for what this store has just committed.
    pub(crate) fn committed(&self, rung: &Rung) {
        let mut topics: Vec<Topic> = rung.runs.iter().map(|run| Topic::Run(*run)).collect();
        topics.extend(rung.work.then_some(Topic::Work));
        topics.extend(rung.stops.then_some(Topic::Stops));
        topics.extend(rung.changes.then_some(Topic::Runs));
        if topics.is_empty() {
            return;
        }
        self.local.ring(&topics);
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).extend(topics);
        self.came.notify_one();
    }

    /// Anything may have happened.
    pub(crate) fn resync(&self) {
        self.local.resync();
    }

    /// Rings for what another process has said.
    pub(crate) fn heard(&self, payload: &str) {
        let Some((tag, said)) = payload.split_once(' ') else { return };
        if tag == self.tag {
            return;
        }
        match said.split(' ').map(read).collect::<Option<Vec<Topic>>>() {
            Some(topics) => self.local.ring(&topics),
            None => self.local.resync(),
        }
    }

    /// Tells the other processes, for ever.
    pub(crate) async fn tell(self: Arc<Self>, database: Arc<Database>, channel: String) {
        loop {
            self.came.notified().await;
            let topics = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
            if topics.is_empty() {
                continue;
            }
            let (channel, payload) = (channel.clone(), self.payload(&topics));
            let told = database.read(crate::database::Lane::Short, move |conn| {
                Box::pin(async move {
                    let notify = sqlx::query("SELECT pg_notify($1, $2)").bind(channel).bind(payload);
                    notify.execute(conn).await?;
                    Ok(())
                })
            });
            // Lost: a poll stands behind every bell.
            if let Err(error) = told.await {
                tracing::debug!(%error, "other processes could not be notified");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn payload(&self, topics: &BTreeSet<Topic>) -> String {
        let mut payload = self.tag.clone();
        for topic in topics {
            payload.push(' ');
            payload.push_str(&word(*topic));
            if payload.len() > PAYLOAD {
                return format!("{} {ANYTHING}", self.tag);
            }
        }
        payload
    }
}

fn word(topic: Topic) -> String {
    match topic {
        Topic::Work => "work".to_owned(),
        Topic::Stops => "stops".to_owned(),
        Topic::Runs => "runs".to_owned(),
        Topic::Run(run) => run.to_string(),
    }
}

fn read(word: &str) -> Option<Topic> {
    Some(match word {
        "work" => Topic::Work,
        "stops" => Topic::Stops,
        "runs" => Topic::Runs,
        run => Topic::Run(TestrunId(run.parse().ok()?)),
    })
}

impl Doorbell for PostgresBell {
    fn ring(&self, topics: &[Topic]) {
        // Others hear of every commit by itself.
        self.local.ring(topics);
    }

    fn listen(&self, topic: Topic) -> Box<dyn Listener> {
        self.local.listen(topic)
    }
}

#[cfg(test)]
mod tests {
    use testrunner_core::doorbell::Wake;

    use super::*;

    const AT_ONCE: Duration = Duration::ZERO;

    #[tokio::test]
    async fn what_one_says_another_hears() {
        let (one, two) = (PostgresBell::new("1".to_owned()), PostgresBell::new("2".to_owned()));
        let all = [Topic::Work, Topic::Run(TestrunId(7)), Topic::Stops, Topic::Runs];
        for topic in all {
            let payload = one.payload(&BTreeSet::from([topic]));
            let mut listeners = all.map(|topic| (topic, two.listen(topic)));
            let mut own = one.listen(topic);
            two.heard(&payload);
            one.heard(&payload);
            for (of, listener) in &mut listeners {
                let wake = if *of == topic { Wake::Hint } else { Wake::Timeout };
                assert_eq!(listener.rung(AT_ONCE).await, wake, "{of:?} of {payload}");
            }
            assert_eq!(own.rung(AT_ONCE).await, Wake::Timeout, "its own words");
        }
    }

    #[tokio::test]
    async fn what_does_not_fit_or_is_not_understood_wakes_everybody() {
        let (one, two) = (PostgresBell::new("1".to_owned()), PostgresBell::new("2".to_owned()));
        let many = (0..9_000).map(|run| Topic::Run(TestrunId(1 << 40 | run))).collect();
        for payload in [one.payload(&many), "3 of a later version".to_owned()] {
            assert!(payload.len() < 8_000);
            let mut listener = two.listen(Topic::Stops);
            two.heard(&payload);
            assert_eq!(listener.rung(AT_ONCE).await, Wake::Resync);
        }
    }
}
