//! A PostgreSQL server: found, never started. Each test has databases of its own, which go with it.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::FutureExt as _;
use libtest_mimic::{Completion, Failed, Trial};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

use crate::Result;

const VARIABLE: &str = "TESTRUNNER_TEST_POSTGRES";
const USUAL: &str = "postgres://postgres@127.0.0.1:5432/postgres";
/// Time for a server to be there.
const SOON: Duration = Duration::from_secs(5);

/// The URL of the server, or why there is none.
fn find() -> std::result::Result<&'static str, &'static str> {
    static FOUND: OnceLock<std::result::Result<String, String>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        let url = std::env::var(VARIABLE).unwrap_or_else(|_| USUAL.to_owned());
        let runtime = runtime().map_err(|error| error.to_string())?;
        let connected = runtime.block_on(async {
            let connected = tokio::time::timeout(SOON, PgConnection::connect(&url)).await;
            connected.map_err(|_| "no answer".to_owned())?.map_err(|error| error.to_string())
        });
        match connected {
            Ok(_) => Ok(url),
            Err(why) => Err(format!("no PostgreSQL: {why}; name one by {VARIABLE}")),
        }
    });
    found.as_deref().map_err(String::as_str)
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build()
}

type Running = Pin<Box<dyn Future<Output = Result> + Send>>;

/// A test over a server of which it has databases of its own.
pub(crate) fn trial(
    name: impl Into<String>,
    test: impl FnOnce(Arc<Databases>) -> Running + Send + 'static,
) -> Trial {
    Trial::ignorable_test(name, move || match find() {
        Ok(url) => {
            let databases = Arc::new(Databases { url, made: AtomicU64::new(0) });
            let runtime = runtime()?;
            let ended = runtime.block_on(async {
                let ended = AssertUnwindSafe(test(Arc::clone(&databases))).catch_unwind().await;
                databases.tidy().await.map(|()| ended)
            });
            runtime.shutdown_timeout(SOON);
            match ended.map_err(|error| Failed::from(error.to_string()))? {
                Ok(done) => {
                    done.map(|()| Completion::Completed).map_err(|error| Failed::from(error.to_string()))
                }
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Err(why) if std::env::var_os("TESTRUNNER_REQUIRE_SERVICES").is_some() => Err(Failed::from(why)),
        Err(why) => Ok(Completion::ignored_with(why)),
    })
}

/// The databases of one test.
pub(crate) struct Databases {
    url: &'static str,
    made: AtomicU64,
}

impl Databases {
    /// The URL of a new one.
    pub(crate) async fn fresh(&self) -> Result<String> {
        let name = self.name(self.made.fetch_add(1, Ordering::Relaxed));
        self.run(format!("CREATE DATABASE {name}")).await?;
        let (server, _) = self.url.rsplit_once('/').ok_or("a URL has a path")?;
        Ok(format!("{server}/{name}"))
    }

    fn name(&self, n: u64) -> String {
        format!("test_copy_{}_{:x}_{n}", std::process::id(), std::ptr::from_ref(self).addr())
    }

    async fn run(&self, statement: String) -> Result {
        let mut conn = PgConnection::connect(self.url).await?;
        conn.execute(AssertSqlSafe(statement)).await?;
        Ok(conn.close().await?)
    }

    async fn tidy(&self) -> Result {
        for n in 0..self.made.load(Ordering::Relaxed) {
            self.run(format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name(n))).await?;
        }
        Ok(())
    }
}
