//! `testrunner copy`

use testrunner_core::copy::{Copied, CopyError, Copying};

use crate::cli::CopyArgs;
use crate::exit_code::Exit;
use crate::failure::{Failure, Result};
use crate::output::clean::one_line;
use crate::output::copying::Copyings;
use crate::output::screen::Screen;
use crate::output::words;
use crate::place::Place;
use crate::storage::Storage;

/// Copies a whole database into another one, and checks both.
pub(super) async fn copy(args: CopyArgs, place: &Place) -> Result<Exit> {
    place.refuse_server(
        "`copy` copies databases, not a server's data",
        "; --from and --to name the databases",
    )?;
    if place.store_is_named() {
        return Err(
            Failure::usage("`copy` takes its databases from --from and --to").hint("leave --store out")
        );
    }
    let (from, to) = (place.with_store(args.from), place.with_store(args.to));
    if is_same(&from, &to) {
        return Err(
            Failure::usage("--from and --to name the same database").hint("name another one to copy into")
        );
    }
    let source = from.open_existing().await.map_err(|failure| failure.hint(hint("--from")))?;
    let Some(source) = source else {
        return Err(
            Failure::usage(format!("there is no database {}", from.ledger())).hint("is --from right?")
        );
    };
    let copied = match to.open().await.map_err(|failure| failure.hint(hint("--to"))) {
        Err(failure) => Err(failure),
        Ok(target) => {
            let copied = between(&source, &target, args.with_open).await;
            target.close().await;
            copied
        }
    };
    source.close().await;
    tell(&copied?)
}

fn hint(option: &str) -> String {
    format!("is {option} right? look closer with `testrunner doctor --store …`")
}

/// Whether both are one. Two addresses of one server are not found out: such a copy finds nothing to do.
fn is_same(from: &Place, to: &Place) -> bool {
    match (from.database(), to.database()) {
        (Some(from), Some(to)) => {
            from == to || from.canonicalize().ok().is_some_and(|it| to.canonicalize().ok() == Some(it))
        }
        (None, None) => from.ledger() == to.ledger(),
        _ => false,
    }
}

async fn between(from: &Storage, to: &Storage, with_open: bool) -> Result<Copied> {
    let screen = Copyings::begin();
    let line = screen.clone();
    let copying = Copying::new(from.archive(), to.archive())
        .with_open(with_open)
        .on_progress(move |progress| line.draw(progress));
    let copied = copying.run().await;
    screen.end();
    copied.map_err(|error| failure(&error))
}

fn failure(error: &CopyError) -> Failure {
    let message = error.to_string();
    match error {
        CopyError::Open { .. } => Failure::usage(message).hint(
            "let them end, or cancel them; --with-open copies them too, once no server and no worker uses the source",
        ),
        CopyError::Pinned { .. } => Failure::usage(message).hint("let it end, or cancel it, then copy"),
        CopyError::Differs { .. } => {
            Failure::usage(message).hint("nothing was copied; name a database that has no Testruns of its own")
        }
        _ => Failure::infrastructure(message).hint("what was copied is kept: the same command goes on from there"),
    }
}

fn tell(copied: &Copied) -> Result<Exit> {
    let mut screen = Screen::new();
    copied.findings.iter().for_each(|finding| screen.line(&one_line(finding)));
    let count = |n: u64, noun| words::count(usize::try_from(n).unwrap_or(usize::MAX), noun);
    let mut text = format!(
        "{}, {}, {} copied",
        count(copied.testruns, "Testrun"),
        count(copied.events, "event"),
        words::bytes(copied.bytes)
    );
    if copied.known > 0 {
        text.push_str(&format!(" ({} there already)", copied.known));
    }
    let exit = match copied.findings.len() {
        0 => {
            text.push_str("; both sides checked");
            Exit::Passed
        }
        findings => {
            text.push_str(&format!("; {} on checking both sides", words::count(findings, "finding")));
            Exit::Infrastructure
        }
    };
    screen.line(&text);
    if !copied.open.is_empty() {
        let open = words::count(copied.open.len(), "Testrun");
        screen.line(&format!("{open} not ended: to go on in the target, and no longer in the source"));
    }
    screen.close()?;
    Ok(exit)
}
