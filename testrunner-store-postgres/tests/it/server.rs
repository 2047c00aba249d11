//! The server that the tests use: found, never started. Each test has schemas of its own, which go with it.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::FutureExt as _;
use libtest_mimic::{Completion, Failed, Trial};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

const VARIABLE: &str = "TESTRUNNER_TEST_POSTGRES";
const USUAL: &str = "postgres://postgres@127.0.0.1:5432/postgres";
/// Time for a server to be there.
const SOON: Duration = Duration::from_secs(5);

/// The URL of the server, or why there is none.
pub(crate) fn find() -> Result<&'static str, &'static str> {
    static FOUND: OnceLock<Result<String, String>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        let url = std::env::var(VARIABLE).unwrap_or_else(|_| USUAL.to_owned());
        let connected = runtime().block_on(async {
            tokio::time::timeout(SOON, PgConnection::connect(&url))
                .await
                .map_err(|_| "no answer".to_owned())?
                .map_err(|e| e.to_string())
        });
        match connected {
            Ok(_) => Ok(url),
            Err(why) => Err(format!("no PostgreSQL: {why}; name one by {VARIABLE}")),
        }
    });
    found.as_deref().map_err(String::as_str)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().expect("a runtime")
}

type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

/// As [`trial`], for what also needs programs; `missing` says which are not there.
pub(crate) fn trial_unless(
    missing: Option<&'static str>,
    name: impl Into<String>,
    test: impl FnOnce(Arc<Server>) -> Running + Send + 'static,
) -> Trial {
    match missing {
        None => trial(name, test),
        Some(_) if std::env::var_os("TESTRUNNER_REQUIRE_SERVICES").is_some() => trial(name, test),
        Some(missing) => Trial::ignorable_test(name, move || {
            Ok(Completion::ignored_with(format!("{missing} is not installed")))
        }),
    }
}

/// A test over a server of which it has schemas of its own. It says what is wrong by panicking.
pub(crate) fn trial(
    name: impl Into<String>,
    test: impl FnOnce(Arc<Server>) -> Running + Send + 'static,
) -> Trial {
    Trial::ignorable_test(name, move || match find() {
        Ok(url) => {
            let server = Server::new(url);
            let runtime = runtime();
            let ended = runtime.block_on(async {
                let ended = AssertUnwindSafe(test(Arc::clone(&server))).catch_unwind().await;
                server.tidy().await;
                ended
            });
            runtime.shutdown_timeout(SOON);
            match ended {
                Ok(()) => Ok(Completion::Completed),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Err(why) if std::env::var_os("TESTRUNNER_REQUIRE_SERVICES").is_some() => Err(Failed::from(why)),
        Err(why) => Ok(Completion::ignored_with(why)),
    })
}

/// The server, as one test sees it.
pub(crate) struct Server {
    url: &'static str,
    made: AtomicU64,
}

impl Server {
    pub(crate) fn new(url: &'static str) -> Arc<Self> {
        Arc::new(Self { url, made: AtomicU64::new(0) })
    }

    pub(crate) const fn url(&self) -> &'static str {
        self.url
    }

    /// A name that nobody uses.
    pub(crate) fn fresh(&self) -> String {
        self.made.fetch_add(1, Ordering::Relaxed);
        self.last()
    }

    /// The last such name.
    pub(crate) fn last(&self) -> String {
        self.name(self.made.load(Ordering::Relaxed))
    }

    fn name(&self, n: u64) -> String {
        let test = std::ptr::from_ref(self).addr();
        format!("test_{}_{test:x}_{n}", std::process::id())
    }

    /// A connection that no store knows of.
    pub(crate) async fn raw(&self) -> PgConnection {
        PgConnection::connect(self.url).await.expect("a connection")
    }

    /// Removes the schemas.
    pub(crate) async fn tidy(&self) {
        let mut raw = self.raw().await;
        for n in 1..=self.made.load(Ordering::Relaxed) {
            let drop = format!("DROP SCHEMA IF EXISTS {} CASCADE", self.name(n));
            // A store that was not closed may be at something, and in the way the other way round.
            while let Err(error) = raw.execute(AssertSqlSafe(drop.clone())).await {
                let code = error.as_database_error().and_then(|error| error.code());
                assert_eq!(code.as_deref(), Some("40P01"), "{drop}: {error}");
            }
        }
        raw.close().await.expect("close");
    }
}
