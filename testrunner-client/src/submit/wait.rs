//! Waiting for an end.

use testrunner_core::{Seq, TestrunDocument, TestrunId};

use crate::client::Client;
use crate::error::ClientError;

impl Client {
    /// Waits until a Testrun has ended, also across restarts of the server.
    ///
    /// # Errors
    /// As [`Follow::next`](crate::Follow::next).
    pub async fn wait(&self, run: TestrunId) -> Result<TestrunDocument, ClientError> {
        let now = self.testrun(run).await?;
        if now.status.is_terminal() {
            return Ok(now);
        }
        // What has happened before is not needed again.
        let mut events = self.follow(run, Seq(now.last_seq.0))?;
        while let Some(event) = events.next().await {
            event?;
        }
        self.testrun(run).await
    }
}
