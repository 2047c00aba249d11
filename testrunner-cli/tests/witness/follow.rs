//! A client that writes down what was acknowledged and each event that it is sent, and comes back after each fault.

use std::time::Duration;

use futures_util::StreamExt as _;
use serde_json::{Value, json};
use testrunner_api::NewTestrun;
use testrunner_client::{Client, Upload, UploadFile};

use super::Result;
use super::journal::Journal;

const PAUSE: Duration = Duration::from_millis(10);
/// How long a submit is tried again.
const PATIENCE: Duration = Duration::from_secs(120);
/// A server that is silent for longer than its signs of life allow is asked anew.
const SILENCE: Duration = Duration::from_secs(45);

/// Where to ask, and as whom.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    pub(crate) url: String,
    pub(crate) token: String,
}

/// Submits, however often it takes, and reads the events to the end.
pub(crate) async fn submit_and_follow(
    door: &Door,
    key: &str,
    files: Vec<UploadFile>,
    journal: &Journal,
) -> Result {
    let client = Client::builder(&door.url).token(&door.token).patience(PATIENCE).build()?;
    let made = client.submit_with_key(&NewTestrun::default(), &Upload::Files(files), key).await?;
    let run = made.testrun.id.0;
    journal.write(&json!({ "submitted": { "run": run, "key": key } }))?;
    follow(door, run, journal).await
}

/// Reads the stream as it is, not through a client that would smooth it: each event once, none left out.
async fn follow(door: &Door, run: i64, journal: &Journal) -> Result {
    let http = reqwest::Client::builder().read_timeout(SILENCE).build()?;
    let mut last = 0_i64;
    loop {
        let asked = http.get(format!("{}/api/v1/testruns/{run}/events", door.url)).bearer_auth(&door.token);
        let asked = asked.header("Accept", "text/event-stream").header("Last-Event-ID", last.to_string());
        let Ok(answer) = asked.send().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        match answer.status().as_u16() {
            204 => return Ok(()),
            200 => {}
            429 | 503 => {
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            status => return Err(format!("Testrun {run} after event {last}: {status}").into()),
        }
        let mut body = answer.bytes_stream();
        let mut text = Vec::new();
        // What death cuts off is sent again.
        while let Some(Ok(bytes)) = body.next().await {
            text.extend_from_slice(&bytes);
            while let Some(end) = text.windows(2).position(|two| two == b"\n\n") {
                let block: Vec<u8> = text.drain(..end + 2).collect();
                let block = String::from_utf8(block)?;
                let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
                let Some(data) = field("data: ") else { continue };
                if field("event: ") == Some("end") {
                    return Ok(());
                }
                let id: i64 = field("id: ").ok_or("an event has an id")?.parse()?;
                if id != last + 1 {
                    return Err(format!("Testrun {run}: event {id} came after {last}").into());
                }
                last = id;
                journal.write(&json!({ "event": serde_json::from_str::<Value>(data)? }))?;
            }
        }
    }
}
