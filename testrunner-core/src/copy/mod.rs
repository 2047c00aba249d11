//! Copying a whole ledger into another one.
//!
//! First everything is looked at, and nothing is changed if it cannot be done. Then each Testrun that the target does not
//! have is carried over; each is there whole or not at all, so that a copy that was broken off is completed by doing it
//! again. At the end both ledgers are read and compared, Testrun by Testrun and event by event.

mod carry;
mod check;
mod error;
mod pages;
mod progress;
mod survey;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use tokio::task::JoinSet;

pub use error::{CopyError, Side};
pub use progress::{Progress, Stage};

use self::progress::Counter;
use self::survey::{Plan, Step};
use crate::id::TestrunId;
use crate::store::Archive;

/// Testruns that are carried at the same time, so that they share what the target does to be safe.
const AT_ONCE: usize = 16;
/// Timings at once.
const TIMINGS: u32 = 2_000;

/// A copy that is to be made.
#[derive(Clone)]
#[must_use]
pub struct Copying {
    from: Arc<dyn Archive>,
    to: Arc<dyn Archive>,
    with_open: bool,
    counter: Counter,
}

/// What a copy came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// Testruns that were carried over.
    pub testruns: u64,
    /// Testruns that the target had already.
    pub known: u64,
    /// Events that were carried over.
    pub events: u64,
    /// Bytes of uploads and output that were carried over.
    pub bytes: u64,
    /// Testruns that had not ended in the source.
    pub open: Vec<TestrunId>,
    /// What is wrong with either ledger, or not the same in both. Empty: all is in order.
    pub findings: Vec<String>,
}

impl Copying {
    /// From this ledger into that one.
    pub fn new(from: Arc<dyn Archive>, to: Arc<dyn Archive>) -> Self {
        Self { from, to, with_open: false, counter: Counter::default() }
    }

    /// Whether Testruns are copied that have not ended. Nobody may work on them in the source any more: they go on in
    /// the target.
    pub const fn with_open(mut self, with_open: bool) -> Self {
        self.with_open = with_open;
        self
    }

    /// Calls this whenever the copy has come a little further.
    pub fn on_progress(mut self, tell: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        self.counter = Counter::telling(Arc::new(tell));
        self
    }

    /// Copies and compares.
    ///
    /// # Errors
    /// See [`CopyError`]. Whatever it is, what was copied stays, and the next copy goes on from there.
    pub async fn run(&self) -> Result<Copied, CopyError> {
        let plan = survey::survey(&*self.from, &*self.to, self.with_open).await?;
        let numbers = self.from.numbers().await.map_err(Side::From.of(None))?;
        self.to.reserve(numbers).await.map_err(Side::To.of(None))?;
        let parts = self.parts(&plan).await?;
        let known = plan.steps.iter().filter(|(_, step)| *step == Step::Known).count();
        self.carry_all(&plan, &parts).await?;
        self.carry_timings().await?;
        let numbers = self.from.numbers().await.map_err(Side::From.of(None))?;
        self.to.miss_changes(numbers.change).await.map_err(Side::To.of(None))?;
        let findings = self.check_all(&plan).await?;
        let carried = self.counter.carried();
        let testruns = (plan.steps.len() - known) as u64;
        let (events, bytes) = (carried.events, carried.bytes);
        Ok(Copied { testruns, known: known as u64, events, bytes, open: plan.open, findings })
    }

    /// What an earlier copy has left in the target. Of Testruns that the source does not have any more, nobody needs it.
    async fn parts(&self, plan: &Plan) -> Result<BTreeSet<TestrunId>, CopyError> {
        let wanted: BTreeSet<TestrunId> = plan.steps.iter().map(|(run, _)| *run).collect();
        let mut parts = BTreeSet::new();
        for run in self.to.parts().await.map_err(Side::To.of(None))? {
            if wanted.contains(&run) {
                parts.insert(run);
            } else {
                self.to.drop_part(run).await.map_err(Side::To.of(Some(run)))?;
            }
        }
        Ok(parts)
    }

    async fn carry_all(&self, plan: &Plan, parts: &BTreeSet<TestrunId>) -> Result<(), CopyError> {
        let steps: Vec<_> = plan.steps.iter().filter(|(_, step)| *step != Step::Known).copied().collect();
        self.counter.begin(Stage::Copying, steps.len());
        let mut tasks = JoinSet::new();
        for (run, step) in steps {
            if tasks.len() == AT_ONCE {
                next(&mut tasks).await?;
            }
            let (this, begun) = (self.clone(), parts.contains(&run));
            tasks.spawn(async move { this.carry(run, step, begun).await });
        }
        while !tasks.is_empty() {
            next(&mut tasks).await?;
        }
        Ok(())
    }

    async fn carry_timings(&self) -> Result<(), CopyError> {
        let (mut suite, mut path) = (String::new(), String::new());
        loop {
            let page = self.from.timings((&suite, &path), TIMINGS).await.map_err(Side::From.of(None))?;
            let Some(last) = page.last() else { return Ok(()) };
            (suite, path) = (last.suite.clone(), last.path.clone());
            self.to.put_timings(&page).await.map_err(Side::To.of(None))?;
        }
    }

    async fn check_all(&self, plan: &Plan) -> Result<Vec<String>, CopyError> {
        self.counter.begin(Stage::Checking, plan.steps.len());
        let mut tasks = JoinSet::new();
        let mut findings = Vec::new();
        for (run, _) in &plan.steps {
            if tasks.len() == AT_ONCE {
                findings.extend(next(&mut tasks).await?);
            }
            let (this, run) = (self.clone(), *run);
            tasks.spawn(async move { this.check(run).await });
        }
        while !tasks.is_empty() {
            findings.extend(next(&mut tasks).await?);
        }
        findings.extend(self.newcomers(plan).await?);
        Ok(findings)
    }
}

/// The answer of one of these tasks. On an error the others are given up, with the set.
async fn next<T: Default + 'static>(tasks: &mut JoinSet<Result<T, CopyError>>) -> Result<T, CopyError> {
    match tasks.join_next().await {
        Some(Ok(done)) => done,
        Some(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        // Nobody cancels them.
        Some(Err(_)) | None => Ok(T::default()),
    }
}

impl fmt::Debug for Copying {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (self.from.to_string(), self.to.to_string());
        f.debug_struct("Copying").field("from", &from).field("to", &to).finish_non_exhaustive()
    }
}
