//! kill -9 of the server at random instants, under load. Clients outside write down what was acknowledged and each
//! event that they were sent, and come back after each death.

use std::fs::File;
use std::io::Write as _;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use rustix::process::Signal;
use serde_json::{Value, json};
use testrunner_api::NewTestrun;
use testrunner_client::{Client, Content, Upload, UploadFile};
use tokio::task::JoinSet;

use super::check::Checked;
use super::dice::Dice;
use super::victim::{Victim, Whom};
use super::world::World;
use super::{FILES, number, python, say};
use crate::harness::Result;

/// Deaths are before this: long enough to start, to take Testruns and to run some.
const LIFE: Duration = Duration::from_millis(2_000);
/// Nothing may stand still for longer than this once there is a server.
const SOON: Duration = Duration::from_secs(20);
const CHAPTER: u64 = 25;
const PAUSE: Duration = Duration::from_millis(10);

/// Takes `TESTRUNNER_SERVER_DEATH_CYCLES` and `TESTRUNNER_DEATH_SEED`.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_loses_nothing() -> Result {
    let cycles = number("TESTRUNNER_SERVER_DEATH_CYCLES").unwrap_or(15);
    let seed = number("TESTRUNNER_DEATH_SEED").unwrap_or(u64::from(std::process::id()));
    let python = python().await?;
    let (mut dice, mut done, begun) = (Dice::of(seed), 0, Instant::now());
    let (mut sum, mut recovery) = (Checked::default(), Duration::ZERO);
    while done < cycles {
        let world = World::new(&python, &[])?;
        let deaths = CHAPTER.min(cycles - done);
        let (checked, took) = chapter(&world, &mut dice, deaths).await.map_err(|error| {
            format!("TESTRUNNER_DEATH_SEED={seed}: {error}\nthe servers said:\n{}", world.complaints())
        })?;
        done += deaths;
        sum.runs += checked.runs;
        sum.submits += checked.submits;
        sum.events += checked.events;
        sum.verdicts += checked.verdicts;
        recovery = recovery.max(took);
    }
    assert!(
        sum.submits > 0 && sum.events > 0 && sum.verdicts > 0,
        "death came before anything was done: {sum:?}"
    );
    let took = begun.elapsed();
    say(&format!(
        "{cycles} deaths of seed {seed} in {took:?}: {sum:?}, slowest start after a death {recovery:?}"
    ));
    Ok(())
}

/// Deaths over one data folder, then a life in which all comes to its end.
async fn chapter(world: &World, dice: &mut Dice, deaths: u64) -> Result<(Checked, Duration)> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let journal = Arc::new(Journal::new(world)?);
    let mut clients = JoinSet::new();
    let mut slowest = Duration::ZERO;
    for death in 0..deaths {
        let mut server = Victim::start(serve(world, port)?)?;
        let begun = Instant::now();
        let token = ready(world, port).await?;
        slowest = slowest.max(begun.elapsed());
        for n in 0..=dice.below(2) {
            let key = format!("{death}-{n}");
            let (journal, token) = (Arc::clone(&journal), token.clone());
            let files = files(world);
            clients.spawn(async move { submit_and_follow(port, &token, &key, files, &journal).await });
        }
        // The one place where time is the point: death comes at any instant.
        tokio::time::sleep(dice.before(LIFE)).await;
        let whom = dice.one_of(&[Whom::Program, Whom::Program, Whom::Program, Whom::All]);
        if !server.kill(whom)? {
            return Err("the server ended by itself".into());
        }
        server.end(SOON)?;
        let fsck = world.place.run(["fsck"])?;
        if fsck.code != Some(0) {
            return Err(format!("after death {death}: {fsck}").into());
        }
    }
    let mut server = Victim::start(serve(world, port)?)?;
    ready(world, port).await?;
    finish(&mut clients, &journal).await?;
    server.signal(Signal::TERM)?;
    let status = server.end(SOON)?;
    if !status.success() {
        return Err(format!("the last server ended {status}").into());
    }
    Ok((super::nothing_is_left(world).await?, slowest))
}

