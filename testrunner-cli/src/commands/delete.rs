//! `testrunner delete`

use testrunner_core::TestrunId;

use crate::exit_code::Exit;
use crate::failure::Result;
use crate::ledger::Ledger;
use crate::output::screen::{Screen, say};
use crate::place::Place;

/// Deletes what can be; the first refusal decides the exit code.
pub(super) async fn delete(ids: &[TestrunId], place: &Place) -> Result<Exit> {
    let ledger = Ledger::open(place).await?;
    let mut screen = Screen::new();
    let mut refused = None;
    for id in ids {
        match ledger.delete(*id, place).await {
            Ok(()) => screen.line(&format!("Testrun {id} is deleted")),
            Err(failure) => {
                say(&failure.text());
                refused.get_or_insert(failure.exit);
            }
        }
    }
    ledger.close().await;
    screen.close()?;
    Ok(refused.unwrap_or(Exit::Passed))
}
