//! `testrunner plan`: how files would be run, without running them.

use std::sync::Arc;

use testrunner_core::{Engine, MemoryStore, Store};

use super::executor;
use super::run::request::{self, Asked};
use crate::cli::{Format, PlanArgs};
use crate::exit_code::Exit;
use crate::failure::Result;
use crate::output::json;
use crate::output::plan::{PlanLine, tell};
use crate::output::screen::Screen;
use crate::place::Place;

pub(super) async fn plan(args: &PlanArgs, place: &Place) -> Result<Exit> {
    place.refuse_server("`plan` tells how tests would run here, not on a server", "")?;
    let executor = executor::pytest(None, 0, place)?;
    let asked = Asked { paths: &args.paths, what: &args.what, jobs: args.jobs, max_log: None };
    let request = request::read(&asked, &executor)?;
    let storage = place.open_existing().await?;
    // Where nothing was ever stored, nothing is known, and nothing is made.
    let store: Arc<dyn Store> = match &storage {
        Some(storage) => storage.shared(),
        None => Arc::new(MemoryStore::new()),
    };
    let engine = Engine::builder_shared(store).slots(request.slots).executor(executor).build()?;
    let preview = engine.forecast(&request.spec).await;
    if let Some(storage) = storage {
        storage.close().await;
    }
    let preview = preview?;
    let mut screen = Screen::new();
    match if args.json { Format::Json } else { args.format } {
        Format::Human => tell(&mut screen, &preview),
        Format::Json => json::document(&mut screen, &PlanLine::of(&preview)),
    }
    screen.close()?;
    Ok(Exit::Passed)
}
