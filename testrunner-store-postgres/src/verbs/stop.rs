//! `request_stop`: the mark and the sweep in one transaction.

use async_trait::async_trait;
use testrunner_core::TestrunId;
use testrunner_core::rules::{check_stop, needs_no_stop};
use testrunner_core::store::StopOutcome;
use testrunner_core::testrun::StopWhy;

use crate::error::Result;
use crate::run_log;
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
        check_stop(self.why)?;
        let mut log = run_log::load(tx, self.run).await?;
        if let Some(answer) = needs_no_stop(log.head().status, log.head().stop.is_some()) {
            return Ok(answer);
        }
        run_log::stop(tx, &mut log, self.why, &self.by).await?;
        run_log::save(tx, log).await?;
        Ok(StopOutcome::Requested)
    }
}
