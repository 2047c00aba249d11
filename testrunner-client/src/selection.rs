//! What would be run, before anything is sent.

use testrunner_api::{Selection, SelectionRequest};

use crate::client::Client;
use crate::error::ClientError;

impl Client {
    /// Which of these files the executor would run, which it would lay out beside them, and which an upload would be
    /// refused for. Nothing is stored.
    ///
    /// # Errors
    /// Unreachable, refused (403: the token may not submit, 413: too many files), not understood.
    pub async fn selection(&self, request: &SelectionRequest) -> Result<Selection, ClientError> {
        self.post("selection", Some(request), None).await
    }
}
