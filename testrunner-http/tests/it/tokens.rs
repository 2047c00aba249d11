//! The file of tokens: who can read it, and what several processes make of it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use testrunner_core::ManualClock;
use testrunner_http::token::{Authenticator as _, Role, TokenError, TokenFile};

struct Place {
    _folder: tempfile::TempDir,
    path: PathBuf,
    clock: ManualClock,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/tokens.json");
        Self { _folder: folder, path, clock: ManualClock::default() }
    }

    fn open(&self) -> TokenFile {
        self.try_open().unwrap()
    }

    fn try_open(&self) -> Result<TokenFile, TokenError> {
        TokenFile::open_at(&self.path, Arc::new(self.clock.clone()))
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn a_token_is_known_by_its_secret_alone() {
    let place = Place::new();
    let tokens = place.open();
    let (record, secret) = tokens.create("ada", Role::Submitter, None).unwrap();
    let (_, other) = tokens.create("bob", Role::Viewer, None).unwrap();
    let found = tokens.authenticate(secret.expose()).await.unwrap();
    assert_eq!(
        (found.token.as_str(), found.subject.as_str(), found.role),
        (record.id.as_str(), "ada", Role::Submitter)
    );
    assert_eq!(tokens.authenticate(other.expose()).await.unwrap().subject, "bob");
    assert_eq!(tokens.is_valid(&record.id).await.unwrap(), found);
    for wrong in ["", "tr_", &record.id, &secret.expose()[1..], &secret.expose().to_uppercase()] {
        assert_eq!(tokens.authenticate(wrong).await, None, "{wrong}");
    }
    let text = fs::read_to_string(&place.path).unwrap();
    assert!(!text.contains(&secret.expose()[3..]));
    assert_eq!(tokens.list().unwrap().len(), 2);
}

#[tokio::test]
async fn a_token_ends() {
    let place = Place::new();
    let tokens = place.open();
    let (record, secret) = tokens.create("ada", Role::Admin, Some(Duration::from_hours(1))).unwrap();
    place.clock.advance(Duration::from_mins(59));
    assert!(tokens.authenticate(secret.expose()).await.is_some());
    place.clock.advance(Duration::from_mins(1));
    assert!(tokens.authenticate(secret.expose()).await.is_none());
    assert!(tokens.is_valid(&record.id).await.is_none());
    assert_eq!(tokens.list().unwrap().len(), 1);
}

#[tokio::test]
async fn another_process_changes_it() {
    let place = Place::new();
    let (server, command) = (place.open(), place.open());
    assert_eq!(server.session_key(), command.session_key());
    let (record, secret) = command.create("ada", Role::Viewer, None).unwrap();
    assert!(server.authenticate(secret.expose()).await.is_some());
    assert_eq!(command.revoke(&record.id).unwrap().subject, "ada");
    assert!(server.authenticate(secret.expose()).await.is_none());
    assert!(matches!(command.revoke(&record.id), Err(TokenError::Unknown { .. })));
}

#[test]
fn many_at_once_lose_nothing() {
    let place = Place::new();
    let makers: Vec<_> = (0..4).map(|_| place.open()).collect();
    let made = std::thread::scope(|scope| {
        let threads: Vec<_> = makers
            .iter()
            .map(|tokens| {
                scope.spawn(|| {
                    (0..10)
                        .map(|_| tokens.create("ada", Role::Viewer, None).unwrap().0.id)
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    let mut listed: Vec<_> = place.open().list().unwrap().into_iter().map(|token| token.id).collect();
    let mut made = made;
    made.sort();
    listed.sort();
    assert_eq!(made, listed);
    made.dedup();
    assert_eq!(made.len(), 40);
}

#[tokio::test]
async fn only_its_owner_can_read_it() {
    let place = Place::new();
    let tokens = place.open();
    let (_, secret) = tokens.create("ada", Role::Admin, None).unwrap();
    assert_eq!(mode(&place.path), 0o600);
    assert_eq!(mode(place.path.parent().unwrap()), 0o700);
    for exposed in [0o644, 0o640, 0o602] {
        set_mode(&place.path, exposed);
        let refused = place.try_open().unwrap_err();
        assert!(matches!(refused, TokenError::Exposed { .. }), "{refused}");
        assert!(refused.to_string().contains("chmod 600"), "{refused}");
        // A server that runs lets nobody in any more.
        assert!(tokens.authenticate(secret.expose()).await.is_none(), "{exposed:o}");
    }
    set_mode(&place.path, 0o600);
    assert!(tokens.authenticate(secret.expose()).await.is_some());
    set_mode(place.path.parent().unwrap(), 0o777);
    assert!(matches!(place.try_open(), Err(TokenError::Exposed { .. })));
}

#[tokio::test]
async fn a_file_that_cannot_be_read_lets_nobody_in() {
    let place = Place::new();
    let tokens = place.open();
    let (_, secret) = tokens.create("ada", Role::Admin, None).unwrap();
    let good = fs::read(&place.path).unwrap();
    for bad in ["", "{", "[]", r#"{"version": 2, "session_key": "", "tokens": []}"#] {
        fs::write(&place.path, bad).unwrap();
        assert!(tokens.authenticate(secret.expose()).await.is_none(), "{bad}");
        assert!(matches!(place.try_open(), Err(TokenError::Garbled { .. })), "{bad}");
    }
    fs::write(
        &place.path,
        String::from_utf8(good.clone()).unwrap().replacen("\"version\": 1", "\"version\": 2", 1),
    )
    .unwrap();
    assert!(matches!(place.try_open(), Err(TokenError::Newer { found: 2, .. })));
    fs::remove_file(&place.path).unwrap();
    assert!(tokens.authenticate(secret.expose()).await.is_none());
    fs::write(&place.path, &good).unwrap();
    set_mode(&place.path, 0o600);
    assert!(tokens.authenticate(secret.expose()).await.is_some());
}

#[test]
fn names_of_users_are_checked() {
    let place = Place::new();
    let tokens = place.open();
    for bad in ["", "  ", "a\nb", &"x".repeat(65)] {
        assert!(matches!(tokens.create(bad, Role::Viewer, None), Err(TokenError::Subject(_))), "{bad:?}");
    }
    assert!(tokens.list().unwrap().is_empty());
}

#[tokio::test]
async fn the_local_token_is_made_once() {
    let place = Place::new();
    let tokens = place.open();
    let path = place.path.with_file_name("token");
    let secret = tokens.ensure_local(&path, "ada").unwrap();
    assert_eq!(mode(&path), 0o600);
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("{}\n", secret.expose()));
    assert_eq!(tokens.authenticate(secret.expose()).await.unwrap().role, Role::Admin);
    assert_eq!(place.open().ensure_local(&path, "ada").unwrap(), secret);
    assert_eq!(tokens.list().unwrap().len(), 1);
    assert!(tokens.list().unwrap()[0].local);
}

#[tokio::test]
async fn the_local_token_is_renewed() {
    let place = Place::new();
    let tokens = place.open();
    let path = place.path.with_file_name("token");
    let first = tokens.ensure_local(&path, "ada").unwrap();
    fs::remove_file(&path).unwrap();
    let lost = tokens.ensure_local(&path, "ada").unwrap();
    assert_ne!(first, lost);
    assert!(tokens.authenticate(first.expose()).await.is_none());
    tokens.revoke(&tokens.list().unwrap()[0].id).unwrap();
    let revoked = tokens.ensure_local(&path, "ada").unwrap();
    assert_ne!(lost, revoked);
    // Another's token in the file is not taken for the local one.
    let (_, viewer) = tokens.create("ada", Role::Viewer, None).unwrap();
    fs::write(&path, viewer.expose()).unwrap();
    let renewed = tokens.ensure_local(&path, "ada").unwrap();
    assert_eq!(tokens.authenticate(renewed.expose()).await.unwrap().role, Role::Admin);
    assert!(tokens.authenticate(viewer.expose()).await.is_some());
    assert_eq!(tokens.list().unwrap().iter().filter(|token| token.local).count(), 1);
    set_mode(&path, 0o644);
    assert!(matches!(tokens.ensure_local(&path, "ada"), Err(TokenError::Exposed { .. })));
}