/// Waits for all clients, as long as anything happens.
async fn finish(clients: &mut JoinSet<Result>, journal: &Journal) -> Result {
    let mut seen = (Instant::now(), journal.lines());
    loop {
        match tokio::time::timeout(PAUSE, clients.join_next()).await {
            Ok(None) => return Ok(()),
            Ok(Some(ended)) => ended??,
            Err(_) if journal.lines() != seen.1 => seen = (Instant::now(), journal.lines()),
            Err(_) if seen.0.elapsed() > SOON => {
                return Err(
                    format!("{} clients are stuck: nothing happens for {SOON:?}", clients.len()).into()
                );
            }
            Err(_) => {}
        }
    }
}

fn serve(world: &World, port: u16) -> Result<Command> {
    let bind = format!("127.0.0.1:{port}");
    let mut command = world.place.command(["serve", "-j", "2", "--drain", "10s", "--bind", &bind]);
    command.arg("--python").arg(world.python()).stdin(Stdio::null()).stdout(Stdio::null());
    world.surround(command)
}

/// Waits until the server answers, and tells the token.
async fn ready(world: &World, port: u16) -> Result<String> {
    let http = reqwest::Client::new();
    let begun = Instant::now();
    while begun.elapsed() < SOON {
        if let Ok(answer) = http.get(format!("http://127.0.0.1:{port}/readyz")).send().await
            && answer.status().is_success()
        {
            return Ok(std::fs::read_to_string(world.place.data().join("token"))?.trim().to_owned());
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(format!("the server does not answer within {SOON:?}").into())
}

/// What is uploaded: tests write down that they were executed, outside of all that dies.
fn files(world: &World) -> Vec<UploadFile> {
    let conftest = format!(
        "import os\ndef executed():\n    names = ('TESTRUNNER_RUN', 'TESTRUNNER_FILE', 'TESTRUNNER_EPOCH')\n    \
         with open({:?}, 'a') as journal:\n        \
         journal.write(' '.join(os.environ[name] for name in names) + '\\n')\n",
        world.executions()
    );
    let head = "import os, subprocess, time\nfrom conftest import executed\n";
    let tests = FILES.iter().map(|(path, text)| ((*path).to_owned(), format!("{head}{text}")));
    let all = tests.chain([("conftest.py".to_owned(), conftest)]);
    all.map(|(path, text)| UploadFile { path, content: Content::Bytes(text.into()) }).collect()
}

/// Submits, however often it takes, and reads the events to the end.
async fn submit_and_follow(
    port: u16,
    token: &str,
    key: &str,
    files: Vec<UploadFile>,
    journal: &Journal,
) -> Result {
    let client =
        Client::builder(format!("http://127.0.0.1:{port}")).token(token).patience(SOON * 6).build()?;
    let made = client.submit_with_key(&NewTestrun::default(), &Upload::Files(files), key).await?;
    let run = made.testrun.id.0;
    journal.write(&json!({ "submitted": { "run": run, "key": key } }))?;
    follow(port, token, run, journal).await
}

/// Reads the stream as it is, not through a client that would smooth it: each event once, none left out.
async fn follow(port: u16, token: &str, run: i64, journal: &Journal) -> Result {
    let http = reqwest::Client::new();
    let mut last = 0_i64;
    loop {
        let asked =
            http.get(format!("http://127.0.0.1:{port}/api/v1/testruns/{run}/events")).bearer_auth(token);
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

/// What the clients know.
struct Journal {
    file: Mutex<File>,
    lines: AtomicU64,
}

impl Journal {
    fn new(world: &World) -> Result<Self> {
        Ok(Self { file: Mutex::new(File::create(world.journal())?), lines: AtomicU64::new(0) })
    }

    fn write(&self, line: &Value) -> Result {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(file, "{line}")?;
        self.lines.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn lines(&self) -> u64 {
        self.lines.load(Ordering::Relaxed)
    }
}
