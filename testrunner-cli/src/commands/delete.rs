//! `testrunner delete`

use testrunner_core::{Engine, EngineError, StoreErrorKind, TestrunId};
use testrunner_store_sqlite::SqliteStore;

use super::with_store_of;
use crate::exit_code::Exit;
use crate::failure::{Failure, Result};
use crate::output::screen::{Screen, say};
use crate::place::Place;

/// Deletes what can be; the first refusal decides the exit code.
pub(super) async fn delete(ids: &[TestrunId], place: &Place) -> Result<Exit> {
    let Some(first) = ids.first() else { return Ok(Exit::Passed) };
    with_store_of(*first, place, async |store| delete_from(store, ids, place).await).await
}

async fn delete_from(store: &SqliteStore, ids: &[TestrunId], place: &Place) -> Result<Exit> {
    let engine = Engine::builder(store.clone()).build()?;
    let mut screen = Screen::new();
    let mut refused = None;
    for id in ids {
        match engine.delete(*id).await {
            Ok(()) => screen.line(&format!("Testrun {id} is deleted")),
            Err(error) => {
                let failure = explain(error, *id, place);
                say(&failure.text());
                refused.get_or_insert(failure.exit);
            }
        }
    }
    screen.close()?;
    Ok(refused.unwrap_or(Exit::Passed))
}

fn explain(error: EngineError, id: TestrunId, place: &Place) -> Failure {
    let running = matches!(&error, EngineError::Store(error) if error.kind() == StoreErrorKind::Conflict);
    let failure = Failure::from(error);
    if running {
        failure.hint(format!("stop it first: {}", place.command(&format!("cancel {id}"))))
    } else {
        failure
    }
}
