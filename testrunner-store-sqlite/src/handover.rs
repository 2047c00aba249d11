//! A claim whose caller went away while it was committed: its leases go back at once. Nobody would ever
//! miss them otherwise, for those of pinned items never run out.

use std::fmt;

use async_trait::async_trait;
use testrunner_core::rules::Report;
use testrunner_core::store::Claimed;

use crate::error::Result;
use crate::verb::{Tx, Verb};
use crate::verbs::claim::Claim;
use crate::verbs::report::Reports;
use crate::writer::WeakWriter;

/// A claim whose answer cannot get lost.
#[derive(Debug)]
pub(crate) struct Handover {
    claim: Claim,
    back: WeakWriter,
}

impl Handover {
    pub(crate) const fn new(claim: Claim, back: WeakWriter) -> Self {
        Self { claim, back }
    }
}

#[async_trait]
impl Verb for Handover {
    type Answer = Parcel;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Parcel> {
        let claimed = self.claim.run(tx).await?;
        Ok(Parcel { claimed: Some(claimed), back: self.back.clone(), sent: false })
    }

    fn committed(answer: &mut Parcel) {
        answer.sent = true;
    }
}

/// Leases on their way to the caller. Dropped on the way, they are given back.
pub(crate) struct Parcel {
    claimed: Option<Claimed>,
    back: WeakWriter,
    /// The leases are committed. Before that a roll-back takes them, and their keys may be given anew.
    sent: bool,
}

impl Parcel {
    pub(crate) fn accept(mut self) -> Claimed {
        self.claimed.take().unwrap_or(Claimed { leases: Vec::new(), next_ready_in: None })
    }
}

impl fmt::Debug for Parcel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parcel").field("claimed", &self.claimed).finish_non_exhaustive()
    }
}

impl Drop for Parcel {
    fn drop(&mut self) {
        let lost = self.claimed.iter().filter(|_| self.sent);
        for lease in lost.flat_map(|claimed| &claimed.leases) {
            self.back.cast(Reports([Report::give_back(lease.key, None)].into()));
        }
    }
}
