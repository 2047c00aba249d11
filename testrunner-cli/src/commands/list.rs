//! `testrunner list`

use testrunner_core::Store as _;
use testrunner_core::store::ListQuery;
use testrunner_core::testrun::{Summary, TestrunDocument};
use testrunner_store_sqlite::SqliteStore;

use crate::cli::{Format, ListArgs};
use crate::exit_code::Exit;
use crate::failure::Result;
use crate::output::clean::{one_line, shorten};
use crate::output::json;
use crate::output::screen::{Screen, say};
use crate::output::style::{self, paint};
use crate::output::table::table;
use crate::output::words;
use crate::place::Place;

/// Most Testruns that are asked for at once.
const PAGE: u32 = 100;

pub(super) async fn list(args: ListArgs, place: &Place) -> Result<Exit> {
    let Some((rows, more)) = read(&args, place).await? else {
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

/// The Testruns, and whether there are more; `None` when there is no database.
async fn read(args: &ListArgs, place: &Place) -> Result<Option<(Vec<Summary>, bool)>> {
    let Some(store) = place.open_existing().await? else { return Ok(None) };
    let rows = rows(&store, args).await;
    store.close().await;
    rows.map(Some)
}

async fn rows(store: &SqliteStore, args: &ListArgs) -> Result<(Vec<Summary>, bool)> {
    let wanted = usize::try_from(args.number).unwrap_or(usize::MAX);
    let mut query = ListQuery {
        statuses: args.status.into_iter().collect(),
        username: args.username.clone(),
        ..ListQuery::default()
    };
    let mut rows = Vec::new();
    loop {
        query.limit = PAGE.min(args.number);
        let page = store.list(&query).await?;
        rows.extend(page.rows);
        query.before = page.next;
        if page.next.is_none() || rows.len() >= wanted {
            let more = page.next.is_some() || rows.len() > wanted;
            rows.truncate(wanted);
            return Ok((rows, more));
        }
    }
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
        anstream::adapter::strip_str(&words::cases(&run.cases)).to_string(),
        time.unwrap_or_default(),
    ]
}
