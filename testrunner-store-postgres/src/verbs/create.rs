//! `create`: a Testrun with its files, items and first event.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use testrunner_core::queue::Ticket;
use testrunner_core::store::{Created, NewTestrun, StoreError, StoreErrorKind};
use testrunner_core::testrun::{FileRole, check_labels};
use testrunner_core::{Digest, EventBody, Source, Status, Testrun, TestrunId};

use crate::error::{Error, Result};
use crate::run_log::RunLog;
use crate::sql::runs::Birth;
use crate::sql::{blobs, files, items, runs, summaries};
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
        check_labels(&new.labels).map_err(StoreError::from)?;
        let tests = check_items(new)?;
        check_blobs(tx, new).await?;
        let birth = Birth { created_at: tx.now, deadline: new.time_limit.map(|limit| tx.now.after(limit)) };
        let run = runs::insert(tx.conn, new, birth, tests).await?;
        files::insert(tx.conn, run, new).await?;
        let items = items::insert(tx.conn, run, new, tx.now).await?;
        let mut log = RunLog::load(tx, run).await?;
        log.push(tx.now, None, &EventBody::RunStatus { from: None, to: Status::Created, reason: None })?;
        log.save(tx).await?;
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
    if request != wanted.request.0 {
        let message = format!(
            "the idempotency key {:?} of {} belongs to Testrun {run}, which asked for something else; \
             use another key",
            wanted.key, new.username
        );
        return Err(StoreError::new(StoreErrorKind::Conflict, message).into());
    }
    Ok(Some(Created {
        run: Testrun { summary: summary(tx, run).await?, files: files::of_run(tx.conn, run).await? },
        tickets: items::waiting(tx.conn, run).await?,
        existed: true,
    }))
}

/// Every test file must be in exactly one item, or its Testrun would never have a result for it. Returns the
/// number of test files.
fn check_items(new: &NewTestrun) -> Result<u32> {
    if new.items.is_empty() {
        return Err(Error::invalid("a Testrun without items cannot be stored; name at least one test file"));
    }
    if matches!(new.source, Source::Directory { .. }) && new.pinned_to.is_none() {
        return Err(Error::invalid("a Testrun of a directory must be pinned to the process that runs it"));
    }
    let mut planned = BTreeSet::new();
    for index in new.items.iter().flat_map(|item| &item.files) {
        let file = usize::try_from(*index).ok().and_then(|index| new.files.get(index));
        if file.is_none_or(|file| file.role != FileRole::Test) || !planned.insert(*index) {
            return Err(Error::invalid(format!("file {index} is planned twice, or is not a test file")));
        }
    }
    let tests = new.files.iter().filter(|file| file.role == FileRole::Test).count();
    if planned.len() != tests || new.items.iter().any(|item| item.files.is_empty()) {
        return Err(Error::invalid("every test file must be in an item, and every item must have one"));
    }
    u32::try_from(tests).map_err(|_| Error::invalid("there are too many files"))
}

async fn check_blobs(tx: &mut Tx<'_>, new: &NewTestrun) -> Result<()> {
    if !matches!(new.source, Source::Upload) {
        return Ok(());
    }
    let mut digests: Vec<Digest> = Vec::with_capacity(new.files.len());
    for file in &new.files {
        let bare = || Error::invalid(format!("the file {:?} has no digest; upload its bytes", file.path));
        digests.push(file.digest.ok_or_else(bare)?);
    }
    match blobs::missing(tx.conn, &digests).await? {
        None => Ok(()),
        Some(digest) => {
            let named = new.files.iter().find(|file| file.digest == Some(digest));
            let path = named.map_or("", |file| file.path.as_str());
            Err(Error::invalid(format!(
                "the bytes of {path:?} ({digest}) are not in the store; upload them again"
            )))
        }
    }
}
