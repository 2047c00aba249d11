//! What Testruns are found by: users, labels and paths, each text once. Triggers of the schema keep them.

use sqlx::SqliteConnection;

use crate::error::Result;
use crate::rows::int_list;

/// Fewer letters than this are no whole part of the index.
const LETTERS: usize = 3;
/// So many uses are gone through for one answer.
pub(crate) const RARE: u32 = 5_000;

/// The texts that have this part, whether its letters A to Z are capital or small; so many at the most.
pub(crate) async fn with_part(conn: &mut SqliteConnection, part: &str, most: u32) -> Result<Vec<i64>> {
    // The index takes more letters for the same than we do, so what it finds is looked at.
    let lower = part.to_ascii_lowercase();
    // To it, text ends at a zero character.
    if part.chars().count() < LETTERS || part.contains('\0') {
        let query = sqlx::query_scalar("SELECT id FROM texts WHERE instr(lower(text), ?1) LIMIT ?2");
        return Ok(query.bind(lower).bind(most).fetch_all(conn).await?);
    }
    let phrase = format!("\"{}\"", lower.replace('"', "\"\""));
    let query = sqlx::query_scalar(
        "SELECT t.id FROM text_parts p CROSS JOIN texts t ON t.id = p.rowid
         WHERE p.text_parts MATCH ?3 AND instr(lower(t.text), ?1) LIMIT ?2",
    );
    Ok(query.bind(lower).bind(most).bind(phrase).fetch_all(conn).await?)
}

/// Whether few Testruns have one of these texts.
pub(crate) async fn are_rare(conn: &mut SqliteConnection, texts: &[i64]) -> Result<bool> {
    let uses: u32 = sqlx::query_scalar(
        "SELECT count(*) FROM (SELECT 1 FROM json_each(?1) AS j CROSS JOIN text_uses u ON u.text = j.value LIMIT ?2)",
    )
    .bind(int_list(texts.iter().copied()))
    .bind(RARE + 1)
    .fetch_one(conn)
    .await?;
    Ok(uses <= RARE)
}
