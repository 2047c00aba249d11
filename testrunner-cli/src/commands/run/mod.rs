//! `testrunner run`: from paths to an exit code.

mod follow;
mod request;
mod stop;
mod teller;

use std::path::Path;
use std::time::Duration;

use testrunner_core::testrun::Testrun;
use testrunner_core::{Engine, StoreError};
use testrunner_executor_pytest::{Environment, PytestExecutor};
use testrunner_store_sqlite::SqliteStore;

use self::request::Request;
use self::stop::Stopper;
use self::teller::Teller;
use crate::cli::{HowArgs, RerunArgs, RunArgs};
use crate::exit_code::Exit;
use crate::failure::{Failure, Result};
use crate::interrupt::Interrupts;
use crate::output::junit;
use crate::output::live::Spinner;
use crate::place::Place;

/// How long a store may be silent before the run is given up.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) async fn run(args: RunArgs, place: &Place) -> Result<Exit> {
    let (executor, spinner) = executor(&args.how, place)?;
    let request = request::read(&args, &executor)?;
    let store = place.open().await?;
    execute(request, executor, spinner, &args.how, &store, place).await
}

pub(super) async fn rerun(args: RerunArgs, place: &Place) -> Result<Exit> {
    let (executor, spinner) = executor(&args.how, place)?;
    let store = place.open_existing().await?.ok_or_else(|| StoreError::no_testrun(args.id))?;
    match request::again(&args, &store).await {
        Ok(request) => execute(request, executor, spinner, &args.how, &store, place).await,
        Err(failure) => {
            store.close().await;
            Err(failure)
        }
    }
}

fn executor(how: &HowArgs, place: &Place) -> Result<(PytestExecutor, Spinner)> {
    if let Some(path) = &how.junit {
        junit::check_target(path)?;
    }
    let spinner = Spinner::new();
    let mut builder = PytestExecutor::builder().data_folder(place.folder()).on_progress(spinner.teller());
    if let Some(python) = &how.python {
        builder = builder.python(python);
    }
    Ok((builder.build()?, spinner))
}

/// Runs a request to its end, and closes the store.
async fn execute(
    request: Request,
    executor: PytestExecutor,
    spinner: Spinner,
    how: &HowArgs,
    store: &SqliteStore,
    place: &Place,
) -> Result<Exit> {
    // From here on signals are ours: what has begun is brought to an end.
    let mut interrupts = Interrupts::listen()?;
    let environment = tokio::select! {
        found = executor.prepare(&request.root) => found?,
        exit = interrupts.next() => return Err(Failure::interrupted(exit)),
    };
    drop(spinner);
    let begun = Begun { request, executor, environment, interrupts };
    let ended = begun.run(how, store, place).await;
    store.close().await;
    ended
}

/// All that a run needs.
struct Begun {
    request: Request,
    executor: PytestExecutor,
    environment: Environment,
    interrupts: Interrupts,
}

impl Begun {
    /// Submits, runs and tells.
    async fn run(self, how: &HowArgs, store: &SqliteStore, place: &Place) -> Result<Exit> {
        let Self { request, executor, environment, interrupts } = self;
        let engine = Engine::builder(store.clone())
            .own_testruns_only()
            .slots(request.slots)
            .give_up_after(PATIENCE)
            .executor(executor)
            .build()?;
        let slots = request.slots;
        let created = engine.submit(request.spec).await?;
        let teller = Teller::begin(how.format, &created.run, &about(&environment), slots, place);
        engine.start();
        let mut stopper = Stopper::start(engine.clone(), created.run.id(), interrupts);
        let ended = watch(&engine, created.run, teller, &mut stopper, how.junit.as_deref()).await;
        if ended.is_err() {
            engine.halt();
        }
        engine.shutdown(PATIENCE).await;
        ended
    }
}

/// Follows the run to its end and tells it.
async fn watch(
    engine: &Engine,
    run: Testrun,
    mut teller: Teller,
    stopper: &mut Stopper,
    report_to: Option<&Path>,
) -> Result<Exit> {
    let (report, run) = match follow::follow(engine, &run, &mut teller, stopper).await {
        Ok(ended) => ended,
        Err(failure) => {
            teller.give_up();
            return Err(failure);
        }
    };
    // Nothing runs any more when the end is told, however long somebody takes to read it.
    engine.shutdown(PATIENCE).await;
    let cases = teller.cases(engine, &run).await?;
    let told = teller.end(&run, &report, cases.as_ref()).close();
    let written = report_to.map_or(Ok(()), |path| junit::write(path, &junit::document(&run, &report)?));
    told?;
    written?;
    Ok(stopper.asked().unwrap_or_else(|| Exit::of(run.status(), run.reason())))
}

/// What the tests run with, for the header.
fn about(environment: &Environment) -> String {
    let Environment { python_version, pytest_version, origin, .. } = environment;
    format!("Python {python_version} with pytest {pytest_version} ({origin})")
}
