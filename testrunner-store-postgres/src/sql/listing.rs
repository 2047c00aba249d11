//! Which Testruns a query asks for.

use sqlx::{PgConnection, Postgres, QueryBuilder};
use testrunner_core::Status;
use testrunner_core::store::{LabelQuery, ListQuery, StatusCounts};

use super::texts;
use crate::error::Result;
use crate::rows::Cells;

/// For so many texts Testruns are looked up one by one.
const TEXTS: usize = 100;

/// Of the numbers `f`, one by one: the planner cannot know how few they are, and might go through all.
const ONE_BY_ONE: &str =
    " CROSS JOIN LATERAL (SELECT * FROM testruns WHERE id = f.run OFFSET 0) AS t WHERE TRUE";

/// What leads to the rows, where it is not the planner's choice.
enum Lead {
    /// The few Testruns that have the text.
    Runs(Vec<i64>),
    /// The texts that have it, which many Testruns have, and the Testrun that it is the number of. Nothing else is
    /// asked for but a status.
    Texts(Vec<i64>, Option<i64>),
}

/// Where a text leads. So many texts are looked for.
async fn lead(conn: &mut PgConnection, asked: &ListQuery, most: i64) -> Result<Option<Lead>> {
    let Some(text) = asked.text.as_deref().filter(|text| !text.is_empty()) else { return Ok(None) };
    let number = asked.number().map(|run| run.0);
    let found = texts::with_part(conn, text, most).await?;
    if found.len() <= texts::RARE
        && let Some(mut runs) = texts::few_runs(conn, &found).await?
    {
        runs.extend(number);
        return Ok(Some(Lead::Runs(runs.into_iter().collect())));
    }
    Ok(asked.has_text_alone().then_some(Lead::Texts(found, number)))
}

/// The numbers of those that match, newest first, at most `limit`.
pub(crate) async fn ids(conn: &mut PgConnection, asked: &ListQuery, limit: i64) -> Result<Vec<i64>> {
    if is_vain(asked) {
        return Ok(Vec::new());
    }
    let mut query = QueryBuilder::<Postgres>::new("SELECT DISTINCT id FROM (SELECT t.id FROM ");
    match lead(conn, asked, texts::RARE as i64 + 1).await? {
        Some(Lead::Runs(runs)) => {
            push_runs(&mut query, runs);
            push_filters(&mut query, &ListQuery { text: None, ..asked.clone() });
            push_place(&mut query, asked);
        }
        Some(Lead::Texts(texts, number)) if texts.len() <= TEXTS => {
            query.push("unnest(").push_bind(texts).push("::bigint[]) AS x (text) CROSS JOIN LATERAL (");
            query.push("SELECT t.id FROM text_uses u JOIN testruns t ON t.id = u.run WHERE u.text = x.text");
            push_place(&mut query, asked);
            query.push(" ORDER BY u.run DESC LIMIT ").push_bind(limit).push(") AS t");
            query.push(" UNION ALL SELECT t.id FROM testruns t WHERE t.id = ").push_bind(number);
            push_place(&mut query, asked);
        }
        Some(Lead::Texts(..)) | None => {
            query.push("testruns t WHERE TRUE");
            push_filters(&mut query, asked);
            push_place(&mut query, asked);
            query.push(" ORDER BY t.id DESC LIMIT ").push_bind(limit);
        }
    }
    query.push(") AS found ORDER BY id DESC LIMIT ").push_bind(limit);
    Ok(query.build_query_scalar().fetch_all(conn).await?)
}

