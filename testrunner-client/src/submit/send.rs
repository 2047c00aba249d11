//! `POST /testruns`

use reqwest::StatusCode;
use reqwest::header::ACCEPT;
use testrunner_api::{Created, NewTestrun};

use super::form::{Trouble, form};
use super::upload::Upload;
use crate::client::Client;
use crate::error::ClientError;
use crate::request::{Asked, json};
use crate::retry::retry;

/// How much longer than another call a submission may take.
const LONGER: u32 = 10;

impl Client {
    /// Submits a Testrun. It is sent again when an answer is lost: a key that goes with it lets the server see that
    /// it is the same.
    ///
    /// # Errors
    /// [`ClientError::Invalid`] and [`ClientError::File`] before anything is sent; unreachable, refused, not understood.
    pub async fn submit(&self, request: &NewTestrun, upload: &Upload) -> Result<Created, ClientError> {
        self.submit_with_key(request, upload, &uuid::Uuid::new_v4().to_string()).await
    }

    /// As [`Client::submit`], under a key of your own: submitting twice under one key (for each user) gives the first
    /// Testrun again.
    ///
    /// # Errors
    /// As [`Client::submit`]; also when something else was submitted under the key.
    pub async fn submit_with_key(
        &self,
        request: &NewTestrun,
        upload: &Upload,
        key: &str,
    ) -> Result<Created, ClientError> {
        let sizes = upload.check(request, &self.inner.limits)?;
        let url = self.route("testruns")?;
        retry(self.inner.patience, || async {
            let trouble = Trouble::default();
            let form = form(request, upload, &sizes, &trouble);
            let post = self.inner.calls.post(url.clone()).timeout(self.inner.timeout * LONGER);
            let post = post.header(ACCEPT, "application/json").header("Idempotency-Key", key).multipart(form);
            let response = self.send(post).await.map_err(|error| trouble.get().cloned().unwrap_or(error))?;
            let existed = response.status() == StatusCode::OK;
            let asked = Asked::of(self, &response);
            Ok(Created { testrun: json(response, asked).await?, existed })
        })
        .await
    }
}
