//! kill -9 of the server at random instants, under load. Clients outside write down what was acknowledged and each
//! event that they were sent, and come back after each death.

use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tokio::task::JoinSet;

use super::python;
use super::world::World;
use crate::harness::Result;
use crate::witness::book::Checked;
use crate::witness::dice::Dice;
use crate::witness::files::{FILES, upload};
use crate::witness::follow::{Door, submit_and_follow};
use crate::witness::journal::Journal;
use crate::witness::victim::{Victim, Whom};
use crate::witness::{number, say};

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
        sum.add(checked);
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
    let journal = Arc::new(Journal::new(&world.journal())?);
    let mut clients = JoinSet::new();
    let mut slowest = Duration::ZERO;
    for death in 0..deaths {
        let mut server = Victim::start(serve(world, port)?)?;
        let begun = Instant::now();
        let door = ready(world, port).await?;
        slowest = slowest.max(begun.elapsed());
        for n in 0..=dice.below(2) {
            let key = format!("{death}-{n}");
            let (journal, door) = (Arc::clone(&journal), door.clone());
            let files = upload(FILES, &world.executions());
            clients.spawn(async move { submit_and_follow(&door, &key, files, &journal).await });
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

/// Waits until the server answers, and tells how to come in.
async fn ready(world: &World, port: u16) -> Result<Door> {
    let (http, url) = (reqwest::Client::new(), format!("http://127.0.0.1:{port}"));
    let begun = Instant::now();
    while begun.elapsed() < SOON {
        if let Ok(answer) = http.get(format!("{url}/readyz")).send().await
            && answer.status().is_success()
        {
            let token = std::fs::read_to_string(world.place.data().join("token"))?.trim().to_owned();
            return Ok(Door { url, token });
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(format!("the server does not answer within {SOON:?}").into())
}
