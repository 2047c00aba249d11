//! Tokens that several servers share.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use testrunner_core::store::{StoreError, StoreErrorKind, StoreResult};
use testrunner_core::{Clock, ManualClock};
use testrunner_http::token::{
    AllowAll, Authenticator as _, FirstOf, Identity, Role, SharedTokens, Shelf, TokenError,
};
use tokio::task::JoinSet;

/// A shelf in memory, which can be away.
#[derive(Debug, Default)]
struct Board {
    document: Mutex<Option<(i64, Vec<u8>)>>,
    away: AtomicBool,
}

impl Board {
    fn answers(&self) -> StoreResult<()> {
        let away = self.away.load(Ordering::SeqCst);
        if away { Err(StoreError::new(StoreErrorKind::Unavailable, "away, on purpose")) } else { Ok(()) }
    }
}

impl fmt::Display for Board {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the board")
    }
}

#[async_trait]
impl Shelf for Board {
    async fn read(&self) -> StoreResult<Option<(i64, Vec<u8>)>> {
        self.answers()?;
        tokio::task::yield_now().await;
        Ok(self.document.lock().unwrap().clone())
    }

    async fn replace(&self, version: Option<i64>, document: &[u8]) -> StoreResult<bool> {
        self.answers()?;
        tokio::task::yield_now().await;
        let mut known = self.document.lock().unwrap();
        let fits = known.as_ref().map(|(version, _)| *version) == version;
        if fits {
            *known = Some((version.unwrap_or(0) + 1, document.to_vec()));
        }
        Ok(fits)
    }
}

async fn open(board: &Arc<Board>) -> SharedTokens {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::default());
    SharedTokens::open(Arc::clone(board) as Arc<dyn Shelf>, clock).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn what_one_server_changes_the_others_know_within_a_second() {
    let board = Arc::new(Board::default());
    let (one, other) = (open(&board).await, open(&board).await);
    assert_eq!(one.session_key(), other.session_key());
    let (record, secret) = one.create("ada", Role::Worker, None).await.unwrap();
    assert!(one.authenticate(secret.expose()).await.is_some(), "who made it knows it at once");
    tokio::time::advance(Duration::from_millis(100)).await;
    assert_eq!(other.authenticate(secret.expose()).await.unwrap().subject, "ada", "a new one almost at once");
    assert_eq!(other.list().await.unwrap(), std::slice::from_ref(&record));
    one.revoke(&record.id).await.unwrap();
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(other.authenticate(secret.expose()).await, None);
    assert_eq!(other.is_valid(&record.id).await, None);
    assert!(matches!(one.revoke(&record.id).await, Err(TokenError::Unknown { .. })));
}

#[tokio::test]
async fn changes_at_the_same_time_are_all_kept() {
    let board = Arc::new(Board::default());
    let mut opening = JoinSet::new();
    for _ in 0..4 {
        let board = Arc::clone(&board);
        opening.spawn(async move { Arc::new(open(&board).await) });
    }
    let servers = opening.join_all().await;
    assert!(servers.iter().all(|server| server.session_key() == servers[0].session_key()), "one key for all");
    let mut making = JoinSet::new();
    for n in 0..32 {
        let server = Arc::clone(&servers[n % 4]);
        making.spawn(async move { server.create(&format!("u{n}"), Role::Viewer, None).await.unwrap().1 });
    }
    let secrets = making.join_all().await;
    let fresh = open(&board).await;
    assert_eq!(fresh.list().await.unwrap().len(), 32);
    for secret in &secrets {
        assert!(fresh.authenticate(secret.expose()).await.is_some());
    }
    assert!(!String::from_utf8_lossy(&board.document.lock().unwrap().as_ref().unwrap().1).contains("tr_"));
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_bridged_for_a_while() {
    let board = Arc::new(Board::default());
    let tokens = open(&board).await;
    let (_, secret) = tokens.create("ada", Role::Viewer, None).await.unwrap();
    board.away.store(true, Ordering::SeqCst);
    tokio::time::advance(Duration::from_secs(29)).await;
    assert!(tokens.authenticate(secret.expose()).await.is_some());
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(tokens.authenticate(secret.expose()).await, None, "it may have been revoked long ago");
    assert!(matches!(tokens.create("bob", Role::Viewer, None).await, Err(TokenError::Store(_))));
    board.away.store(false, Ordering::SeqCst);
    assert!(tokens.authenticate(secret.expose()).await.is_some());
}

#[tokio::test]
async fn what_is_not_a_book_of_tokens_is_refused() {
    for (text, wanted) in [("{", "holds no tokens"), ("[]", "holds no tokens")] {
        let board = Arc::new(Board::default());
        *board.document.lock().unwrap() = Some((1, text.as_bytes().to_vec()));
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::default());
        let error = SharedTokens::open(board as Arc<dyn Shelf>, clock).await.unwrap_err().to_string();
        assert!(error.starts_with("the board") && error.contains(wanted), "{error}");
    }
}

#[tokio::test]
async fn the_first_who_knows_the_caller_counts() {
    let board = Arc::new(Board::default());
    let tokens = open(&board).await;
    let (record, secret) = tokens.create("ada", Role::Viewer, None).await.unwrap();
    let guest = Identity { token: "guest".to_owned(), subject: "guest".to_owned(), role: Role::Viewer };
    let both = FirstOf(vec![Arc::new(tokens), Arc::new(AllowAll(guest))]);
    assert_eq!(both.authenticate(secret.expose()).await.unwrap().subject, "ada");
    assert_eq!(both.authenticate("tr_other").await.unwrap().subject, "guest");
    assert_eq!(both.is_valid(&record.id).await.unwrap().subject, "ada");
    assert_eq!(both.is_valid("nobody").await, None);
}
