//! Advisory locks: few, named, and each store's own, for one database may hold several. Those of transactions need
//! no session, so that they work through any proxy.

use sqlx::PgConnection;
use testrunner_core::Digest;

use crate::error::Result;

/// What is locked until the end of the transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lock {
    /// The schema is looked at and changed.
    Schema,
    /// What Testruns have in common, bytes and texts, is looked for (shared) or removed (alone).
    Common,
    /// Ended Testruns are chosen by age and removed.
    Prune,
}

/// How.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    Shared,
    Alone,
}

impl Lock {
    /// Waits for the lock, of the schema that the connection works on.
    pub(crate) async fn take(self, conn: &mut PgConnection, how: Use) -> Result<()> {
        let name = match self {
            Self::Schema => "schema",
            Self::Common => "common",
            Self::Prune => "prune",
        };
        let statement = match how {
            Use::Shared => {
                "SELECT pg_advisory_xact_lock_shared(hashtextextended('testrunner ' || $1 || ' ' || \
                 current_setting('search_path'), 0))"
            }
            Use::Alone => {
                "SELECT pg_advisory_xact_lock(hashtextextended('testrunner ' || $1 || ' ' || \
                 current_setting('search_path'), 0))"
            }
        };
        sqlx::query(statement).bind(name).execute(conn).await?;
        Ok(())
    }
}

/// The lock that a process holds as long as it lives.
pub(crate) fn of_process(schema: &str, process: &str) -> i64 {
    let [a, b, c, d, e, f, g, h, ..] =
        Digest::of(format!("testrunner process {schema} {process}").as_bytes()).0;
    i64::from_be_bytes([a, b, c, d, e, f, g, h])
}
