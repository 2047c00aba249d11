//! `testrunner run`: from paths to an exit code.

mod follow;
mod repeat;
pub(super) mod request;
mod stop;

use std::time::Duration;

use testrunner_core::testrun::{Testrun, TestrunSpec};
use testrunner_core::{Engine, Report, StoreError, TestrunId};
use testrunner_executor_pytest::{Environment, PytestExecutor};

use self::request::{Asked, Request};
use self::stop::Stopper;
use crate::cli::{HowArgs, RerunArgs, RunArgs};
use crate::exit_code::Exit;
use crate::failure::{Failure, Result};
use crate::interrupt::Interrupts;
use crate::ledger;
use crate::output::json::TestrunWithCases;
use crate::output::junit;
use crate::output::live::Spinner;
use crate::output::teller::{Manner, Teller};
use crate::place::Place;
use crate::storage::Storage;

/// How long a store may be silent before the run is given up.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) async fn run(args: RunArgs, place: &Place) -> Result<Exit> {
    place.refuse_server(
        "`run` runs tests here, not on a server",
        ", or send them there with `testrunner submit`",
    )?;
    let (executor, spinner) = executor(&args.how, place)?;
    let request = request::read(&Asked::from(&args), &executor)?;
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

/// Runs a request to its end, as often as asked, and closes the store.
async fn execute(
    request: Request,
    executor: PytestExecutor,
    spinner: Spinner,
    how: &HowArgs,
    store: &Storage,
    place: &Place,
) -> Result<Exit> {
    // From here on signals are ours: what has begun is brought to an end.
    let mut interrupts = Interrupts::listen()?;
    let environment = tokio::select! {
        found = executor.prepare(&request.root) => found?,
        exit = interrupts.next() => return Err(Failure::interrupted(exit)),
    };
    drop(spinner);
    let kit = Kit { executor, about: about(&environment), slots: request.slots, how, store, place };
    let ended = repeat::repeat(&kit, request.spec, interrupts).await;
    store.close().await;
    ended
}

/// All that a Testrun is run with.
struct Kit<'a> {
    executor: PytestExecutor,
    /// What the tests run with, for the header.
    about: String,
    slots: usize,
    how: &'a HowArgs,
    store: &'a Storage,
    place: &'a Place,
}

/// A Testrun that has ended and was told.
struct Ended {
    run: Testrun,
    report: Report,
    exit: Exit,
    /// Whether it could be told.
    told: Result<()>,
    /// Whether anybody still reads what is told.
    is_read: bool,
}

impl Kit<'_> {
    /// Submits, runs and tells. `round` is said in the header.
    async fn run(&self, spec: TestrunSpec, round: &str, interrupts: Interrupts) -> Result<Ended> {
        let engine = Engine::builder_shared(self.store.shared())
            .own_testruns_only()
            .slots(self.slots)
            .give_up_after(PATIENCE)
            .executor(self.executor.clone())
            .build()?;
        let created = engine.submit(spec).await?;
        let teller = Teller::begin(&created.run, self.manner(created.run.id(), round));
        engine.start();
        let mut stopper = Stopper::start(engine.clone(), created.run.id(), interrupts);
        let ended = watch(&engine, created.run, teller, &mut stopper).await;
        if ended.is_err() {
            engine.halt();
        }
        engine.shutdown(PATIENCE).await;
        ended
    }

    fn manner(&self, id: TestrunId, round: &str) -> Manner {
        Manner {
            format: self.how.format,
            about: format!("{round}{}", self.about),
            slots: Some(self.slots),
            slow: self.how.slow,
            show: self.place.command(&format!("show {id}")),
        }
    }
}

/// Follows the run to its end and tells it.
async fn watch(engine: &Engine, run: Testrun, mut teller: Teller, stopper: &mut Stopper) -> Result<Ended> {
    let (report, run) = match follow::follow(engine, &run, &mut teller, stopper).await {
        Ok(ended) => ended,
        Err(failure) => {
            teller.give_up();
            return Err(failure);
        }
    };
    // Nothing runs any more when the end is told, however long somebody takes to read it.
    engine.shutdown(PATIENCE).await;
    let schedule = report.slot_use.against(&engine.items(run.id()).await?);
    let cases = match teller.wants_cases() {
        true => Some(TestrunWithCases::new(&run, schedule, ledger::cases(&**engine.store(), &run).await?)),
        false => None,
    };
    let mut screen = teller.end(&run, &report, schedule, cases.as_ref());
    screen.flush();
    let is_read = !screen.is_closed();
    let told = screen.close();
    let exit = stopper.asked().unwrap_or_else(|| Exit::of(run.status(), run.reason()));
    Ok(Ended { run, report, exit, told, is_read })
}

/// What the tests run with, for the header.
fn about(environment: &Environment) -> String {
    let Environment { python_version, pytest_version, origin, .. } = environment;
    format!("Python {python_version} with pytest {pytest_version} ({origin})")
}
