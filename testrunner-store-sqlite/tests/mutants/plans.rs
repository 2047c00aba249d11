//! How SQLite goes about each statement of the suite: by an index, so that a store with a million Testruns answers like
//! an empty one. What looks at every row of a table that grows is named here, with the reason.

use std::collections::BTreeSet;

use driver::{AssertSqlSafe, Row as _};

use crate::SqliteStore;
use crate::proof::statements;

/// Tables that grow with what is stored.
const GROWING: [&str; 11] = [
    "testruns",
    "run_counters",
    "labels",
    "files",
    "items",
    "events",
    "cases",
    "blobs",
    "timings",
    "texts",
    "text_uses",
];

/// Statements that look at every row, found by a part of them, and why they may.
const SCANS: &[(&str, &str)] = &[
    (
        "instr(lower(t.username)",
        "a text that very many have: the newest first, which ends after a page; by few at a time",
    ),
    ("FROM texts WHERE instr(lower(text)", "a text of one or two letters: each text is looked at once"),
    ("FROM testruns t WHERE TRUE ORDER BY t.id DESC LIMIT", "the newest first; ends after a page"),
    ("FROM items INDEXED BY items_ready", "in the order of the index; ends after as many as were asked for"),
    ("INDEXED BY items_leased", "what is held: as many as there are slots"),
    ("SELECT process FROM items WHERE state = 'leased'", "what is held: as many as there are slots"),
    ("(SELECT count(*) FROM items WHERE state = 'ready')", "counts what waits, which ends by being done"),
    ("DELETE FROM timings WHERE ran_at", "one row for each file that is known; the janitor's"),
];

/// A step of a plan that goes through a whole table, if it is one that grows.
fn is_scan(step: &str, statement: &str) -> bool {
    let Some(rest) = step.strip_prefix("SCAN ") else { return false };
    let name = rest.split_whitespace().next().unwrap_or_default();
    GROWING.iter().any(|table| {
        name == *table
            || statement.contains(&format!("{table} {name} "))
            || statement.contains(&format!("{table} AS {name}"))
    })
}

#[tokio::test]
async fn no_statement_looks_at_every_row() {
    let all = tokio::task::spawn_blocking(statements).await.expect("the suite");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ledger.db");
    let store = SqliteStore::options().open(&path).await.expect("open");
    let options = driver::sqlite::SqliteConnectOptions::new().filename(&path);
    let mut conn = driver::ConnectOptions::connect(&options).await.expect("connect");
    let verbs = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"];
    let mut unexpected = Vec::new();
    let mut met = BTreeSet::new();
    for statement in all.iter().filter(|text| verbs.iter().any(|verb| text.trim_start().starts_with(verb))) {
        let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let rows = driver::query(explain).fetch_all(&mut conn).await;
        let rows = rows.unwrap_or_else(|error| panic!("{statement}: {error}"));
        let steps: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
        if !steps.iter().any(|step| is_scan(step, statement)) {
            continue;
        }
        match SCANS.iter().find(|(part, _)| statement.contains(part)) {
            Some((part, _)) => drop(met.insert(*part)),
            None => unexpected.push(format!("{statement}\n    {}", steps.join("\n    "))),
        }
    }
    store.close().await;
    assert!(all.len() > 100, "only {} statements were seen", all.len());
    assert!(unexpected.is_empty(), "{} look at every row:\n\n{}", unexpected.len(), unexpected.join("\n\n"));
    assert_eq!(met.len(), SCANS.len(), "what is named here and looks at no more than it needs: take it out");
}
