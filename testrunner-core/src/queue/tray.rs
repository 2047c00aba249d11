//! What a queue over a broker keeps between its connection and its takers.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::Delivery;
use crate::store::Candidates;

/// Messages that a connection fetched for those who wait, and those that were handed out and are not settled.
/// `H` is what the broker's own name for a message is.
///
/// The adapter's connection fetches as long as [`wanted`](Self::wanted) says that somebody waits, and puts what
/// came here; `take` hands out what is here, in one step that cannot be interrupted, so that a dropped take
/// loses nothing. Every message leads to a claim of anything: that something is ready is all that it says, and
/// the ledger knows the order better.
#[derive(Debug)]
pub struct Tray<H> {
    state: Mutex<State<H>>,
    arrived: watch::Sender<()>,
    wanted: watch::Sender<u32>,
}

#[derive(Debug)]
struct State<H> {
    fetched: VecDeque<H>,
    handed_out: BTreeMap<u64, H>,
    last_tag: u64,
}

impl<H> Default for Tray<H> {
    fn default() -> Self {
        let state = State { fetched: VecDeque::new(), handed_out: BTreeMap::new(), last_tag: 0 };
        Self { state: Mutex::new(state), arrived: watch::Sender::new(()), wanted: watch::Sender::new(0) }
    }
}

impl<H> Tray<H> {
    /// How many messages all who wait at the moment would take.
    #[must_use]
    pub fn wanted(&self) -> watch::Receiver<u32> {
        self.wanted.subscribe()
    }

    /// Puts what the broker delivered.
    pub fn put(&self, message: H) {
        self.lock().fetched.push_back(message);
        self.arrived.send_replace(());
    }

    /// Takes away what nobody took, but for the first `keep`: it goes back to the broker.
    #[must_use]
    pub fn take_back(&self, keep: usize) -> Vec<H> {
        let mut state = self.lock();
        let keep = keep.min(state.fetched.len());
        state.fetched.drain(keep..).collect()
    }

    /// Takes away everything, also what was handed out: its connection is gone, or the queue is closed. Settling it
    /// afterwards comes to nothing.
    pub fn clear(&self) -> Vec<H> {
        let mut state = self.lock();
        let State { fetched, handed_out, .. } = &mut *state;
        fetched.drain(..).chain(std::mem::take(handed_out).into_values()).collect()
    }

    /// How many are here for whoever takes next.
    #[must_use]
    pub fn fetched(&self) -> usize {
        self.lock().fetched.len()
    }

    /// How many were handed out and are not settled.
    #[must_use]
    pub fn unsettled(&self) -> usize {
        self.lock().handed_out.len()
    }

    /// Waits up to `wait` for up to `max` messages. Cancel-safe.
    pub async fn take(&self, max: u32, wait: Duration) -> Vec<Delivery>
    where
        H: Send,
    {
        let _waiting = Waiting::new(&self.wanted, max);
        let deadline = Instant::now() + wait;
        let mut arrived = self.arrived.subscribe();
        loop {
            let deliveries = self.hand_out(max);
            if !deliveries.is_empty() || timeout_at(deadline, arrived.changed()).await.is_err() {
                return deliveries;
            }
        }
    }

    /// The message behind a delivery, to be acknowledged or given back; none when it was taken away.
    #[must_use]
    pub fn settle(&self, tag: u64) -> Option<H> {
        self.lock().handed_out.remove(&tag)
    }

    fn hand_out(&self, max: u32) -> Vec<Delivery> {
        let mut state = self.lock();
        let State { fetched, handed_out, last_tag } = &mut *state;
        let count = fetched.len().min(usize::try_from(max).unwrap_or(usize::MAX));
        let hand_out = |message| {
            *last_tag += 1;
            handed_out.insert(*last_tag, message);
            Delivery { from: Candidates::Any, tag: *last_tag }
        };
        fetched.drain(..count).map(hand_out).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State<H>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One take, as long as it lasts.
struct Waiting<'a> {
    wanted: &'a watch::Sender<u32>,
    max: u32,
}

impl<'a> Waiting<'a> {
    fn new(wanted: &'a watch::Sender<u32>, max: u32) -> Self {
        // No broker is asked for more at once; sums stay far from the end of the type.
        let max = max.min(1_024);
        wanted.send_modify(|wanted| *wanted += max);
        Self { wanted, max }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.wanted.send_modify(|wanted| *wanted -= self.max);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_hours(1);

    #[tokio::test(start_paused = true)]
    async fn what_is_put_goes_to_who_waits() {
        let tray = std::sync::Arc::new(Tray::default());
        let mut wanted = tray.wanted();
        let taking = std::sync::Arc::clone(&tray);
        let taking = tokio::spawn(async move { taking.take(2, LONG).await });
        assert_eq!(*wanted.wait_for(|wanted| *wanted > 0).await.expect("alive"), 2);
        for message in ["a", "b", "c"] {
            tray.put(message);
        }
        let taken = taking.await.expect("no panic");
        assert_eq!((taken.len(), tray.unsettled(), *wanted.borrow()), (2, 2, 0));
        assert_eq!(tray.settle(taken[0].tag), Some("a"));
        assert_eq!(tray.settle(taken[0].tag), None, "settled once");
        assert_eq!(tray.take_back(0), ["c"]);
        assert_eq!(tray.clear(), ["b"]);
        assert_eq!(tray.settle(taken[1].tag), None, "of a connection that is gone");
        assert_eq!(tray.take(1, LONG).await, []);
    }

    #[tokio::test(start_paused = true)]
    async fn a_dropped_take_wants_nothing_and_takes_nothing() {
        let tray = Tray::default();
        assert!(tokio::time::timeout(Duration::from_secs(1), tray.take(5, LONG)).await.is_err());
        assert_eq!(*tray.wanted().borrow(), 0);
        tray.put(1);
        tray.put(2);
        assert_eq!((tray.take_back(1), tray.fetched()), (vec![2], 1));
        assert_eq!(tray.take(5, LONG).await.len(), 1);
    }
}
