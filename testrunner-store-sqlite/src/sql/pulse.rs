//! What the bells of other processes look at.

use sqlx::SqliteConnection;
use testrunner_core::doorbell::Topic;
use testrunner_core::{Seq, TestrunId};

use super::changes;
use crate::error::Result;
use crate::rows::int_list;

/// Says that items became ready, that stop marks were set. Returns both counters.
pub(crate) async fn beat(conn: &mut SqliteConnection, work: bool, stops: bool) -> Result<(i64, i64)> {
    let mut rows = sqlx::query_as(
        "UPDATE pulse SET work = work + ?1, stops = stops + ?2 WHERE id = 1 RETURNING work, stops",
    )
    .bind(work)
    .bind(stops)
    .fetch_all(conn)
    .await?;
    Ok(rows.pop().unwrap_or_default())
}

/// A number that changes whenever another connection commits, whatever it is.
pub(crate) async fn data_version(conn: &mut SqliteConnection) -> Result<i64> {
    Ok(sqlx::query_scalar("PRAGMA data_version").fetch_one(conn).await?)
}

/// What stands behind each of these topics now: a number that grows with every ring. -1: there is nothing.
pub(crate) async fn read(conn: &mut SqliteConnection, topics: &[Topic]) -> Result<Vec<(Topic, i64)>> {
    let (work, stops): (i64, i64) =
        sqlx::query_as("SELECT work, stops FROM pulse WHERE id = 1").fetch_one(&mut *conn).await?;
    let runs = topics.iter().filter_map(|topic| match topic {
        Topic::Run(run) => Some(run.0),
        Topic::Work | Topic::Stops | Topic::Runs => None,
    });
    let seqs: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT k.value, coalesce(c.last_seq, -1)
         FROM json_each(?1) AS k LEFT JOIN run_counters c ON c.run = k.value",
    )
    .bind(int_list(runs))
    .fetch_all(&mut *conn)
    .await?;
    let mut found: Vec<(Topic, i64)> =
        seqs.into_iter().map(|(run, seq)| (Topic::Run(TestrunId(run)), Seq(seq).0)).collect();
    found.push((Topic::Work, work));
    found.push((Topic::Stops, stops));
    found.push((Topic::Runs, changes::last(conn).await?));
    Ok(found)
}
