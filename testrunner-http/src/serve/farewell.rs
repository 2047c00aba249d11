//! What a server that ends owes to those who followed a Testrun: it has just ended too, and they will ask how.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Keeps a server open for its followers' last questions. The same one belongs in [`HttpConfig`](crate::HttpConfig) and
/// in [`ServeLimits`](crate::ServeLimits).
#[derive(Clone, Debug, Default)]
pub struct Farewell {
    followers: Arc<Followers>,
    open: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct Followers {
    there: AtomicUsize,
    left: Mutex<Option<Instant>>,
}

/// Between two connections of somebody who still asks there is less than this.
const QUIET: Duration = Duration::from_secs(1);

impl Farewell {
    /// Somebody follows a Testrun, for as long as what is returned lives, or was there when `end` came.
    pub(crate) fn follower(&self, end: &CancellationToken) -> Follower {
        self.followers.there.fetch_add(1, Ordering::SeqCst);
        Follower { followers: Arc::clone(&self.followers), end: end.clone() }
    }

    /// A connection is open for as long as what is returned lives.
    pub(super) fn connection(&self) -> Open {
        self.open.send_modify(|open| *open += 1);
        Open(self.open.clone())
    }

    /// Returns at once where nobody follows or did so until just now; else when they have gone, at the latest after
    /// `at_most`.
    pub(super) async fn said(&self, at_most: Duration) {
        if !self.followers.are_owed(at_most) {
            return;
        }
        let mut open = self.open.subscribe();
        let gone = async {
            loop {
                let closed = open.wait_for(|open| *open == 0).await.is_ok();
                let again = tokio::time::timeout(QUIET, open.wait_for(|open| *open > 0)).await;
                if !closed || again.is_err() {
                    return;
                }
            }
        };
        // Too late is said too: the connections are closed then.
        let _ = tokio::time::timeout(at_most, gone).await;
    }
}

impl Followers {
    fn are_owed(&self, at_most: Duration) -> bool {
        let left = *self.left.lock().unwrap_or_else(PoisonError::into_inner);
        self.there.load(Ordering::SeqCst) > 0 || left.is_some_and(|left| left.elapsed() < at_most)
    }
}

/// One who follows.
#[derive(Debug)]
pub(crate) struct Follower {
    followers: Arc<Followers>,
    end: CancellationToken,
}

impl Drop for Follower {
    fn drop(&mut self) {
        if !self.end.is_cancelled() {
            self.followers.there.fetch_sub(1, Ordering::SeqCst);
        }
        *self.followers.left.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }
}

/// An open connection.
#[derive(Debug)]
pub(super) struct Open(watch::Sender<usize>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open = open.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waits_for_followers_alone() {
        let (farewell, end) = (Farewell::default(), CancellationToken::new());
        let connection = farewell.connection();
        let most = Duration::from_secs(5);
        let took = async |farewell: &Farewell| {
            let begun = Instant::now();
            farewell.said(most).await;
            begun.elapsed()
        };
        assert_eq!(took(&farewell).await, Duration::ZERO);
        let follower = farewell.follower(&end);
        assert_eq!(took(&farewell).await, most);
        drop(follower);
        assert_eq!(took(&farewell).await, most, "who left just now may still ask");
        assert_eq!(took(&farewell).await, Duration::ZERO, "who left long ago is owed nothing");
        let follower = farewell.follower(&end);
        end.cancel();
        drop(follower);
        drop(connection);
        assert_eq!(took(&farewell).await, QUIET, "they have all gone");
    }
}
