//! Which Testruns a query asks for. One filter leads through its index, the others look at what it finds; the
//! planner, which knows nothing of the data, would often choose worse.

use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use testrunner_core::Status;
use testrunner_core::store::{LabelQuery, ListQuery, StatusCounts};

use crate::error::Result;
use crate::rows::Cells;

/// More than so many Testruns are not sorted for one page.
const FEW: u32 = 2_000;

/// The numbers of those that match, newest first, at most `limit`.
pub(crate) async fn ids(conn: &mut SqliteConnection, asked: &ListQuery, limit: i64) -> Result<Vec<i64>> {
    let mut query = QueryBuilder::<Sqlite>::new("SELECT id FROM (");
    let arms = match arms(asked).as_slice() {
        [Arm::Time] if !is_short(conn, asked).await? => vec![Arm::LongTime],
        _ => arms(asked),
    };
    for (n, arm) in arms.into_iter().enumerate() {
        query.push(if n > 0 { " UNION ALL " } else { "" });
        query.push("SELECT * FROM (SELECT t.id AS id FROM ");
        arm.push_from(&mut query);
        push_filters(&mut query, asked, arm);
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
    let most = if asked.limit == 0 { i64::MAX - 1 } else { i64::from(asked.limit) };
    let mut query =
        QueryBuilder::<Sqlite>::new("SELECT status, count(*) AS n FROM (SELECT t.status AS status FROM ");
    // Whatever status was asked for, what else leads there does.
    let asked = &ListQuery { statuses: Vec::new(), ..asked.clone() };
    let arm = match arms(asked).swap_remove(0) {
        // All reasons are counted at once.
        Arm::Reason(_) => Arm::All,
        arm => arm,
    };
    if matches!(arm, Arm::All) && asked.reasons.is_empty() && asked.text.is_none() {
        return counts_of_all(conn, most).await;
    }
    arm.push_from(&mut query);
    push_filters(&mut query, asked, arm);
    // In the order of the index that leads there, of which the end is the newest.
    if !matches!(arm, Arm::Time) {
        query.push(" ORDER BY ").push(arm.number()).push(" DESC");
    }
    query.push(" LIMIT ").push_bind(most + 1).push(") GROUP BY status");
    let rows = query.build().fetch_all(conn).await?;
    let mut counts = StatusCounts::default();
    for row in &rows {
        counts.add(row.word("status")?, row.number("n")?);
    }
    counts.more = i64::try_from(counts.total()).is_ok_and(|total| total > most);
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

/// What leads to the rows.
#[derive(Clone, Copy, Debug)]
enum Arm<'a> {
    Label(&'a LabelQuery),
    User,
    Reason(&'static str),
    Status(&'static str),
    /// A time in which few were created.
    Time,
    /// A time in which many were created.
    LongTime,
    All,
}

/// One for each part of the answer; each part is in order.
fn arms(asked: &ListQuery) -> Vec<Arm<'_>> {
    if let Some(label) = asked.labels.first() {
        return vec![Arm::Label(label)];
    }
    if asked.username.is_some() {
        return vec![Arm::User];
    }
    let distinct = |mut words: Vec<&'static str>| {
        words.sort_unstable();
        words.dedup();
        words
    };
    if !asked.reasons.is_empty() {
        let words = distinct(asked.reasons.iter().map(<&str>::from).collect());
        return words.into_iter().map(Arm::Reason).collect();
    }
    if !asked.statuses.is_empty() {
        let words = distinct(asked.statuses.iter().map(<&str>::from).collect());
        return words.into_iter().map(Arm::Status).collect();
    }
    if asked.created_from.is_some() || asked.created_before.is_some() {
        return vec![Arm::Time];
    }
    vec![Arm::All]
}

impl Arm<'_> {
    /// The column that holds the number in the order of the index.
    const fn number(self) -> &'static str {
        match self {
            Self::Label(_) => "l.run",
            Self::User | Self::Reason(_) | Self::Status(_) | Self::Time | Self::LongTime | Self::All => {
                "t.id"
            }
        }
    }

    /// Tables and the first condition.
    fn push_from(self, query: &mut QueryBuilder<Sqlite>) {
        match self {
            Self::Label(LabelQuery { key, value }) => {
                query.push("labels l INDEXED BY ");
                query.push(if value.is_some() { "labels_by_value" } else { "labels_by_key" });
                query.push(" CROSS JOIN testruns t ON t.id = l.run WHERE l.key = ").push_bind(key.clone());
                if let Some(value) = value {
                    query.push(" AND l.value = ").push_bind(value.clone());
                }
            }
            Self::User => {
                query.push("testruns t INDEXED BY testruns_by_user WHERE TRUE");
            }
            Self::Reason(word) => {
                query.push("testruns t INDEXED BY testruns_by_reason WHERE t.reason = ").push_bind(word);
            }
            Self::Status(word) => {
                query.push("testruns t INDEXED BY testruns_by_status WHERE t.status = ").push_bind(word);
            }
            Self::Time => {
                query.push("testruns t INDEXED BY testruns_by_creation WHERE TRUE");
            }
            Self::LongTime => {
                query.push("testruns t INDEXED BY testruns_in_time WHERE TRUE");
            }
            Self::All => {
                query.push("testruns t WHERE TRUE");
            }
        }
    }
}

