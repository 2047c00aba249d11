//! Turns at what is dear: so much of it at once, and a short wait for whoever comes when all of it is taken.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::problem::Problem;

/// Who waits for longer is told to come back: a connection that hangs helps nobody.
const PATIENCE: Duration = Duration::from_secs(2);

/// So many places at something.
#[derive(Clone, Debug)]
pub(crate) struct Turns {
    places: Arc<Semaphore>,
    most: u32,
    taken: &'static str,
}

impl Turns {
    /// `most` places. `taken` is what whoever finds none is told.
    pub(crate) fn new(most: u32, taken: &'static str) -> Self {
        let most = most.max(1);
        let places = usize::try_from(most).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        Self { places: Arc::new(Semaphore::new(places)), most, taken }
    }

    /// Takes a place, until it is dropped.
    ///
    /// # Errors
    /// None is free, and none becomes free soon.
    pub(crate) async fn take(&self) -> Result<OwnedSemaphorePermit, Problem> {
        self.take_many(1).await
    }

    /// Takes so many places; all of them, if there are fewer.
    ///
    /// # Errors
    /// As of [`Self::take`].
    pub(crate) async fn take_many(&self, places: u64) -> Result<OwnedSemaphorePermit, Problem> {
        let places = u32::try_from(places).unwrap_or(u32::MAX).min(self.most);
        match timeout(PATIENCE, Arc::clone(&self.places).acquire_many_owned(places)).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(closed)) => Err(Problem::unavailable(closed)),
            Err(_) => Err(Problem::busy(self.taken)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waits_a_little_and_then_says_so() {
        let turns = Turns::new(2, "both are taken");
        let (one, two) = (turns.take().await.unwrap(), turns.take().await.unwrap());
        let begun = tokio::time::Instant::now();
        let problem = turns.take().await.unwrap_err();
        assert_eq!((problem.status().as_u16(), problem.code()), (503, "busy"));
        assert_eq!(begun.elapsed(), PATIENCE);
        let (third, ()) = tokio::join!(turns.take(), async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            drop(one);
        });
        assert!(third.is_ok());
        drop((two, third));
        assert!(turns.take_many(1_000_000).await.is_ok(), "more than all is all");
    }
}
