//! Which Testruns a query asks for. One filter leads through its index, the others look at what it finds; the
//! planner, which knows nothing of the data, would often choose worse.

use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use testrunner_core::Status;
use testrunner_core::store::{ListQuery, StatusCounts};

use super::arms::{self, Arm, push_filters, push_list};
use crate::error::Result;
use crate::rows::Cells;

/// The numbers of those that match, newest first, at most `limit`.
pub(crate) async fn ids(conn: &mut SqliteConnection, asked: &ListQuery, limit: i64) -> Result<Vec<i64>> {
    // A Testrun can have several of the texts.
    let mut query = QueryBuilder::<Sqlite>::new("SELECT DISTINCT id FROM (");
    for (n, arm) in arms::of_page(conn, asked).await?.into_iter().enumerate() {
        query.push(if n > 0 { " UNION ALL " } else { "" });
        query.push("SELECT * FROM (SELECT t.id AS id FROM ");
        arm.push_from(&mut query);
        push_filters(&mut query, asked, &arm);
        push_list(&mut query, " AND t.status IN (", asked.statuses.iter().map(<&str>::from));
        if let Some(before) = asked.before {
            query.push(" AND ").push(arm.number()).push(" < ").push_bind(before.0);
        }
        query.push(" ORDER BY ").push(arm.number()).push(" DESC LIMIT ").push_bind(limit).push(")");
    }
    query.push(") ORDER BY id DESC LIMIT ").push_bind(limit);
    Ok(query.build_query_scalar().fetch_all(conn).await?)
}

/// How many there are of each status, whatever status and place was asked for; of so many as are to be counted.
pub(crate) async fn counts(conn: &mut SqliteConnection, asked: &ListQuery) -> Result<StatusCounts> {
    let most = i64::try_from(asked.most_counted()).unwrap_or(i64::MAX - 1);
    if asked.has_no_filter() {
        return counts_of_all(conn, most).await;
    }
    // Whatever status was asked for, what else leads there does.
    let asked = &ListQuery { statuses: Vec::new(), ..asked.clone() };
    let (arm, more) = arms::of_counts(conn, asked).await?;
    let mut query =
        QueryBuilder::<Sqlite>::new("SELECT status, count(*) AS n FROM (SELECT t.status AS status FROM ");
    arm.push_from(&mut query);
    push_filters(&mut query, asked, &arm);
    // In the order of the index that leads there, of which the end is the newest.
    if !matches!(arm, Arm::Time | Arm::Texts(..)) {
        query.push(" ORDER BY ").push(arm.number()).push(" DESC");
    }
    query.push(" LIMIT ").push_bind(most + 1).push(") GROUP BY status");
    let rows = query.build().fetch_all(conn).await?;
    let mut counts = StatusCounts { more, ..StatusCounts::default() };
    for row in &rows {
        counts.add(row.word("status")?, row.number("n")?);
    }
    counts.more |= i64::try_from(counts.total()).is_ok_and(|total| total > most);
    Ok(counts)
}

/// Without a filter: so many of each status, in the smallest index.
async fn counts_of_all(conn: &mut SqliteConnection, most: i64) -> Result<StatusCounts> {
    let mut counts = StatusCounts::default();
    for status in Status::ALL {
        let found: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM (SELECT 1 FROM testruns INDEXED BY testruns_by_status WHERE status = ?1 LIMIT ?2)",
        )
        .bind(<&str>::from(status))
        .bind(most + 1)
        .fetch_one(&mut *conn)
        .await?;
        counts.more |= found > most;
        counts.add(status, u64::try_from(found.min(most)).unwrap_or(0));
    }
    Ok(counts)
}