/// Whether so few were created in this time that they can be sorted.
async fn is_short(conn: &mut SqliteConnection, asked: &ListQuery) -> Result<bool> {
    let found: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM (SELECT 1 FROM testruns INDEXED BY testruns_by_creation
                               WHERE created_at >= ?1 AND created_at < ?2 LIMIT ?3)",
    )
    .bind(asked.created_from.map_or(i64::MIN, |from| from.0))
    .bind(asked.created_before.map_or(i64::MAX, |before| before.0))
    .bind(FEW)
    .fetch_one(conn)
    .await?;
    Ok(found < i64::from(FEW))
}

/// All but status and place, and but for what leads there already.
fn push_filters(query: &mut QueryBuilder<Sqlite>, asked: &ListQuery, arm: Arm<'_>) {
    push_list(query, " AND t.reason IN (", asked.reasons.iter().map(<&str>::from));
    if let Some(username) = &asked.username {
        query.push(" AND t.username = ").push_bind(username.clone());
    }
    let leads = usize::from(matches!(arm, Arm::Label(_)));
    for LabelQuery { key, value } in asked.labels.iter().skip(leads) {
        query.push(" AND EXISTS (SELECT 1 FROM labels WHERE run = t.id AND key = ").push_bind(key.clone());
        if let Some(value) = value {
            query.push(" AND value = ").push_bind(value.clone());
        }
        query.push(")");
    }
    if let Some(from) = asked.created_from {
        query.push(" AND t.created_at >= ").push_bind(from.0);
    }
    if let Some(before) = asked.created_before {
        query.push(" AND t.created_at < ").push_bind(before.0);
    }
    if let Some(text) = &asked.text {
        // `lower` knows A to Z only, as was promised.
        let part = text.to_ascii_lowercase();
        query.push(" AND (CAST(t.id AS TEXT) = ").push_bind(text.clone());
        query.push(" OR instr(lower(t.username), ").push_bind(part.clone());
        query.push(") OR EXISTS (SELECT 1 FROM labels WHERE run = t.id AND (instr(lower(key), ");
        query.push_bind(part.clone()).push(") OR instr(lower(value), ").push_bind(part.clone());
        query.push("))) OR EXISTS (SELECT 1 FROM files WHERE run = t.id AND instr(lower(path), ");
        query.push_bind(part).push(")))");
    }
}

fn push_list(
    query: &mut QueryBuilder<Sqlite>,
    begin: &str,
    words: impl ExactSizeIterator<Item = &'static str>,
) {
    if words.len() == 0 {
        return;
    }
    query.push(begin);
    let mut list = query.separated(", ");
    for word in words {
        list.push_bind(word);
    }
    query.push(")");
}
