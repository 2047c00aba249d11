//! `put_blobs`.

use async_trait::async_trait;
use testrunner_core::Digest;

use crate::error::Result;
use crate::sql::blobs;
use crate::verb::{Tx, Verb};

#[derive(Debug)]
pub(crate) struct PutBlobs(pub(crate) Vec<(Digest, Vec<u8>)>);

#[async_trait]
impl Verb for PutBlobs {
    type Answer = Vec<Digest>;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Vec<Digest>> {
        let mut ordered: Vec<(Digest, &[u8])> =
            self.0.iter().map(|(digest, bytes)| (*digest, bytes.as_slice())).collect();
        ordered.sort_unstable();
        ordered.dedup();
        blobs::put(tx.conn, &ordered, tx.now).await?;
        Ok(self.0.iter().map(|(digest, _)| *digest).collect())
    }
}
