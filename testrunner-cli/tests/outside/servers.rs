//! Two servers on one database: any of them serves everything, and one of them does not even run tests.

use std::process::{Command, Stdio};

use libtest_mimic::Trial;
use serde_json::Value;

use crate::Result;
use crate::postgres::trial;
use crate::server::{Server, until};

const HANGS: &str = "import time\ndef test_it():\n    time.sleep(600)\n";
const PASSES: &str = "def test_it():\n    print('seen by both')\n";

pub(crate) fn trials() -> Vec<Trial> {
    vec![trial("servers::any_of_two_serves_everything", |databases| {
        Box::pin(async move {
            let url = databases.fresh().await?;
            tokio::task::spawn_blocking(move || both(&url)).await?
        })
    })]
}

fn both(database: &str) -> Result {
    let front = Server::start_with(&["--store", database], &["--slots", "0"])?;
    let back = Server::start_with(&["--store", database], &["--slots", "2"])?;

    // What one accepts the other runs, and both tell it alike.
    let run = front.submit(PASSES)?;
    let (here, there) = (events(&front, run)?, events(&back, run)?);
    assert_eq!(here, there);
    assert_eq!(here.last().map(|event| &event["body"]["to"]), Some(&Value::from("SUCCESS")), "{here:?}");
    let numbers: Vec<i64> = here.iter().filter_map(|event| event["seq"].as_i64()).collect();
    assert_eq!(numbers, (1..=i64::try_from(here.len())?).collect::<Vec<_>>(), "dense");

    // A stop that one hears reaches the tests of the other.
    let run = back.submit(HANGS)?;
    front.wait(run, "RUNNING")?;
    front.post(&format!("/api/v1/testruns/{run}/cancel"))?;
    assert_eq!(back.wait(run, "FAILED")?["reason"], "cancelled");

    // Each tells of the workers of all.
    until("the other's worker is listed", || {
        let workers = front.get("/api/v1/workers")?["workers"].clone();
        let known =
            workers.as_array().is_some_and(|workers| workers.iter().any(|worker| worker["slots"] == 2));
        Ok(known.then_some(()))
    })?;

    // A token that is made in the database is known to both, until it is revoked.
    let (secret, said) = command(database, &["token", "create", "--role", "viewer", "--name", "ada"])?;
    for server in [&front, &back] {
        assert_eq!(server.status("/api/v1/testruns", secret.trim())?, 200);
    }
    let id = said.split_whitespace().nth(1).ok_or("the token's id is said")?;
    command(database, &["token", "revoke", id])?;
    for server in [&front, &back] {
        until("it is no longer known", || {
            Ok((server.status("/api/v1/testruns", secret.trim())? == 401).then_some(()))
        })?;
    }
    Ok(())
}

/// The whole stream of a Testrun, to its end.
fn events(server: &Server, run: i64) -> Result<Vec<Value>> {
    let text = server.stream(&format!("/api/v1/testruns/{run}/events"))?;
    let data = text.lines().filter_map(|line| line.strip_prefix("data:"));
    let told = data.filter_map(|data| serde_json::from_str::<Value>(data).ok());
    Ok(told.filter(|event| event["seq"].is_i64()).collect())
}

/// What a command prints, and what it says beside.
fn command(database: &str, args: &[&str]) -> Result<(String, String)> {
    let folder = tempfile::tempdir()?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_testrunner"));
    command.arg("--data-dir").arg(folder.path()).args(["--store", database]).args(args).stdin(Stdio::null());
    let done = command.env_remove("TESTRUNNER_SERVER").env_remove("TESTRUNNER_TOKEN").output()?;
    let (printed, said) = (String::from_utf8(done.stdout)?, String::from_utf8(done.stderr)?);
    if done.status.success() { Ok((printed, said)) } else { Err(format!("{args:?}: {said}").into()) }
}
