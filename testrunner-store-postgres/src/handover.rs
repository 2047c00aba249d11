//! A claim whose caller went away while it was committed, or of whose commit nothing was heard: its leases go back.
//! Nobody would ever miss them otherwise, for those of pinned items never run out.

use std::fmt;

use async_trait::async_trait;
use testrunner_core::rules::Report;
use testrunner_core::store::Claimed;

use crate::database::Kind;
use crate::error::Result;
use crate::verb::{Tx, Verb};
use crate::verbs::claim::Claim;
use crate::writer::{WeakWriter, chance};

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
    const KIND: Kind = Kind::Claim;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Parcel> {
        // Anew each time: what an undone one gave back is not what the next one got.
        let mark = chance();
        let claimed = self.claim.run(tx, mark).await?;
        Ok(Parcel { claimed: Some(claimed), mark, back: self.back.clone(), sent: false })
    }

    fn committing(answer: &mut Parcel) {
        answer.sent = true;
    }
}

/// Leases on their way to the caller. Dropped on the way, they are given back.
pub(crate) struct Parcel {
    claimed: Option<Claimed>,
    /// Of the claim: where it was undone after all, the keys may be somebody else's by now.
    mark: i64,
    back: WeakWriter,
    /// The leases may be committed.
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
            self.back.give_back(Report::give_back(lease.key, Some(self.mark)));
        }
    }
}
