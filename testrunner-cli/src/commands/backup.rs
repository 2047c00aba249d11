//! `testrunner backup`

use std::path::Path;

use crate::exit_code::Exit;
use crate::failure::{Failure, Result};
use crate::output::screen::Screen;
use crate::output::words;
use crate::place::Place;

/// Copies the database to a file.
pub(super) async fn backup(file: &Path, place: &Place) -> Result<Exit> {
    if place.server_is_named() {
        return Err(Failure::usage("`backup` copies the data of this machine, not of a server")
            .hint("leave --server out; --data-dir names the data folder"));
    }
    let Some(store) = place.open_existing().await? else {
        return Err(Failure::usage(format!("there is no database in {}", place.folder().display())));
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
