//! All statements, one module per noun. Everything here works on a connection that is inside the right kind
//! of transaction already; what is to happen is decided in [`verbs`](crate::verbs).

pub(crate) mod archive;
pub(crate) mod arms;
pub(crate) mod backlog;
pub(crate) mod blobs;
pub(crate) mod cases;
pub(crate) mod changes;
pub(crate) mod claims;
pub(crate) mod events;
pub(crate) mod files;
pub(crate) mod items;
pub(crate) mod janitor;
pub(crate) mod leases;
pub(crate) mod listing;
pub(crate) mod pulse;
pub(crate) mod runs;
pub(crate) mod space;
pub(crate) mod summaries;
pub(crate) mod texts;
pub(crate) mod timings;
pub(crate) mod workers;

use sqlx::query_builder::Separated;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use crate::error::Result;

/// Rows in one INSERT. Few different numbers, so that the prepared statements are found again.
const ROWS_AT_ONCE: [usize; 6] = [64, 16, 8, 4, 2, 1];

/// Inserts rows with as few statements as is sensible.
async fn insert_all<T>(
    conn: &mut SqliteConnection,
    into: &str,
    rows: &[T],
    bind: impl Fn(&mut Separated<'_, Sqlite, &'static str>, &T) + Send,
) -> Result<()>
where
    T: Sync,
{
    let mut left = rows;
    for at_once in ROWS_AT_ONCE {
        while left.len() >= at_once {
            let (now, later) = left.split_at(at_once);
            let mut query = QueryBuilder::<Sqlite>::new(into);
            query.push_values(now, |mut tuple, row| bind(&mut tuple, row));
            query.build().execute(&mut *conn).await?;
            left = later;
        }
    }
    Ok(())
}