/// How many there are of each status, whatever status and place was asked for; of so many as are to be counted.
pub(crate) async fn counts(conn: &mut PgConnection, asked: &ListQuery) -> Result<StatusCounts> {
    let mut counts = StatusCounts::default();
    if is_vain(asked) {
        return Ok(counts);
    }
    let most = i64::try_from(asked.most_counted()).unwrap_or(i64::MAX - 1);
    if asked.has_no_filter() {
        return counts_of_all(conn, most).await;
    }
    let mut query = QueryBuilder::<Postgres>::new("SELECT status, count(*) AS n FROM (SELECT t.status FROM ");
    match lead(conn, asked, most + 1).await? {
        Some(Lead::Runs(runs)) => {
            push_runs(&mut query, runs);
            push_filters(&mut query, &ListQuery { text: None, ..asked.clone() });
        }
        Some(Lead::Texts(texts, number)) => {
            // Where not all are counted it does not matter which ones are.
            counts.more = texts::uses(conn, &texts, most + 1).await? > most;
            query
                .push("(SELECT DISTINCT run FROM (SELECT run FROM text_uses WHERE text = ANY(")
                .push_bind(texts);
            query.push(") LIMIT ").push_bind(most + 1).push(") AS u UNION SELECT ").push_bind(number);
            query.push("::bigint) AS f").push(ONE_BY_ONE);
        }
        None => {
            query.push("testruns t WHERE TRUE");
            push_filters(&mut query, asked);
            query.push(" ORDER BY t.id DESC");
        }
    }
    query.push(" LIMIT ").push_bind(most + 1).push(") AS counted GROUP BY status");
    for row in &query.build().fetch_all(conn).await? {
        counts.add(row.word("status")?, row.number("n")?);
    }
    counts.more |= i64::try_from(counts.total()).is_ok_and(|total| total > most);
    Ok(counts)
}

fn push_runs(query: &mut QueryBuilder<Postgres>, runs: Vec<i64>) {
    query.push("unnest(").push_bind(runs).push("::bigint[]) AS f (run)").push(ONE_BY_ONE);
}

/// Status and place.
fn push_place(query: &mut QueryBuilder<Postgres>, asked: &ListQuery) {
    if !asked.statuses.is_empty() {
        let words: Vec<&'static str> = asked.statuses.iter().map(<&str>::from).collect();
        query.push(" AND t.status = ANY(").push_bind(words).push(")");
    }
    if let Some(before) = asked.before {
        query.push(" AND t.id < ").push_bind(before.0);
    }
}

/// Without a filter: so many of each status, in their index.
async fn counts_of_all(conn: &mut PgConnection, most: i64) -> Result<StatusCounts> {
    let mut counts = StatusCounts::default();
    for status in Status::ALL {
        let found: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM (SELECT 1 FROM testruns WHERE status = $1 LIMIT $2) AS counted",
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

/// Text of the database cannot hold the zero character, so nothing matches it.
fn is_vain(asked: &ListQuery) -> bool {
    let labels = asked.labels.iter().flat_map(|label| [Some(&label.key), label.value.as_ref()]);
    let mut texts = labels.chain([asked.username.as_ref(), asked.text.as_ref()]).flatten();
    texts.any(|text| text.contains('\0'))
}

/// All but status and place.
fn push_filters(query: &mut QueryBuilder<Postgres>, asked: &ListQuery) {
    if !asked.reasons.is_empty() {
        let words: Vec<&'static str> = asked.reasons.iter().map(<&str>::from).collect();
        query.push(" AND t.reason = ANY(").push_bind(words).push(")");
    }
    if let Some(username) = &asked.username {
        query.push(" AND t.username = ").push_bind(username.clone());
    }
    for LabelQuery { key, value } in &asked.labels {
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
        // In the collation "C" `lower` knows A to Z only, as was promised.
        let part = text.to_ascii_lowercase();
        query.push(" AND (t.id::text = ").push_bind(text.clone());
        query.push(" OR strpos(lower(t.username COLLATE \"C\"), ").push_bind(part.clone());
        query.push(
            ") > 0 OR EXISTS (SELECT 1 FROM labels WHERE run = t.id AND (strpos(lower(key COLLATE \"C\"), ",
        );
        query.push_bind(part.clone()).push(") > 0 OR strpos(lower(value COLLATE \"C\"), ");
        query.push_bind(part.clone());
        query.push(
            ") > 0)) OR EXISTS (SELECT 1 FROM files WHERE run = t.id AND strpos(lower(path COLLATE \"C\"), ",
        );
        query.push_bind(part).push(") > 0))");
    }
}
