//! Waits for a ring of a bell that may be out of hearing.

use std::time::Duration;

use async_trait::async_trait;
use testrunner_core::doorbell::{Listener, Wake};
use tokio::sync::watch;
use tokio::time::Instant;

/// Longest wait while nobody could be heard.
const DEAF: Duration = Duration::from_secs(1);

/// Wakes also when rings may be missed.
#[derive(Debug)]
pub(super) struct RemoteListener {
    rings: Box<dyn Listener>,
    connected: watch::Receiver<bool>,
}

impl RemoteListener {
    pub(super) fn new(rings: Box<dyn Listener>, connected: watch::Receiver<bool>) -> Self {
        Self { rings, connected }
    }
}

#[async_trait]
impl Listener for RemoteListener {
    async fn rung(&mut self, at_most: Duration) -> Wake {
        let end = Instant::now() + at_most;
        loop {
            let hears = *self.connected.borrow_and_update();
            let left = end.saturating_duration_since(Instant::now());
            let wait = if hears { left } else { left.min(DEAF) };
            tokio::select! {
                biased;
                wake = self.rings.rung(wait) => return match wake {
                    Wake::Timeout if !hears => Wake::Resync,
                    wake => wake,
                },
                // The connection was made or lost: the bound is another one now.
                changed = self.connected.changed() => if changed.is_err() {
                    return self.rings.rung(wait).await;
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use testrunner_core::doorbell::{Doorbell as _, LocalBell, Topic};

    use super::*;

    const LONG: Duration = Duration::from_hours(1);

    #[tokio::test(start_paused = true)]
    async fn looks_often_while_nobody_can_be_heard() {
        let bell = LocalBell::new();
        let (told, connected) = watch::channel(true);
        let mut listener = RemoteListener::new(bell.listen(Topic::Work), connected);
        let begun = Instant::now();
        assert_eq!(listener.rung(Duration::from_secs(15)).await, Wake::Timeout);
        assert_eq!(begun.elapsed(), Duration::from_secs(15));
        bell.ring(&[Topic::Work]);
        assert_eq!(listener.rung(LONG).await, Wake::Hint);
        let begun = Instant::now();
        let (wake, ()) = tokio::join!(listener.rung(LONG), async {
            told.send_replace(false);
        });
        assert_eq!((wake, begun.elapsed()), (Wake::Resync, DEAF));
        let (wake, ()) = tokio::join!(listener.rung(LONG), async {
            told.send_replace(true);
            bell.resync();
        });
        assert_eq!(wake, Wake::Resync);
    }
}
