//! The server's bell, heard here.

use std::sync::Arc;
use std::time::Duration;

use backon::BackoffBuilder as _;
use futures_util::StreamExt as _;
use testrunner_core::doorbell::{Doorbell, Listener, LocalBell, Topic};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::call::versioned;
use super::listener::RemoteListener;
use crate::client::Client;
use crate::error::ClientError;
use crate::retry::pauses;
use crate::stream::open;

/// Longest pause before the bell is connected anew.
const LONGEST: Duration = Duration::from_secs(5);

/// Rings here when the server's bell rings for work or for stops.
///
/// While the connection is broken, listeners wake every second, for then nobody rings; when it is found again, all wake.
/// Clones are the same bell; with the last one the connection goes.
///
/// What is rung here wakes this process alone: the server rings its own bell after each write.
#[derive(Clone, Debug)]
pub struct RemoteBell {
    local: LocalBell,
    connected: watch::Receiver<bool>,
    _connection: Arc<Connection>,
}

#[derive(Debug)]
struct Connection(JoinHandle<()>);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl RemoteBell {
    /// How often a worker with this bell need look for work by itself.
    pub const POLL: Duration = Duration::from_secs(15);

    pub(super) fn start(client: Client) -> Self {
        let local = LocalBell::new();
        let (told, connected) = watch::channel(false);
        let connection = tokio::spawn(stay_connected(client, local.clone(), told));
        Self { local, connected, _connection: Arc::new(Connection(connection)) }
    }

    /// Waits until the server's bell can be heard.
    pub async fn connected(&self) {
        let mut connected = self.connected.clone();
        if connected.wait_for(|connected| *connected).await.is_err() {
            // Only when the runtime ends.
            std::future::pending::<()>().await;
        }
    }
}

impl Doorbell for RemoteBell {
    fn ring(&self, topics: &[Topic]) {
        self.local.ring(topics);
    }

    fn listen(&self, topic: Topic) -> Box<dyn Listener> {
        let rings = self.local.listen(topic);
        match topic {
            Topic::Work | Topic::Stops => Box::new(RemoteListener::new(rings, self.connected.clone())),
            Topic::Run(_) | Topic::Runs => rings,
        }
    }
}

async fn stay_connected(client: Client, local: LocalBell, connected: watch::Sender<bool>) {
    let mut waits = pauses().build();
    loop {
        let error = hear(&client, &local, &connected).await;
        if connected.send_replace(false) {
            waits = pauses().build();
        }
        let pause = waits.next().unwrap_or(LONGEST).min(LONGEST);
        match error {
            Some(error) => tracing::warn!(%error, ?pause, "the server's bell cannot be heard; trying again"),
            None => tracing::debug!("the server has closed its bell"),
        }
        tokio::time::sleep(pause).await;
    }
}

/// Hands on what is heard, until the connection breaks.
async fn hear(client: &Client, local: &LocalBell, connected: &watch::Sender<bool>) -> Option<ClientError> {
    let url = match client.route("work/bell") {
        Ok(url) => url,
        Err(error) => return Some(error),
    };
    let mut blocks = match open(client, &url, versioned(client.inner.streams.get(url.clone()))).await {
        Ok(blocks) => blocks?,
        Err(error) => return Some(error),
    };
    while let Some(block) = blocks.next().await {
        match block.ok()?.event.as_deref() {
            Some("ready") => {
                connected.send_replace(true);
                // Rings may have been missed.
                local.resync();
            }
            Some("work") => local.ring(&[Topic::Work]),
            Some("stops") => local.ring(&[Topic::Stops]),
            _ => {}
        }
    }
    None
}
