//! The store of a worker, over HTTP.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::Serialize;
use testrunner_api::{
    ClaimDocument, ClaimedDocument, LEASE_HEADER, NotedDocument, PresenceDocument, RenewDocument,
    RenewedDocument, WORK_EVENTS, WORK_MANY,
};
use testrunner_core::event::NewEvent;
use testrunner_core::store::{
    Appended, Batch, Candidates, ClaimRequest, Claimed, Finished, LeaseStatus, Outcome, StoreResult,
    WorkerNotice,
};
use testrunner_core::testrun::FileRecord;
use testrunner_core::{
    Digest, LeaseKey, StoreError, StoreErrorKind, TestrunId, WorkStore, Worker, WorkerBuilder, WorkerId,
    clock,
};

use super::blob_cache::BlobCache;
use super::book::Book;
use super::call::{Patience, post, versioned};
use super::refusal::refusal;
use super::{RemoteBell, RemoteStoreBuilder};
use crate::client::Client;
use crate::request::{bytes, json};

/// A [`WorkStore`] that speaks to a server, with a token of the role `worker`. Clones are the same store.
///
/// A lease counts for the store that claimed it: the server signs it, and nothing is written without what it signed.
/// Directory Testruns are never claimed. Claims and renewals are made once, for the worker has its own clock for them;
/// writes and reads are tried again for 5 seconds before the worker hears of it.
#[derive(Clone)]
pub struct RemoteStore {
    client: Client,
    book: Arc<Book>,
    cache: Option<Arc<BlobCache>>,
}

impl fmt::Debug for RemoteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteStore").field("url", &self.client.url()).finish_non_exhaustive()
    }
}

/// Events and how they are shown.
#[derive(Serialize)]
struct Write<'a> {
    lease: &'a str,
    from_n: u64,
    events: &'a [NewEvent],
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'a Outcome>,
}

impl RemoteStore {
    /// Begins to set up a store of the server at this address.
    pub fn builder(url: impl Into<String>) -> RemoteStoreBuilder {
        RemoteStoreBuilder::new(url.into())
    }

    pub(super) fn new(client: Client, cache: Option<Arc<BlobCache>>) -> Self {
        Self { client, book: Arc::default(), cache }
    }

    /// The client that it speaks through: to ask who the token belongs to, for example.
    #[must_use]
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// A bell that tells what the server's tells. It is connected in the background, and anew whenever the connection
    /// breaks. Must be called within a Tokio runtime.
    #[must_use]
    pub fn doorbell(&self) -> RemoteBell {
        RemoteBell::start(self.client.clone())
    }

    /// Begins to put a worker together over this store, with its bell, and a poll that leaves the server alone while there
    /// is nothing to do. Must be called within a Tokio runtime.
    pub fn worker(&self) -> WorkerBuilder {
        Worker::builder(Arc::new(self.clone())).doorbell(self.doorbell()).poll(RemoteBell::POLL)
    }

    /// Asks whether the server knows the token as a worker's, and speaks a version of these routes that is spoken here.
    ///
    /// # Errors
    /// It cannot be reached, or refuses; says why.
    pub async fn check(&self) -> StoreResult<()> {
        // To renew nothing changes nothing.
        let nothing = RenewDocument { leases: Vec::new(), ttl_us: us(Duration::from_secs(15)) };
        post::<RenewedDocument>(&self.client, "work/renew", &nothing, Patience::Moment).await?;
        Ok(())
    }

    fn shown(&self, key: LeaseKey) -> StoreResult<Arc<str>> {
        self.book.shown(key).ok_or_else(|| StoreError::fenced(key))
    }

    async fn write<T: serde::de::DeserializeOwned + Send>(
        &self,
        path: &str,
        key: LeaseKey,
        batch: Batch<'_>,
        outcome: Option<&Outcome>,
    ) -> StoreResult<T> {
        let lease = self.shown(key)?;
        if batch.events.len() > WORK_EVENTS {
            let message =
                format!("{} events are more than the {WORK_EVENTS} of one call", batch.events.len());
            return Err(StoreError::new(StoreErrorKind::TooLarge, message));
        }
        let body = Write { lease: &lease, from_n: batch.from_n, events: batch.events, outcome };
        let answer = post(&self.client, path, &body, Patience::Moment).await;
        if answer.as_ref().is_err_and(|error| error.kind() == StoreErrorKind::Fenced) {
            self.book.end(key);
        }
        answer
    }

