//! What changes a Testrun.

use std::sync::atomic::{AtomicBool, Ordering};

use testrunner_api::{Cancelled, RerunRequest};
use testrunner_core::{TestrunDocument, TestrunId};

use crate::client::Client;
use crate::error::ClientError;
use crate::request::{json, nothing};

impl Client {
    /// Asks a Testrun to stop. Asking again changes nothing.
    ///
    /// # Errors
    /// Unreachable, refused (404: there is none, 409: it has ended, 403: it is somebody else's), not understood.
    pub async fn cancel(&self, run: TestrunId) -> Result<Cancelled, ClientError> {
        let url = self.route(&format!("testruns/{run}/cancel"))?;
        self.call(|http| http.post(url.clone()), json).await
    }

    /// Removes a Testrun that has ended, with all that is stored of it.
    ///
    /// # Errors
    /// As [`Client::cancel`]; 409: it has not ended.
    pub async fn delete(&self, run: TestrunId) -> Result<(), ClientError> {
        let url = self.route(&format!("testruns/{run}"))?;
        let asked_before = AtomicBool::new(false);
        let again = AtomicBool::new(false);
        let ask = |http: &reqwest::Client| {
            again.store(asked_before.swap(true, Ordering::Relaxed), Ordering::Relaxed);
            http.delete(url.clone())
        };
        match self.call(ask, nothing).await {
            // The first answer was lost; what it said was done.
            Err(error) if error.status() == Some(404) && again.load(Ordering::Relaxed) => Ok(()),
            other => other,
        }
    }

    /// Runs the files of an uploaded Testrun again, as a new one that is linked to it.
    ///
    /// # Errors
    /// As [`Client::cancel`]; 409 or 422: there is nothing to run again.
    pub async fn rerun(&self, run: TestrunId, request: RerunRequest) -> Result<TestrunDocument, ClientError> {
        let key = uuid::Uuid::new_v4().to_string();
        self.post(&format!("testruns/{run}/rerun"), Some(&request), Some(&key)).await
    }
}
