//! `testrunner backup`

use std::path::Path;

use crate::exit_code::Exit;
use crate::failure::{Failure, Result, os_reason};
use crate::output::screen::Screen;
use crate::output::words;
use crate::place::Place;

/// Copies the database to a file.
pub(super) async fn backup(file: &Path, place: &Place) -> Result<Exit> {
    place.refuse_server(
        "`backup` copies a database, not a server's data",
        "; --store or --data-dir names the database",
    )?;
    check_target(file)?;
    let Some(store) = place.open_existing().await? else {
        return Err(Failure::usage(format!("there is no database in {}", place.ledger())));
    };
    let copied = store.backup(file).await;
    store.close().await;
    copied?;
    let size = std::fs::metadata(file).map_or(0, |found| found.len());
    let mut screen = Screen::new();
    screen.line(&format!("copied to {} ({})", file.display(), words::bytes(size)));
    screen.close()?;
    Ok(Exit::Passed)
}

/// Finds out before the copying whether the copy can be put there.
fn check_target(file: &Path) -> Result<()> {
    let shown = file.display();
    if file.is_dir() {
        return Err(Failure::usage(format!("{shown} is a folder")).hint("name a file in it"));
    }
    if file.symlink_metadata().is_ok() {
        return Err(Failure::usage(format!("there is a file {shown} already, and a backup replaces none"))
            .hint("name another file, or take that one away first"));
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    tempfile::tempfile_in(folder).map(drop).map_err(|error| {
        Failure::usage(format!("cannot write to the folder {}: {}", folder.display(), os_reason(&error)))
            .hint("name a file in a folder that is there and that you may write to")
    })
}
