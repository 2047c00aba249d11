//! Why a copy was not made, or was broken off.

use std::fmt;

use crate::id::TestrunId;
use crate::store::StoreError;

/// One of the two ledgers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The source.
    From,
    /// The target.
    To,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::From => "source",
            Self::To => "target",
        })
    }
}

impl Side {
    /// What failed there, for `map_err`.
    pub(super) fn of(self, run: Option<TestrunId>) -> impl FnOnce(StoreError) -> CopyError {
        move |error| CopyError::Store { side: self, run, error }
    }
}

/// Why a copy was not made, or was broken off.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// The source has Testruns that have not ended, and they were not asked for. Nothing was changed.
    #[error("{} not ended in the source: {}", count(runs.len()), list(runs))]
    Open {
        /// They.
        runs: Vec<TestrunId>,
    },
    /// An open Testrun of a folder belongs to a process that works on the source. Nothing was changed.
    #[error("Testrun {run} runs in a folder of the source's machine and has not ended")]
    Pinned {
        /// It.
        run: TestrunId,
    },
    /// The target has another Testrun under a number of the source's. Nothing was changed.
    #[error("the target has another Testrun {run}: {what}")]
    Differs {
        /// It.
        run: TestrunId,
        /// What tells.
        what: String,
    },
    /// A ledger failed, or refused what it was asked.
    #[error("{}{error}", place(*side, *run))]
    Store {
        /// Which.
        side: Side,
        /// With which Testrun.
        run: Option<TestrunId>,
        /// How.
        error: StoreError,
    },
}

fn count(n: usize) -> String {
    if n == 1 { "1 Testrun has".to_owned() } else { format!("{n} Testruns have") }
}

/// The first of them.
fn list(runs: &[TestrunId]) -> String {
    const SHOWN: usize = 5;
    let mut text: Vec<String> = runs.iter().take(SHOWN).map(ToString::to_string).collect();
    text.extend((runs.len() > SHOWN).then(|| "…".to_owned()));
    text.join(", ")
}

fn place(side: Side, run: Option<TestrunId>) -> String {
    match run {
        Some(run) => format!("the {side}, Testrun {run}: "),
        None => format!("the {side}: "),
    }
}
