//! Whether what is stored fits together. The server checks its pages; what no constraint says is checked here.

use sqlx::PgConnection;

use crate::error::Result;

/// Each counts rows that cannot have been written; with what they are.
const CHECKS: &[(&str, &str)] = &[
    (
        "Testruns without counters",
        "SELECT count(*) FROM testruns t WHERE NOT EXISTS (SELECT 1 FROM run_counters c WHERE c.run = t.id)",
    ),
    (
        "Testruns whose log is not dense",
        "SELECT count(*) FROM run_counters c
         WHERE c.last_seq <> (SELECT count(*) FROM events e WHERE e.run = c.run AND e.seq BETWEEN 1 AND c.last_seq)
            OR EXISTS (SELECT 1 FROM events e WHERE e.run = c.run AND e.seq > c.last_seq)",
    ),
    (
        "events without their Testrun",
        "SELECT count(*) FROM events e WHERE NOT EXISTS (SELECT 1 FROM testruns t WHERE t.id = e.run)",
    ),
    (
        "cases without their event",
        "SELECT count(*) FROM cases c
         WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.run = c.run AND e.seq = c.seq)",
    ),
    (
        "Testruns whose items are counted wrongly",
        "SELECT count(*) FROM run_counters c
         WHERE (c.items_open, c.items_passed, c.items_failed, c.items_cancelled) <> (
             SELECT count(*) FILTER (WHERE state IN ('ready', 'leased')), count(*) FILTER (WHERE state = 'passed'),
                    count(*) FILTER (WHERE state = 'failed'), count(*) FILTER (WHERE state = 'cancelled')
             FROM items i WHERE i.run = c.run)",
    ),
    (
        "Testruns that have ended with open items, or have not without",
        "SELECT count(*) FROM run_counters c JOIN testruns t ON t.id = c.run
         WHERE (c.items_open = 0) <> (t.finished_at IS NOT NULL)",
    ),
    (
        "uploads that are not what was uploaded",
        "SELECT count(*) FROM blobs WHERE sha256(data) <> digest",
    ),
    (
        "changes that are missing",
        "SELECT greatest(0, (SELECT last FROM change_counter) - coalesce(max(n), 0))
              + coalesce(max(n) - min(n) + 1 - count(*), 0) FROM changes",
    ),
];

/// What is wrong, in words. To be read in a transaction of one moment.
pub(crate) async fn findings(conn: &mut PgConnection) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for &(what, statement) in CHECKS {
        let count: i64 = sqlx::query_scalar(statement).fetch_one(&mut *conn).await?;
        if count > 0 {
            found.push(format!("{count} {what}"));
        }
    }
    Ok(found)
}
