//! `testrunner logs`

use std::time::Duration;

use testrunner_core::event::{Event, EventBody};
use testrunner_core::testrun::Testrun;
use testrunner_core::{Engine, Seq, Store as _};
use testrunner_store_sqlite::SqliteStore;

use super::with_store_of;
use crate::cli::LogsArgs;
use crate::exit_code::Exit;
use crate::failure::{Failure, Result};
use crate::output::screen::{Screen, say};
use crate::output::words;
use crate::place::Place;

/// How often a silent Testrun is checked for a lost worker.
const CHECK: Duration = Duration::from_secs(5);

pub(super) async fn logs(args: &LogsArgs, place: &Place) -> Result<Exit> {
    with_store_of(args.id, place, async |store| print_from(store, args).await).await
}

async fn print_from(store: &SqliteStore, args: &LogsArgs) -> Result<Exit> {
    let run = store.get(args.id).await?;
    let file = args.file.as_deref().map(|path| index(&run, path)).transpose()?;
    let engine = Engine::builder(store.clone()).build()?;
    let mut screen = Screen::new();
    let last = if args.follow { Seq(i64::MAX) } else { run.summary.last_seq };
    let mut events = engine.subscribe(args.id, Seq(0));
    while events.position() < last && !screen.is_closed() {
        match tokio::time::timeout(CHECK, events.next()).await {
            Ok(Some(event)) => print(&mut screen, &event?, file),
            Ok(None) => break,
            // If the program that runs it is gone, this ends the Testrun.
            Err(_) => drop(engine.store().reap(256).await),
        }
    }
    screen.close()?;
    Ok(Exit::Passed)
}

fn index(run: &Testrun, path: &str) -> Result<u32> {
    let wanted = path.trim_start_matches("./");
    let found = (0..).zip(&run.files).find(|(_, record)| record.path == wanted);
    found.map(|(index, _)| index).ok_or_else(|| {
        let names: Vec<&str> = run.files.iter().take(5).map(|record| record.path.as_str()).collect();
        let more = if run.files.len() > names.len() { ", …" } else { "" };
        Failure::usage(format!("Testrun {} has no file {path}", run.id()))
            .hint(format!("its files are {}{more}", names.join(", ")))
    })
}

fn print(screen: &mut Screen, event: &Event, file: Option<u32>) {
    if file.is_some() && event.body.file() != file {
        return;
    }
    match &event.body {
        EventBody::Log(log) => {
            screen.bytes(&log.data);
            // Who follows wants to see it now.
            screen.flush();
        }
        EventBody::Truncated { dropped_bytes, stream, .. } => {
            screen.flush();
            say(&format!("({} of {stream} are not stored here)", words::bytes(*dropped_bytes)));
        }
        _ => {}
    }
}
