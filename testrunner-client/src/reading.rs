//! Reading one Testrun.

use bytes::Bytes;
use testrunner_api::{CasePage, FileDocument, LogMatch, LogPage, Waiting};
use testrunner_core::{CaseOutcome, Seq, TestrunDocument, TestrunId};

use crate::client::Client;
use crate::error::ClientError;
use crate::request::Query;

/// Which cases to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseFilter {
    /// Only with this outcome.
    pub outcome: Option<CaseOutcome>,
    /// Only of the file with this index.
    pub file: Option<u32>,
    /// Only with this in their name or message.
    pub text: Option<String>,
    /// Only those recorded after this event.
    pub after: Seq,
    /// How many at the most; 0 for as many as the server gives.
    pub limit: u32,
}

impl Client {
    /// A Testrun with its files.
    ///
    /// # Errors
    /// Unreachable, refused (404: there is none), not understood.
    pub async fn testrun(&self, run: TestrunId) -> Result<TestrunDocument, ClientError> {
        self.get(&format!("testruns/{run}"), &Query::new()).await
    }

    /// Its files.
    ///
    /// # Errors
    /// As [`Client::testrun`].
    pub async fn files(&self, run: TestrunId) -> Result<Vec<FileDocument>, ClientError> {
        self.get(&format!("testruns/{run}/files"), &Query::new()).await
    }

    /// The bytes of an uploaded file, by its index.
    ///
    /// # Errors
    /// As [`Client::testrun`]; also when the file's bytes are not kept there.
    pub async fn file(&self, run: TestrunId, index: u32) -> Result<Bytes, ClientError> {
        self.get_bytes(&format!("testruns/{run}/files/{index}"), &Query::new()).await
    }

    /// A page of its cases that count.
    ///
    /// # Errors
    /// As [`Client::testrun`].
    pub async fn cases(&self, run: TestrunId, filter: &CaseFilter) -> Result<CasePage, ClientError> {
        let mut query = vec![("after", filter.after.to_string())];
        query.extend(filter.outcome.map(|outcome| ("outcome", outcome.to_string())));
        query.extend(filter.file.map(|file| ("file", file.to_string())));
        query.extend(filter.text.iter().map(|text| ("text", text.clone())));
        query.extend((filter.limit > 0).then(|| ("limit", filter.limit.to_string())));
        self.get(&format!("testruns/{run}/cases"), &query).await
    }

    /// All its output as bytes, or that of one file.
    ///
    /// # Errors
    /// As [`Client::testrun`].
    pub async fn log(&self, run: TestrunId, file: Option<u32>) -> Result<Bytes, ClientError> {
        let query = file.map(|file| ("file", file.to_string())).into_iter().collect();
        self.get_bytes(&format!("testruns/{run}/log"), &query).await
    }

    /// A page of its output in pieces.
    ///
    /// # Errors
    /// As [`Client::testrun`].
    pub async fn log_chunks(
        &self,
        run: TestrunId,
        file: Option<u32>,
        after: Seq,
    ) -> Result<LogPage, ClientError> {
        let mut query = vec![("after", after.to_string())];
        query.extend(file.map(|file| ("file", file.to_string())));
        self.get(&format!("testruns/{run}/log/chunks"), &query).await
    }

    /// The last pieces of its output before an event.
    ///
    /// # Errors
    /// As [`Client::testrun`].
    pub async fn log_chunks_before(
        &self,
        run: TestrunId,
        file: Option<u32>,
        before: Seq,
    ) -> Result<LogPage, ClientError> {
        let mut query = vec![("before", before.to_string())];
        query.extend(file.map(|file| ("file", file.to_string())));
        self.get(&format!("testruns/{run}/log/chunks"), &query).await
    }

    /// Where a text comes next in its output, in letters large or small. The server reads a part of the log at a time:
    /// as long as `next_after` is there, it is to be asked again with it.
    ///
    /// # Errors
    /// As [`Client::testrun`].
    pub async fn log_find(
        &self,
        run: TestrunId,
        text: &str,
        file: Option<u32>,
        after: Seq,
    ) -> Result<LogMatch, ClientError> {
        let mut query = vec![("text", text.to_owned()), ("after", after.to_string())];
        query.extend(file.map(|file| ("file", file.to_string())));
        self.get(&format!("testruns/{run}/log/find"), &query).await
    }

    /// It as JUnit XML.
    ///
    /// # Errors
    /// As [`Client::testrun`].
    pub async fn junit(&self, run: TestrunId) -> Result<Bytes, ClientError> {
        self.get_bytes(&format!("testruns/{run}/junit"), &Query::new()).await
    }

    /// Why it waits, and for how long.
    ///
    /// # Errors
    /// As [`Client::testrun`].
    pub async fn waiting(&self, run: TestrunId) -> Result<Waiting, ClientError> {
        self.get(&format!("testruns/{run}/queue"), &Query::new()).await
    }
}
