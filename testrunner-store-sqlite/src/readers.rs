//! The connections that read. What has to look at every Testrun has connections of its own: however many ask for
//! it, and whether or not they wait for the answer, it takes none away from the engine.

use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{Sqlite, SqlitePool, Transaction};
use testrunner_core::store::ListQuery;

use crate::error::Result;

/// How many may look at every Testrun at the same time.
const SCANS: u32 = 2;
/// How long a reader waits for a connection.
const TURN: Duration = Duration::from_secs(30);

/// Which connections a reader gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// For what an index leads to.
    Short,
    /// For what looks at every row.
    Scan,
}

impl Lane {
    /// A text that very many have, or of one or two letters, has no index.
    pub(crate) const fn of(query: &ListQuery) -> Self {
        if query.text.is_some() { Self::Scan } else { Self::Short }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Readers {
    short: SqlitePool,
    scan: SqlitePool,
}

impl Readers {
    /// Opens nothing yet.
    pub(crate) fn new(connect: &SqliteConnectOptions, connections: u32) -> Self {
        let pool = |connections| {
            SqlitePoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(TURN)
                .idle_timeout(None)
                .max_lifetime(None)
                .test_before_acquire(false)
                .connect_lazy_with(connect.clone())
        };
        Self { short: pool(connections.max(1)), scan: pool(SCANS) }
    }

    pub(crate) async fn one(&self, lane: Lane) -> Result<PoolConnection<Sqlite>> {
        Ok(self.pool(lane).acquire().await?)
    }

    /// For several reads that are to see one moment.
    pub(crate) async fn moment(&self, lane: Lane) -> Result<Transaction<'static, Sqlite>> {
        Ok(self.pool(lane).begin().await?)
    }

    pub(crate) async fn close(&self) {
        self.short.close().await;
        self.scan.close().await;
    }

    const fn pool(&self, lane: Lane) -> &SqlitePool {
        match lane {
            Lane::Short => &self.short,
            Lane::Scan => &self.scan,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use testrunner_core::store::ListQuery;
    use testrunner_core::{Store as _, WorkStore as _};
    use testrunner_testkit::store::factory::{self, CONTENT, TTL, claim_by, log};

    use super::{Lane, SCANS};
    use crate::SqliteStore;

    /// Takes all connections of a lane.
    macro_rules! hold {
        ($store:expr, $lane:expr, $count:expr) => {{
            let mut held = Vec::new();
            for _ in 0..$count {
                held.push($store.readers().one($lane).await.expect("a connection"));
            }
            held
        }};
    }

    fn search() -> ListQuery {
        ListQuery { text: Some("test_0".to_owned()), ..ListQuery::default() }
    }

    #[tokio::test]
    async fn who_searches_holds_up_nobody_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let store =
            SqliteStore::options().readers(1).open(folder.path().join("ledger.db")).await.expect("open");
        store.put_blobs(&[CONTENT.to_vec()]).await.expect("put_blobs");
        let run = store.create(&factory::whole(1)).await.expect("create").run.id();
        let held = hold!(store, Lane::Scan, SCANS);
        let query = search();
        let mut searches = [(); 9].map(|()| store.list(&query));
        let mut count = store.counts(&query);
        for search in &mut searches {
            assert!(futures_util::poll!(search.as_mut()).is_pending(), "all lanes are taken");
        }
        assert!(futures_util::poll!(count.as_mut()).is_pending(), "all lanes are taken");
        // All of the engine's, and what is shown beside it, goes on with the one connection that is left.
        let lease = store.claim(&claim_by("w", 1)).await.expect("claim").leases.swap_remove(0);
        store.renew(&[lease.key], TTL).await.expect("renew");
        let batch = testrunner_core::store::Batch { from_n: 0, events: &[log(0, "x")] };
        store.append(lease.key, batch).await.expect("append");
        store.reap(9).await.expect("reap");
        assert_eq!(store.get(run).await.expect("get").id(), run);
        assert_eq!(store.backlog(9).await.expect("backlog").leased, 1);
        assert_eq!(store.list(&ListQuery::default()).await.expect("list").rows.len(), 1);
        assert_eq!(store.counts(&ListQuery::default()).await.expect("counts").total(), 1);
        drop(held);
        for search in searches {
            assert_eq!(search.await.expect("list").rows.len(), 1);
        }
        assert_eq!(count.await.expect("counts").total(), 1);
        store.close().await;
    }

    #[tokio::test]
    async fn a_search_needs_no_connection_of_the_engine() {
        let folder = tempfile::tempdir().expect("a folder");
        let store =
            SqliteStore::options().readers(1).open(folder.path().join("ledger.db")).await.expect("open");
        let held = hold!(store, Lane::Short, 1);
        let found = tokio::time::timeout(Duration::from_secs(20), store.list(&search())).await;
        assert_eq!(found.expect("its own connection").expect("list").rows, []);
        drop(held);
        store.close().await;
    }
}