    async fn renew_some(
        &self,
        held: &[(LeaseKey, Arc<str>)],
        ttl: Duration,
    ) -> StoreResult<Vec<LeaseStatus>> {
        let leases = held.iter().map(|(_, lease)| lease.to_string()).collect();
        let body = RenewDocument { leases, ttl_us: us(ttl) };
        let answer = post::<RenewedDocument>(&self.client, "work/renew", &body, Patience::Once).await;
        match answer {
            Ok(renewed) if renewed.leases.len() == held.len() => Ok(renewed.leases),
            Ok(_) => {
                Err(StoreError::new(StoreErrorKind::Internal, "the server did not answer for each lease"))
            }
            // One that the server did not sign spoils the others.
            Err(error) if error.kind() == StoreErrorKind::Fenced => match held {
                [_] => Ok(vec![LeaseStatus::Lost]),
                _ => {
                    let (left, right) = held.split_at(held.len() / 2);
                    let mut answers = Box::pin(self.renew_some(left, ttl)).await?;
                    answers.extend(Box::pin(self.renew_some(right, ttl)).await?);
                    Ok(answers)
                }
            },
            Err(error) => Err(error),
        }
    }

    async fn fetch(&self, digest: Digest) -> StoreResult<Vec<u8>> {
        loop {
            let (key, lease) = self.book.of_digest(digest).ok_or_else(|| no_blob(digest))?;
            let url = self.client.route(&format!("work/blobs/{digest}")).map_err(refusal)?;
            let ask = |http: &reqwest::Client| versioned(http.get(url.clone())).header(LEASE_HEADER, &*lease);
            match self.client.call(ask, bytes).await.map_err(refusal) {
                // What is executed is what was submitted, whatever lies between.
                Ok(bytes) if Digest::of(&bytes) == digest => return Ok(bytes.into()),
                Ok(_) => {
                    let message = format!("the bytes that came do not have the digest {digest}");
                    return Err(StoreError::new(StoreErrorKind::Corrupt, message));
                }
                // Perhaps another item of it is held.
                Err(error) if error.kind() == StoreErrorKind::Fenced => self.book.end(key),
                Err(error) => return Err(error),
            }
        }
    }
}

#[async_trait]
impl WorkStore for RemoteStore {
    async fn claim(&self, request: &ClaimRequest) -> StoreResult<Claimed> {
        // Directory Testruns are claimed beside the store, by their own process.
        if !request.shared {
            return Ok(Claimed { leases: Vec::new(), next_ready_in: None });
        }
        let items = match &request.from {
            Candidates::Any => None,
            Candidates::Items(items) => Some(items.iter().copied().take(WORK_MANY).collect()),
        };
        let body = ClaimDocument {
            worker: request.worker.0.clone(),
            max: request.max.min(u32::try_from(WORK_MANY).unwrap_or(u32::MAX)),
            ttl_us: us(request.ttl),
            executors: request.executors.clone(),
            items,
            prefer: request.prefer.iter().copied().take(WORK_MANY).collect(),
            wait_us: 0,
        };
        let claimed: ClaimedDocument = post(&self.client, "work/claim", &body, Patience::Once).await?;
        let leases = claimed.leases.into_iter().map(|leased| {
            let mut assignment = leased.assignment;
            assignment.ttl = Some(Duration::from_micros(leased.ttl_us));
            self.book.add(assignment.key, assignment.run, leased.lease);
            assignment
        });
        let next_ready_in = claimed.next_ready_in_us.map(Duration::from_micros);
        Ok(Claimed { leases: leases.collect(), next_ready_in })
    }

