//! What Testruns are found by: users, labels and paths, each text once.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::PgConnection;
use testrunner_core::TestrunId;
use testrunner_core::testrun::FileRecord;

use crate::error::Result;

/// So many uses are gone through for one answer.
pub(crate) const RARE: usize = 2_000;

/// Stores what a new Testrun is found by. To be called under [`Lock::Common`](crate::lock::Lock::Common), so that nobody
/// removes a text that is found.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    run: TestrunId,
    username: &str,
    labels: &BTreeMap<String, String>,
    files: &[FileRecord],
) -> Result<()> {
    let labels = labels.iter().flat_map(|(key, value)| [key.as_str(), value.as_str()]);
    let paths = files.iter().map(|file| file.path.as_str());
    let texts: BTreeSet<&str> = labels.chain(paths).chain([username]).collect();
    let texts: Vec<&str> = texts.into_iter().collect();
    // In one order: two who store the same new texts would else wait for each other.
    sqlx::query(
        "INSERT INTO texts (text) SELECT a.text FROM unnest($1::text[]) WITH ORDINALITY AS a (text, n)
         WHERE NOT EXISTS (SELECT 1 FROM texts t WHERE md5(t.text) = md5(a.text))
         ORDER BY a.n ON CONFLICT (md5(text)) DO NOTHING",
    )
    .bind(&texts)
    .execute(&mut *conn)
    .await?;
    // A statement of its own, which sees what others have stored meanwhile.
    sqlx::query(
        "INSERT INTO text_uses (text, run)
         SELECT t.id, $2 FROM unnest($1::text[]) AS a (text) JOIN texts t ON md5(t.text) = md5(a.text)",
    )
    .bind(&texts)
    .bind(run.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets what a Testrun was found by; returns the texts.
pub(crate) async fn remove(conn: &mut PgConnection, run: TestrunId) -> Result<Vec<i64>> {
    let query = sqlx::query_scalar("DELETE FROM text_uses WHERE run = $1 RETURNING text");
    Ok(query.bind(run.0).fetch_all(conn).await?)
}

/// Removes those of these texts that no Testrun has any more. To be called under
/// [`Lock::Common`](crate::lock::Lock::Common), alone.
pub(crate) async fn drop_unused(conn: &mut PgConnection, texts: &[i64]) -> Result<()> {
    sqlx::query(
        "DELETE FROM texts WHERE id = ANY($1)
            AND NOT EXISTS (SELECT 1 FROM text_uses u WHERE u.text = texts.id)",
    )
    .bind(texts)
    .execute(conn)
    .await?;
    Ok(())
}

/// The texts that have this part, whether its letters A to Z are capital or small; so many at the most.
pub(crate) async fn with_part(conn: &mut PgConnection, part: &str, most: i64) -> Result<Vec<i64>> {
    // In the collation "C" `lower` knows A to Z only, as was promised.
    let query =
        sqlx::query_scalar("SELECT id FROM texts WHERE strpos(lower(text COLLATE \"C\"), $1) > 0 LIMIT $2");
    Ok(query.bind(part.to_ascii_lowercase()).bind(most).fetch_all(conn).await?)
}

/// The Testruns that have one of these texts, if they are few.
pub(crate) async fn few_runs(conn: &mut PgConnection, texts: &[i64]) -> Result<Option<BTreeSet<i64>>> {
    let query = sqlx::query_scalar("SELECT run FROM text_uses WHERE text = ANY($1) LIMIT $2");
    let runs: Vec<i64> = query.bind(texts).bind(RARE as i64 + 1).fetch_all(conn).await?;
    Ok((runs.len() <= RARE).then(|| runs.into_iter().collect()))
}

/// How many Testruns have these texts, each counted for each text; so many at the most.
pub(crate) async fn uses(conn: &mut PgConnection, texts: &[i64], most: i64) -> Result<i64> {
    let query = sqlx::query_scalar(
        "SELECT count(*) FROM (SELECT 1 FROM text_uses WHERE text = ANY($1) LIMIT $2) AS counted",
    );
    Ok(query.bind(texts).bind(most).fetch_one(conn).await?)
}
