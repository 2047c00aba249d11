//! A document in the place of its last version.

use async_trait::async_trait;

use crate::error::Result;
use crate::sql::documents;
use crate::verb::{Tx, Verb};

#[derive(Debug)]
pub(crate) struct Replace {
    pub(crate) name: String,
    pub(crate) expected: Option<i64>,
    pub(crate) bytes: Vec<u8>,
}

#[async_trait]
impl Verb for Replace {
    type Answer = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool> {
        documents::replace(tx.conn, &self.name, self.expected, &self.bytes).await
    }
}
