//! `testrunner junit`

use std::path::Path;

use testrunner_core::TestrunId;

use crate::exit_code::Exit;
use crate::failure::Result;
use crate::ledger::Ledger;
use crate::output::junit;
use crate::output::screen::Screen;
use crate::place::Place;

pub(super) async fn junit(id: TestrunId, file: Option<&Path>, place: &Place) -> Result<Exit> {
    if let Some(file) = file {
        junit::check_target(file)?;
    }
    let ledger = Ledger::open(place).await?;
    let document = ledger.junit(id).await;
    ledger.close().await;
    let document = document?;
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