    async fn renew(&self, keys: &[LeaseKey], ttl: Duration) -> StoreResult<Vec<LeaseStatus>> {
        let mut answers = vec![LeaseStatus::Lost; keys.len()];
        let known = keys.iter().enumerate().filter_map(|(n, key)| Some((n, (*key, self.book.shown(*key)?))));
        let (places, held): (Vec<usize>, Vec<_>) = known.unzip();
        for (places, held) in places.chunks(WORK_MANY).zip(held.chunks(WORK_MANY)) {
            for (place, answer) in places.iter().zip(self.renew_some(held, ttl).await?) {
                if answer == LeaseStatus::Lost {
                    self.book.end(keys[*place]);
                }
                answers[*place] = answer;
            }
        }
        Ok(answers)
    }

    async fn append(&self, key: LeaseKey, batch: Batch<'_>) -> StoreResult<Appended> {
        self.write("work/append", key, batch, None).await
    }

    async fn finish(&self, key: LeaseKey, tail: Batch<'_>, outcome: &Outcome) -> StoreResult<Finished> {
        let finished = self.write("work/finish", key, tail, Some(outcome)).await?;
        self.book.end(key);
        Ok(finished)
    }

    async fn files(&self, run: TestrunId) -> StoreResult<Vec<FileRecord>> {
        loop {
            let (key, lease) = self.book.of_run(run).ok_or_else(|| not_held(run))?;
            let url = self.client.route(&format!("work/testruns/{run}/files")).map_err(refusal)?;
            let ask = |http: &reqwest::Client| versioned(http.get(url.clone())).header(LEASE_HEADER, &*lease);
            match self.client.call(ask, json::<Vec<FileRecord>>).await.map_err(refusal) {
                Ok(files) => {
                    self.book.note(run, &files);
                    return Ok(files);
                }
                Err(error) if error.kind() == StoreErrorKind::Fenced => self.book.end(key),
                Err(error) => return Err(error),
            }
        }
    }

    async fn announce(&self, worker: &WorkerNotice) -> StoreResult<()> {
        let WorkerNotice { id, slots, executors, labels, draining, version } = worker.clone();
        let leaving = false;
        let said = PresenceDocument { worker: id.0, leaving, slots, executors, labels, draining, version };
        post::<NotedDocument>(&self.client, "work/presence", &said, Patience::Once).await?;
        Ok(())
    }

    async fn depart(&self, worker: &WorkerId) -> StoreResult<()> {
        let said =
            PresenceDocument { worker: worker.0.clone(), leaving: true, ..PresenceDocument::default() };
        post::<NotedDocument>(&self.client, "work/presence", &said, Patience::Once).await?;
        Ok(())
    }

    async fn blob(&self, digest: Digest) -> StoreResult<Vec<u8>> {
        // What is in the cache may be of a Testrun that is held no more.
        self.book.of_digest(digest).ok_or_else(|| no_blob(digest))?;
        let Some(cache) = &self.cache else { return self.fetch(digest).await };
        let turn = cache.turn(digest);
        let _turn = turn.lock().await;
        let reading = Arc::clone(cache);
        if let Some(bytes) = blocking(move || reading.read(digest)).await? {
            return Ok(bytes);
        }
        let bytes = self.fetch(digest).await?;
        let (keeping, kept) = (Arc::clone(cache), bytes.clone());
        if let Err(error) = blocking(move || keeping.keep(digest, &kept)).await? {
            // It is fetched again the next time.
            tracing::warn!(%error, %digest, "could not keep the bytes of a file");
        }
        Ok(bytes)
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> StoreResult<T> {
    let failed = |error: tokio::task::JoinError| {
        StoreError::new(StoreErrorKind::Unavailable, format!("the cache was not read: {error}"))
    };
    tokio::task::spawn_blocking(work).await.map_err(failed)
}

fn us(time: Duration) -> u64 {
    u64::try_from(clock::micros(time)).unwrap_or_default()
}

fn not_held(run: TestrunId) -> StoreError {
    StoreError::new(StoreErrorKind::NotFound, format!("no item of Testrun {run} is held here"))
}

fn no_blob(digest: Digest) -> StoreError {
    let message = format!("no file of a Testrun that is held here has the digest {digest}");
    StoreError::new(StoreErrorKind::NotFound, message)
}
