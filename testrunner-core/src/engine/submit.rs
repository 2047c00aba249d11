//! From a specification to a stored Testrun.

use std::path::{Path, PathBuf};

use super::{Engine, EngineError, Inner, Result, suite};
use crate::doorbell::Topic;
use crate::id::Digest;
use crate::plan::plan;
use crate::store::{Created, Idempotency, NewTestrun};
use crate::testrun::{FileContent, FileRecord, Source, SpecFile, TestrunSpec};

/// How often an item's worker may be lost, or its infrastructure fail, before the item fails.
const MAX_LOST: u32 = 3;
const MAX_INFRA: u32 = 3;

impl Engine {
    /// Checks, plans and stores a Testrun; when this returns, it is queued and cannot be lost.
    ///
    /// # Errors
    /// The specification breaks a rule, a file cannot be read, the executor is unknown or refuses the options,
    /// or the store failed. Nothing is stored then.
    pub async fn submit(&self, mut spec: TestrunSpec) -> Result<Created> {
        spec.validate()?;
        self.executor(&spec.executor)?.check(&spec.options)?;
        if let Source::Directory { root } = &spec.source {
            if !root.is_absolute() {
                let message = format!("the folder {} of the tests must be an absolute path", root.display());
                return Err(EngineError::Config(message));
            }
            spec.files = measure(root.clone(), std::mem::take(&mut spec.files)).await?;
        }
        let request = request_digest(&spec);
        let tests = self.timings(&spec).await;
        let (files, blobs) = records(std::mem::take(&mut spec.files));
        // What is known already is answered by `create`, or refused: of neither are there bytes to be kept.
        if !blobs.is_empty() && !self.is_known(&spec).await? {
            self.inner.store.put_blobs(&blobs).await?;
        }
        let items = plan(&tests, spec.plan, self.slots_for(&spec).await);
        let pinned_to = matches!(spec.source, Source::Directory { .. }).then(|| self.process());
        let suite = suite::of(&spec);
        let new = NewTestrun {
            username: spec.username,
            executor: spec.executor,
            source: spec.source,
            pinned_to,
            suite,
            files,
            items,
            options: spec.options,
            limits: spec.limits,
            plan: spec.plan,
            priority: spec.priority,
            max_fail: spec.max_fail,
            time_limit: spec.time_limit,
            max_lost: MAX_LOST,
            max_infra: MAX_INFRA,
            retry_of: spec.retry_of,
            idempotency: spec.idempotency_key.map(|key| Idempotency { key, request }),
            labels: spec.labels,
        };
        let created = self.inner.store.create(&new).await?;
        tracing::trace!(run = created.run.id().0, "a Testrun is stored");
        if let Err(error) = self.inner.queue.offer(&created.tickets).await {
            // Stored is stored: the poll behind the queue finds it.
            tracing::warn!(%error, run = %created.run.id(), "could not offer the items of a new Testrun");
        }
        self.inner.bell.ring(&[Topic::Work, Topic::Run(created.run.id()), Topic::Runs]);
        Ok(created)
    }

    /// Whether something was submitted under the same key.
    async fn is_known(&self, spec: &TestrunSpec) -> Result<bool> {
        let Some(key) = &spec.idempotency_key else { return Ok(false) };
        Ok(self.inner.store.keyed(&spec.username, key).await?.is_some())
    }

    /// How many items of it can run at the same time, here and elsewhere.
    pub(super) async fn slots_for(&self, spec: &TestrunSpec) -> usize {
        let Inner { store, settings, .. } = &*self.inner;
        // Nobody else runs what lies in a folder here.
        if matches!(spec.source, Source::Directory { .. }) {
            return settings.slots;
        }
        let workers = store.workers().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the plan counts this worker alone");
            Vec::new()
        });
        let others = workers.into_iter().map(|record| record.notice);
        let others = others.filter(|notice| notice.id != settings.id && !notice.draining);
        let others = others.filter(|notice| notice.executors.contains(&spec.executor));
        settings.slots + others.map(|notice| notice.slots as usize).sum::<usize>()
    }
}

/// The files as they are stored, and the bytes that travel with the specification.
fn records(files: Vec<SpecFile>) -> (Vec<FileRecord>, Vec<Vec<u8>>) {
    let mut blobs = Vec::new();
    let mut records = Vec::with_capacity(files.len());
    for file in files {
        let (size, digest) = (file.content.size(), file.content.digest());
        if let FileContent::Bytes(bytes) = file.content {
            blobs.push(bytes);
        }
        records.push(FileRecord { path: file.path, role: file.role, size, digest, result: None });
    }
    (records, blobs)
}

/// Digest of all that makes two submissions the same request.
fn request_digest(spec: &TestrunSpec) -> Digest {
    let files: Vec<_> = spec
        .files
        .iter()
        .map(|file| (&file.path, file.role, file.content.digest(), file.content.size()))
        .collect();
    let limits = (spec.priority, spec.max_fail, spec.time_limit, spec.retry_of, spec.plan);
    let mut whole = serde_json::json!({
        "username": spec.username,
        "executor": spec.executor,
        "source": spec.source,
        "options": spec.options,
        "limits": spec.limits,
        "rest": limits,
        "files": files,
    });
    // Only where there are some: a request that was sent before labels were known keeps its digest.
    if !spec.labels.is_empty() {
        whole["labels"] = serde_json::json!(spec.labels);
    }
    Digest::of(whole.to_string().as_bytes())
}

/// Reads size and digest of files that stay where they are.
async fn measure(root: PathBuf, files: Vec<SpecFile>) -> Result<Vec<SpecFile>> {
    let read = move || files.into_iter().map(|file| measure_one(&root, file)).collect();
    tokio::task::spawn_blocking(read)
        .await
        .unwrap_or_else(|error| Err(EngineError::Config(format!("reading the files failed: {error}"))))
}

fn measure_one(root: &Path, mut file: SpecFile) -> Result<SpecFile> {
    if matches!(file.content, FileContent::InPlace { digest: None, .. }) {
        let path = root.join(&file.path);
        let bytes = std::fs::read(&path).map_err(|source| EngineError::File { path, source })?;
        file.content = FileContent::InPlace { digest: Some(Digest::of(&bytes)), size: bytes.len() as u64 };
    }
    Ok(file)
}
