//! Holding both ledgers against each other.

use super::Copying;
use super::error::{CopyError, Side};
use super::pages::{self, Summaries};
use super::survey::Plan;
use crate::fsck;
use crate::id::TestrunId;

impl Copying {
    /// What is wrong with a Testrun in either ledger, and what is not the same in both.
    pub(super) async fn check(&self, run: TestrunId) -> Result<Vec<String>, CopyError> {
        let mut findings = Vec::new();
        for (side, ledger) in [(Side::From, &self.from), (Side::To, &self.to)] {
            let found = fsck::check(&**ledger, run).await.map_err(side.of(Some(run)))?;
            findings.extend(found.iter().map(|finding| format!("in the {side}: {finding}")));
        }
        findings.extend(self.compare(run).await?.map(|what| format!("Testrun {run}: {what}")));
        self.counter.did_one();
        Ok(findings)
    }

    async fn compare(&self, run: TestrunId) -> Result<Option<String>, CopyError> {
        let two = self.to.record(run).await.map_err(Side::To.of(Some(run)))?.at_rest();
        let one = self.from.record(run).await.map_err(Side::From.of(Some(run)))?.at_rest();
        let open = !one.run.status().is_terminal();
        if one.last_seq() > two.last_seq() {
            let what = "it went on in the source; end what works on it there, then copy again";
            return Ok(Some(what.to_owned()));
        }
        // An open one may have gone on in the target by now, as it should.
        let last = one.last_seq();
        if one != two && !(open && two.last_seq() > last) {
            return Ok(Some("it is not the same in both".to_owned()));
        }
        let difference = pages::first_difference(&*self.from, &*self.to, run, last).await?;
        Ok(difference.map(|seq| format!("event {seq} is not the same in both")))
    }

    /// What came into the source after we had looked.
    pub(super) async fn newcomers(&self, plan: &Plan) -> Result<Vec<String>, CopyError> {
        let newest = plan.steps.last().map_or(TestrunId(0), |(run, _)| *run);
        let mut runs = Summaries::of(&*self.from, Side::From);
        let mut findings = Vec::new();
        while let Some(run) = runs.next().await?.filter(|run| run.id > newest) {
            findings.push(format!(
                "Testrun {} came into the source while it was copied; end what uses it there, then copy again",
                run.id
            ));
        }
        Ok(findings)
    }
}
