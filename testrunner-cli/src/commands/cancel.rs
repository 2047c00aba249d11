//! `testrunner cancel`

use testrunner_core::store::StopOutcome;
use testrunner_core::{Engine, TestrunId};

use super::with_store_of;
use crate::exit_code::Exit;
use crate::failure::Result;
use crate::output::screen::Screen;
use crate::place::Place;

pub(super) async fn cancel(id: TestrunId, place: &Place) -> Result<Exit> {
    let asked = with_store_of(id, place, async |store| {
        let engine = Engine::builder(store.clone()).build()?;
        Ok(engine.cancel(id, &user()).await?)
    });
    let told = match asked.await? {
        StopOutcome::Requested => format!("Testrun {id} is stopping"),
        StopOutcome::AlreadyRequested => format!("Testrun {id} was asked to stop before"),
        StopOutcome::AlreadyTerminal { status } => format!("Testrun {id} has ended already: {status}"),
    };
    let mut screen = Screen::new();
    screen.line(&told);
    screen.close()?;
    Ok(Exit::Passed)
}

fn user() -> String {
    let name = std::env::var("USER").ok().filter(|name| !name.trim().is_empty());
    name.unwrap_or_else(|| "local".to_owned())
}
