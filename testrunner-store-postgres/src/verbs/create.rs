//! `create`: a Testrun with its files, items and first event.

use std::sync::Arc;

use async_trait::async_trait;
use testrunner_core::queue::Ticket;
use testrunner_core::rules::{check_new, check_repeated, digests_of, missing_bytes};
use testrunner_core::store::{Created, NewTestrun, StoreError};
use testrunner_core::{Status, Testrun, TestrunId};

use crate::error::Result;
use crate::run_log;
use crate::sql::runs::Birth;
use crate::sql::{blobs, files, items, runs, summaries, texts};
use crate::verb::{Tx, Verb};

#[derive(Debug)]
pub(crate) struct Create(pub(crate) Arc<NewTestrun>);

#[async_trait]
impl Verb for Create {
    type Answer = Created;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Created> {
        let new = self.0.as_ref();
        if let Some(known) = known(tx, new).await? {
            return Ok(known);
        }
        let tests = check_new(new)?;
        check_blobs(tx, new).await?;
        let birth = Birth { created_at: tx.now, deadline: new.time_limit.map(|limit| tx.now.after(limit)) };
        let run = runs::insert(tx.conn, new, birth, tests).await?;
        files::insert(tx.conn, run, new).await?;
        texts::insert(tx.conn, run, &new.username, &new.labels, &new.files).await?;
        let items = items::insert(tx.conn, run, new, tx.now).await?;
        let mut log = run_log::load(tx, run).await?;
        log.create(tx.now);
        run_log::save(tx, log).await?;
        tx.changed(run, Some(Status::Created), None);
        tx.rung.work = true;
        let ticket = |item| Ticket { item, run, priority: new.priority };
        Ok(Created {
            run: Testrun { summary: summary(tx, run).await?, files: new.files.clone() },
            tickets: items.into_iter().map(ticket).collect(),
            existed: false,
        })
    }
}

async fn summary(tx: &mut Tx<'_>, run: TestrunId) -> Result<testrunner_core::testrun::Summary> {
    summaries::get(tx.conn, run).await?.ok_or_else(|| StoreError::no_testrun(run).into())
}

/// What was stored under the same idempotency key.
async fn known(tx: &mut Tx<'_>, new: &NewTestrun) -> Result<Option<Created>> {
    let Some(wanted) = &new.idempotency else { return Ok(None) };
    let Some((run, request)) = runs::by_key(tx.conn, &new.username, &wanted.key).await? else {
        return Ok(None);
    };
    check_repeated(new, run, &request)?;
    Ok(Some(Created {
        run: Testrun { summary: summary(tx, run).await?, files: files::of_run(tx.conn, run).await? },
        tickets: items::waiting(tx.conn, run).await?,
        existed: true,
    }))
}

async fn check_blobs(tx: &mut Tx<'_>, new: &NewTestrun) -> Result<()> {
    let digests = digests_of(new)?;
    match blobs::missing(tx.conn, &digests).await? {
        None => Ok(()),
        Some(digest) => Err(missing_bytes(new, digest).into()),
    }
}
