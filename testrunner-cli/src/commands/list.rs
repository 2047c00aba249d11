//! `testrunner list`

use testrunner_core::store::ListQuery;
use testrunner_core::testrun::{Summary, TestrunDocument};

use crate::cli::{Format, ListArgs};
use crate::exit_code::Exit;
use crate::failure::Result;
use crate::ledger::{Ledger, Listed};
use crate::output::clean::{one_line, shorten};
use crate::output::json;
use crate::output::screen::{Screen, say};
use crate::output::style::{self, paint};
use crate::output::table::table;
use crate::output::words;
use crate::place::Place;

pub(super) async fn list(args: ListArgs, place: &Place) -> Result<Exit> {
    let ledger = Ledger::open(place).await?;
    let query = ListQuery {
        statuses: args.status.into_iter().collect(),
        username: args.username.clone(),
        ..ListQuery::default()
    };
    let listed = ledger.list(&query, args.number).await;
    ledger.close().await;
    let Some(Listed { rows, more }) = listed? else {
        if args.format == Format::Human {
            say("There are no Testruns yet. `testrunner run` makes one.");
        }
        return Ok(Exit::Passed);
    };
    let mut screen = Screen::new();
    match args.format {
        Format::Json => {
            rows.iter().for_each(|row| json::document(&mut screen, &TestrunDocument::from(row)));
        }
        Format::Human if rows.is_empty() => say("There are no such Testruns."),
        Format::Human => print(&mut screen, &rows, more),
    }
    screen.close()?;
    Ok(Exit::Passed)
}

fn print(screen: &mut Screen, rows: &[Summary], more: bool) {
    let lines = table(&["ID", "STATUS", "CREATED", "USER", "FILES", "CASES", "TIME"], rows.iter().map(cells));
    let mut lines = lines.into_iter();
    if let Some(header) = lines.next() {
        screen.line(&paint(style::DIM, header).to_string());
    }
    for (line, row) in lines.zip(rows) {
        // The first such word is the column's: before it stands only a number.
        let word = row.status.to_string();
        let coloured = paint(style::of_status(row.status), &word).to_string();
        screen.line(&line.replacen(&word, &coloured, 1));
    }
    if more && screen.is_terminal() {
        say(&paint(style::DIM, "… and older ones; -n shows more").to_string());
    }
}

fn cells(run: &Summary) -> Vec<String> {
    let status = match run.reason {
        Some(reason) => format!("{} ({reason})", run.status),
        None => run.status.to_string(),
    };
    let files = match run.status.is_terminal() {
        true => run.files.total.to_string(),
        false => format!("{}/{}", run.files.done(), run.files.total),
    };
    let time = run.started_at.zip(run.finished_at).map(|(from, to)| words::time(to.since(from)));
    vec![
        run.id.to_string(),
        status,
        words::moment(run.created_at),
        shorten(&one_line(&run.username), 24),
        files,
        // Of what has not ended, nothing yet is not none.
        match run.status.is_terminal() || run.cases.total() > 0 {
            true => anstream::adapter::strip_str(&words::cases(&run.cases)).to_string(),
            false => String::new(),
        },
        time.unwrap_or_default(),
    ]
}
