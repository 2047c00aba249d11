//! `renew`: one statement for all leases of a caller.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use testrunner_core::LeaseKey;
use testrunner_core::store::LeaseStatus;

use crate::error::Result;
use crate::sql::{leases, runs};
use crate::verb::{Tx, Verb};

#[derive(Debug)]
pub(crate) struct Renew {
    pub(crate) keys: Vec<LeaseKey>,
    pub(crate) ttl: Duration,
}

#[async_trait]
impl Verb for Renew {
    type Answer = Vec<LeaseStatus>;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Vec<LeaseStatus>> {
        let held = leases::renew(tx.conn, &self.keys, tx.now.after(self.ttl)).await?;
        let stops = runs::stops(tx.conn, held.iter().map(|key| key.item)).await?;
        let stops: BTreeMap<_, _> = stops.into_iter().collect();
        let status = |key: &LeaseKey| {
            if held.contains(key) {
                LeaseStatus::Held { stop: stops.get(&key.item).cloned() }
            } else {
                LeaseStatus::Lost
            }
        };
        Ok(self.keys.iter().map(status).collect())
    }
}
