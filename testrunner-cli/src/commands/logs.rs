//! `testrunner logs`

use testrunner_core::Seq;
use testrunner_core::event::{Event, EventBody};
use testrunner_core::testrun::Testrun;

use crate::cli::LogsArgs;
use crate::exit_code::Exit;
use crate::failure::{Failure, Result};
use crate::ledger::{Ledger, Step};
use crate::output::outage::Outage;
use crate::output::screen::{Screen, say};
use crate::output::words;
use crate::place::Place;

pub(super) async fn logs(args: &LogsArgs, place: &Place) -> Result<Exit> {
    let ledger = Ledger::open(place).await?;
    let printed = print_from(&ledger, args).await;
    ledger.close().await;
    printed
}

async fn print_from(ledger: &Ledger, args: &LogsArgs) -> Result<Exit> {
    let run = ledger.get(args.id).await?;
    let file = args.file.as_deref().map(|path| index(&run, path)).transpose()?;
    let mut screen = Screen::new();
    let last = if args.follow { Seq(i64::MAX) } else { run.summary.last_seq };
    let mut events = ledger.events(args.id)?;
    let (mut position, mut outage) = (Seq(0), Outage::default());
    while position < last
        && !screen.is_closed()
        && let Some(step) = events.next().await
    {
        match step? {
            Step::Event(event) => {
                outage.over().into_iter().for_each(say);
                position = event.seq;
                print(&mut screen, &event, file);
            }
            Step::Waiting(why) => outage.begins(&why).iter().for_each(|text| say(text)),
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
