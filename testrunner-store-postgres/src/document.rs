//! Small things that servers share, such as who may do what.

use testrunner_core::store::StoreResult;

use crate::sql::documents;
use crate::store::PostgresStore;
use crate::verbs::document::Replace;

/// A version of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// 1 for the first, then one more each time.
    pub version: i64,
    /// What stands in it.
    pub bytes: Vec<u8>,
}

impl PostgresStore {
    /// The newest version of the document of this name.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn document(&self, name: &str) -> StoreResult<Option<Document>> {
        let name = name.to_owned();
        let found = self.read(move |conn| Box::pin(async move { documents::get(conn, &name).await })).await?;
        Ok(found.map(|(version, bytes)| Document { version, bytes }))
    }

    /// Puts these bytes in the place of the version `expected`, or of none; says whether that was the newest. If not,
    /// nothing was changed: read it anew.
    ///
    /// # Errors
    /// `Busy`; `Unavailable`, after which it may have happened.
    pub async fn replace_document(
        &self,
        name: &str,
        expected: Option<i64>,
        bytes: Vec<u8>,
    ) -> StoreResult<bool> {
        self.writer().call(Replace { name: name.to_owned(), expected, bytes }).await
    }
}
