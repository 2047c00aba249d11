//! Through a proxy that gives each transaction any of its connections.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use libtest_mimic::Trial;
use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;
use testrunner_core::doorbell::{Topic, Wake};
use testrunner_core::{ManualClock, Store};
use testrunner_testkit::store::{Case, StoreHarness, cases};

use crate::private::{command, server_user};
use crate::server::{Server, trial_unless};
use crate::stores::{options, submit};

const SOON: Duration = Duration::from_secs(20);
/// Nouns that a proxy could make a difference to.
const NOUNS: &[&str] =
    &["claim", "pin", "fence", "file", "stop", "events", "changes", "storage", "run_state"];
/// Too much for one more time.
const LARGE: &[&str] = &["ten_thousand_items_are_each_claimed_once", "who_missed_changes_is_told"];

pub(crate) fn trials() -> Vec<Trial> {
    let missing = pgbouncer().is_none().then_some("pgbouncer");
    vec![
        trial_unless(missing, "pooled::the_suite_is_passed", |server| Box::pin(suite(server))),
        trial_unless(missing, "pooled::it_is_found_out", |server| Box::pin(found_out(server))),
    ]
}

fn pgbouncer() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH")?).collect();
    folders.push("/usr/sbin".into());
    folders.into_iter().map(|folder| folder.join("pgbouncer")).find(|program| program.is_file())
}

/// A proxy of a test's own.
struct Proxy {
    child: Child,
    url: String,
    _folder: TempDir,
}

impl Proxy {
    /// `ignored`: settings that it lets pass without a word, and does not keep.
    async fn start(server: &Server, ignored: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its number").port();
        let there = server.url().split_once('@').map_or("127.0.0.1:5432/postgres", |(_, there)| there);
        let (place, database) = there.split_once('/').unwrap_or((there, "postgres"));
        let (host, to) = place.split_once(':').unwrap_or((place, "5432"));
        let file = folder.path().join("proxy.ini");
        let text = format!(
            "[databases]\n* = host={host} port={to}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = 8\n\
             ignore_startup_parameters = {ignored}\n"
        );
        std::fs::write(&file, text.replace("* = host", &format!("{database} = user=postgres host")))
            .expect("its settings");
        let user = server_user(folder.path());
        let mut program = command(&pgbouncer().expect("pgbouncer"), user);
        program.arg("-q").arg(&file).stdout(Stdio::null()).stderr(Stdio::null());
        let child = program.spawn().expect("pgbouncer");
        let url = format!("postgres://postgres@127.0.0.1:{port}/{database}");
        let this = Self { child, url, _folder: folder };
        let end = tokio::time::Instant::now() + SOON;
        while PgConnection::connect(&this.url).await.is_err_and(|error| matches!(error, sqlx::Error::Io(_))) {
            assert!(tokio::time::Instant::now() < end, "the proxy does not come");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        this
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Pooled {
    server: Arc<Server>,
    url: String,
}

#[async_trait]
impl StoreHarness for Pooled {
    async fn fresh(&self, clock: ManualClock) -> Arc<dyn Store> {
        self.server.fresh();
        self.reopen(clock).await
    }

    async fn reopen(&self, clock: ManualClock) -> Arc<dyn Store> {
        let options = options(&self.server.last()).clock(Arc::new(clock));
        let store = options.open(&self.url).await.expect("open");
        assert!(store.is_pooled(), "the proxy was not noticed");
        Arc::new(store)
    }
}

async fn suite(server: Arc<Server>) {
    let proxy = Proxy::start(&server, "").await;
    let harness = Pooled { server, url: proxy.url.clone() };
    let wanted = |case: &Case<Pooled>| NOUNS.contains(&case.noun) && !LARGE.contains(&case.name);
    for case in cases::<Pooled>().into_iter().filter(wanted) {
        (case.run)(&harness).await;
    }
}

/// Also where the proxy swallows what it is told; and what others do is noticed without a connection that listens.
async fn found_out(server: Arc<Server>) {
    let proxy = Proxy::start(&server, "extra_float_digits, options").await;
    let schema = server.fresh();
    let open = || options(&schema).open(&proxy.url);
    let (one, two) = (open().await.expect("open"), open().await.expect("open"));
    assert!(one.is_pooled() && two.is_pooled());
    let mut listener = one.doorbell().listen(Topic::Work);
    submit(&two, 1).await;
    assert_eq!(listener.rung(SOON).await, Wake::Resync);
    assert_eq!(one.backlog(9).await.expect("backlog").ready, 1);
    for store in [one, two] {
        store.close().await;
    }
}
