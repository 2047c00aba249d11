//! What a store is not set up for, and what it hears of a server that does not let it in.

use std::time::Duration;

use testrunner_client::{Client, ClientError, RemoteStore};
use testrunner_core::store::{Batch, Candidates, ClaimRequest, LeaseStatus};
use testrunner_core::{
    Digest, Engine, Epoch, ItemId, LeaseKey, MemoryStore, StoreErrorKind, TestrunId, WorkStore, WorkerId,
};

use super::fleet::Fleet;
use super::workers::{engine, spec};
use crate::server::{Result, Server, problem};

fn request() -> ClaimRequest {
    ClaimRequest {
        from: Candidates::Any,
        max: 1,
        worker: WorkerId("w".to_owned()),
        ttl: Duration::from_secs(15),
        executors: vec!["stage".to_owned()],
        process: None,
        shared: true,
        prefer: Vec::new(),
    }
}

#[test]
fn plain_http_goes_no_further_than_this_machine() -> Result {
    for url in ["http://example.org", "http://192.0.2.1:7878", "http://localhost.example.org"] {
        let refused = RemoteStore::builder(url).token("tr_secret").build();
        assert!(matches!(&refused, Err(ClientError::Address { why, .. }) if why.contains("https")), "{url}");
        RemoteStore::builder(url).token("tr_secret").allow_plain_http().build()?;
    }
    for url in ["https://example.org", "http://127.0.0.1:1", "http://[::1]:1", "http://localhost:1"] {
        let store = RemoteStore::builder(url).token("tr_secret").build()?;
        assert!(!format!("{store:?}").contains("tr_secret"));
    }
    Ok(())
}

#[tokio::test]
async fn what_was_not_claimed_here_is_not_asked_for() -> Result {
    let server = Server::start(|_, _| async { problem(500, "internal") }).await?;
    let store = RemoteStore::builder(&server.url).token("tr_secret").build()?;
    let key = LeaseKey { item: ItemId(1), epoch: Epoch(1) };
    let nothing = Batch { from_n: 0, events: &[] };
    let append = store.append(key, nothing).await.err().map(|error| error.kind());
    assert_eq!(append, Some(StoreErrorKind::Fenced));
    assert_eq!(store.renew(&[key], Duration::from_secs(1)).await?, [LeaseStatus::Lost]);
    let files = store.files(TestrunId(1)).await.err().map(|error| error.kind());
    let blob = store.blob(Digest::of(b"x")).await.err().map(|error| error.kind());
    assert_eq!((files, blob), (Some(StoreErrorKind::NotFound), Some(StoreErrorKind::NotFound)));
    assert!(store.claim(&ClaimRequest { shared: false, ..request() }).await?.leases.is_empty());
    assert!(server.asked().is_empty());
    Ok(())
}

#[tokio::test]
async fn another_role_is_no_worker() -> Result {
    let fleet = Fleet::start(Engine::builder(MemoryStore::new()).build()?)?;
    let admin = RemoteStore::builder(fleet.url()).token(fleet.admin()).build()?;
    let refused = admin.claim(&request()).await.err().map(|error| error.kind());
    assert_eq!(refused, Some(StoreErrorKind::Internal));
    let nobody = RemoteStore::builder(fleet.url()).token("tr_nobody").build()?;
    let refused = nobody.claim(&request()).await.err().map(|error| error.kind());
    assert_eq!(refused, Some(StoreErrorKind::Unavailable), "a token may come to be known");
    let worker = Client::builder(fleet.url()).token(&fleet.token).build()?;
    let refused = worker.testrun(TestrunId(1)).await.err().and_then(|error| error.status());
    assert_eq!(refused, Some(403), "a worker reads nothing that it does not hold");
    assert_eq!(fleet.store()?.client().who_am_i().await?.subject, "bot");
    Ok(())
}

#[tokio::test]
async fn a_lease_is_good_for_its_token_alone() -> Result {
    let engine = engine(&MemoryStore::new(), Duration::from_secs(15))?;
    let fleet = Fleet::start(engine.clone())?;
    let run = engine.submit(spec(&[("pass", 1)])).await?.run.id();
    let (one, other) = (fleet.store()?, fleet.store()?);
    let lease = one.claim(&request()).await?.leases.pop().ok_or("an item")?;
    let nothing = Batch { from_n: 0, events: &[] };
    assert!(other.append(lease.key, nothing).await.is_err(), "keys are no leases");
    assert_eq!(one.files(run).await?.len(), 1);
    fleet.revoke()?;
    let refused = one.append(lease.key, nothing).await.err().map(|error| error.kind());
    assert_eq!(refused, Some(StoreErrorKind::Unavailable));
    assert_eq!(engine.items(run).await?.swap_remove(0).epoch, lease.key.epoch);
    Ok(())
}
