//! `testrunner junit`

use std::path::Path;

use testrunner_core::{Store as _, TestrunId};

use super::with_store_of;
use crate::exit_code::Exit;
use crate::failure::Result;
use crate::output::screen::Screen;
use crate::output::{junit, log};
use crate::place::Place;

pub(super) async fn junit(id: TestrunId, file: Option<&Path>, place: &Place) -> Result<Exit> {
    if let Some(file) = file {
        junit::check_target(file)?;
    }
    let document = with_store_of(id, place, async |store| {
        let run = store.get(id).await?;
        junit::document(&run, &log::report(store, id).await?)
    });
    let document = document.await?;
    match file {
        Some(file) => junit::write(file, &document)?,
        None => {
            let mut screen = Screen::new();
            screen.bytes(&document);
            screen.close()?;
        }
    }
    Ok(Exit::Passed)
}
