//! SIGKILL: what returned `Ok` is there afterwards, and what the dead held is free.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use testrunner_core::store::{ClaimRequest, EventLimit};
use testrunner_core::{FailReason, ItemState, Seq, Status, Store, TestrunId, WorkStore};
use testrunner_store_sqlite::SqliteStore;
use testrunner_testkit::store::factory::{self, claim_by, log};

use crate::folder::{Folder, submit, try_submit};

const DATABASE: &str = "TESTRUNNER_TEST_DATABASE";

/// This very program as another process that runs only [`child`].
fn spawn(folder: &Folder) -> Child {
    // By this name it is found also when a build has just replaced it.
    let linux = Path::new("/proc/self/exe");
    let this = if linux.exists() { Ok(linux.to_owned()) } else { std::env::current_exe() };
    let mut command = Command::new(this.expect("this program"));
    command.args(["--exact", "kill::child", "--ignored", "--nocapture"]);
    command.env(DATABASE, folder.database()).stdout(Stdio::piped()).stderr(Stdio::null());
    command.spawn().expect("spawn")
}

/// Reports on stdout what was acknowledged, as `kind number seq`, until it is killed.
#[tokio::test]
#[ignore = "the other process of the tests below; does nothing by itself"]
async fn child() {
    let Ok(path) = std::env::var(DATABASE) else { return };
    let store = SqliteStore::open(path).await.expect("open");
    let pinned = store.create(&factory::directory(2, store.process())).await.expect("create").run.id();
    say("pinned", pinned, 1);
    let request = ClaimRequest { process: Some(store.process()), ..claim_by("child", 1) };
    let lease = store.claim(&request).await.expect("claim").leases.swap_remove(0);
    for from_n in 0.. {
        let events = [log(lease.files[0], vec![b'x'; 5_000])];
        let batch = testrunner_core::store::Batch { from_n, events: &events };
        let appended = store.append(lease.key, batch).await.expect("append");
        say("appended", pinned, appended.last_seq.0);
        say("created", try_submit(&store, 3).await.expect("submit").id, 1);
        if from_n == 3 {
            let lease = store.claim(&request).await.expect("claim").leases.swap_remove(0);
            say("claimed", lease.run, lease.key.item.0);
        }
    }
}

#[expect(clippy::print_stdout, reason = "the way to the parent")]
fn say(kind: &str, run: TestrunId, number: i64) {
    println!("\n{kind} {run} {number}");
}

/// What the child acknowledged before it was killed: (kind, Testrun, number).
fn kill_after(mut child: Child, lines: usize) -> Vec<(String, TestrunId, i64)> {
    let out = BufReader::new(child.stdout.take().expect("stdout"));
    let mut said = Vec::new();
    for line in out.lines() {
        let line = line.expect("a line");
        let mut words = line.split(' ');
        if let (Some(kind @ ("pinned" | "appended" | "created" | "claimed")), Some(run), Some(number)) =
            (words.next(), words.next(), words.next())
        {
            said.push((kind.to_owned(), run.parse().expect("a number"), number.parse().expect("a number")));
        }
        if said.len() == lines {
            child.kill().expect("kill");
        }
    }
    child.wait().expect("the child ends");
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_and_the_dead_hold_nothing() {
    let folder = Folder::new();
    let child = spawn(&folder);
    let said = tokio::task::spawn_blocking(move || kill_after(child, 60)).await.expect("said");
    assert!(said.len() >= 60, "{said:?}");
    let store = folder.open().await;
    store.check().await.expect("sound");
    let pinned = said[0].1;
    for (kind, run, number) in &said {
        let run = store.get(*run).await.expect("what was acknowledged is there");
        match kind.as_str() {
            "appended" => assert!(run.summary.last_seq.0 >= *number),
            "created" => assert_eq!(run.files.len(), 3),
            _ => {}
        }
    }
    let run = store.get(pinned).await.expect("get");
    assert_eq!((run.status(), run.reason()), (Status::Failed, Some(FailReason::WorkerLost)));
    let page = store.events(pinned, Seq(0), EventLimit { events: 10_000, bytes: usize::MAX }).await;
    let page = page.expect("events");
    assert!(page.terminal);
    assert!((1..).zip(&page.events).all(|(seq, event)| event.seq.0 == seq), "dense");
    // The shared lease of the dead process was taken back at open, long before its time.
    let (_, run, item) = said.iter().find(|(kind, ..)| kind == "claimed").expect("a claim");
    let items = store.items(*run).await.expect("items");
    let item = items.iter().find(|other| other.id.0 == *item).expect("the item");
    assert_eq!((item.state, item.lost), (ItemState::Ready, 1));
    store.reap(10).await.expect("reap");
    let files = std::fs::read_dir(folder.path().join("ledger.db.processes")).expect("a folder").count();
    assert_eq!(files, 1, "only the living have a file");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_write_at_the_same_time() {
    let folder = Folder::new();
    let store = folder.open().await;
    let child = spawn(&folder);
    let other = tokio::task::spawn_blocking(move || kill_after(child, 150));
    let mut mine = Vec::new();
    let mut slowest = Duration::ZERO;
    while !other.is_finished() {
        let begun = Instant::now();
        mine.push(submit(&store, 3).await.id);
        slowest = slowest.max(begun.elapsed());
    }
    let said = other.await.expect("said");
    for run in mine.iter().copied().chain(said.iter().map(|(_, run, _)| *run)) {
        assert_eq!(store.get(run).await.expect("get").id(), run);
    }
    // Neither is kept out until its patience is over.
    assert!(slowest < Duration::from_secs(10), "{slowest:?}");
    store.check().await.expect("sound");
}
