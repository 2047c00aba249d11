//! `testrunner cancel`

use testrunner_core::TestrunId;
use testrunner_core::store::StopOutcome;

use crate::exit_code::Exit;
use crate::failure::Result;
use crate::ledger::Ledger;
use crate::output::screen::Screen;
use crate::place::Place;

pub(super) async fn cancel(id: TestrunId, place: &Place) -> Result<Exit> {
    let ledger = Ledger::open(place).await?;
    let asked = ledger.cancel(id).await;
    ledger.close().await;
    let told = match asked? {
        StopOutcome::Requested => format!("Testrun {id} is stopping"),
        StopOutcome::AlreadyRequested => format!("Testrun {id} was asked to stop before"),
        StopOutcome::AlreadyTerminal { status } => format!("Testrun {id} has ended already: {status}"),
    };
    let mut screen = Screen::new();
    screen.line(&told);
    screen.close()?;
    Ok(Exit::Passed)
}
