//! `announce` and `depart`: who works here.

use async_trait::async_trait;
use testrunner_core::WorkerId;
use testrunner_core::store::WorkerNotice;

use crate::error::Result;
use crate::sql::workers;
use crate::verb::{Tx, Verb};

#[derive(Debug)]
pub(crate) struct Announce(pub(crate) WorkerNotice);

#[async_trait]
impl Verb for Announce {
    type Answer = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<()> {
        workers::forget_silent(tx.conn, tx.now).await?;
        workers::put(tx.conn, &self.0, tx.now).await
    }
}

#[derive(Debug)]
pub(crate) struct Depart(pub(crate) WorkerId);

#[async_trait]
impl Verb for Depart {
    type Answer = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<()> {
        workers::remove(tx.conn, &self.0).await
    }
}
