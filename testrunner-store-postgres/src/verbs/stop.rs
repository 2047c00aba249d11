//! `request_stop`: the mark and the sweep in one transaction.

use async_trait::async_trait;
use testrunner_core::TestrunId;
use testrunner_core::store::StopOutcome;
use testrunner_core::testrun::StopWhy;

use crate::error::{Error, Result};
use crate::run_log::RunLog;
use crate::verb::{Tx, Verb};

#[derive(Debug)]
pub(crate) struct Stop {
    pub(crate) run: TestrunId,
    pub(crate) why: StopWhy,
    pub(crate) by: String,
}

#[async_trait]
impl Verb for Stop {
    type Answer = StopOutcome;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<StopOutcome> {
        if matches!(self.why, StopWhy::Drain | StopWhy::LeaseLost) {
            return Err(Error::invalid(format!("{} stops a worker, never a Testrun", self.why)));
        }
        let mut log = RunLog::load(tx, self.run).await?;
        if log.head.status.is_terminal() {
            return Ok(StopOutcome::AlreadyTerminal { status: log.head.status });
        }
        if log.head.stop.is_some() {
            return Ok(StopOutcome::AlreadyRequested);
        }
        log.stop(tx, self.why, &self.by).await?;
        log.save(tx).await?;
        Ok(StopOutcome::Requested)
    }
}
