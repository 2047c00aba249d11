//! How PostgreSQL goes about each statement of the suite: by an index, so that a store with a million Testruns answers
//! like an empty one. What looks at every row of a table that grows is named here, with the reason.
//!
//! Tables without rows are read as a whole whatever indexes they have; so that is forbidden for the question, and a plan
//! that does it all the same, or goes through a whole index, has no index to go by.

use std::collections::BTreeSet;
use std::sync::Arc;

use driver::{AssertSqlSafe, PgConnection, Row as _};
use libtest_mimic::Trial;
use serde_json::Value;

use crate::PostgresStore;
use crate::proof::statements;
use crate::server::{Server, trial as with_server};

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

/// Indexes over what waits, is held or has not ended: going through one of them takes as long as that is much, however
/// much is stored.
const CURRENT: [&str; 5] =
    ["items_ready", "items_due", "items_leased", "testruns_stopped", "testruns_pinned"];

/// Statements that look at every row, found by a part of them, and why they may.
const SCANS: &[(&str, &str)] = &[
    (
        "strpos(lower(text COLLATE",
        "a search: each text once, of which there are few where Testruns repeat each other",
    ),
    ("DELETE FROM suites", "retention, now and then: suites that are no more"),
    ("DELETE FROM timings", "retention, now and then: one row for each file that there ever was"),
    ("coalesce(sum(octet_length(data)), 0)", "what all takes, for retention by size and for people"),
];

pub(crate) fn trial() -> Trial {
    with_server("no_statement_looks_at_every_row", |server| Box::pin(prove(server)))
}

async fn prove(server: Arc<Server>) {
    let url = server.url();
    let all = tokio::task::spawn_blocking(move || statements(url)).await.expect("the suite");
    let schema = server.fresh();
    let store = PostgresStore::options().schema(schema.as_str()).open(url).await.expect("open");
    let mut conn = server.raw().await;
    let settings = format!(
        "SET search_path = {schema}; SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan"
    );
    driver::raw_sql(AssertSqlSafe(settings)).execute(&mut conn).await.expect("settings");
    let verbs = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"];
    let (mut unexpected, mut met) = (Vec::new(), BTreeSet::new());
    for statement in all.iter().filter(|text| verbs.iter().any(|verb| text.trim_start().starts_with(verb))) {
        let plan = match explain(&mut conn, statement).await {
            Ok(plan) => plan,
            Err(error) => {
                unexpected.push(format!("{statement}\n    {error}"));
                continue;
            }
        };
        let mut whole = Vec::new();
        note_scans(&plan, false, &mut whole);
        match SCANS.iter().find(|(part, _)| statement.contains(part)) {
            _ if whole.is_empty() => {}
            Some((part, _)) => drop(met.insert(*part)),
            None => unexpected.push(format!("{statement}\n    {}", whole.join("\n    "))),
        }
    }
    store.close().await;
    assert!(all.len() > 80, "only {} statements were seen", all.len());
    assert!(unexpected.is_empty(), "{} look at every row:\n\n{}", unexpected.len(), unexpected.join("\n\n"));
    assert_eq!(met.len(), SCANS.len(), "what is named here and looks at no more than it needs: take it out");
}

/// The plan of a statement, whatever its parameters will be. Their types must follow from the statement.
async fn explain(conn: &mut PgConnection, statement: &str) -> Result<Value, driver::Error> {
    let prepare = format!("PREPARE asked AS {statement}");
    driver::raw_sql(AssertSqlSafe(prepare)).execute(&mut *conn).await?;
    let parameters = (1..).take_while(|n| statement.contains(&format!("${n}"))).count();
    let nothing = vec!["NULL"; parameters].join(", ");
    let arguments = if parameters == 0 { String::new() } else { format!("({nothing})") };
    let explain = format!("EXPLAIN (FORMAT JSON) EXECUTE asked{arguments}");
    let row = driver::raw_sql(AssertSqlSafe(explain)).fetch_one(&mut *conn).await;
    driver::raw_sql("DEALLOCATE asked").execute(conn).await?;
    let text: String = row?.get_unchecked(0);
    let plans: Value = serde_json::from_str(&text).expect("a plan");
    Ok(plans[0]["Plan"].clone())
}

/// Notes the steps that go through a whole table, but for those that end after some rows of an order.
fn note_scans(step: &Value, is_limited: bool, whole: &mut Vec<String>) {
    let text = |key: &str| step[key].as_str().unwrap_or_default();
    let (kind, table) = (text("Node Type"), text("Relation Name"));
    let is_bounded = match kind {
        "Seq Scan" => false,
        "Index Scan" | "Index Only Scan" => {
            is_limited || !text("Index Cond").is_empty() || CURRENT.contains(&text("Index Name"))
        }
        _ => true,
    };
    if !is_bounded && GROWING.contains(&table) {
        whole.push(format!("{kind} on {table} {}{}", text("Index Name"), text("Filter")));
    }
    let is_limited = match kind {
        "Limit" => true,
        // What has to have all before it gives the first asks for all.
        "Sort" | "Aggregate" | "Hash" | "HashAggregate" | "Materialize" | "WindowAgg" => false,
        _ => is_limited,
    };
    for below in step["Plans"].as_array().into_iter().flatten() {
        note_scans(below, is_limited, whole);
    }
}
