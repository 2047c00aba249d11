//! Watching a Testrun on a server to its end.

use std::path::PathBuf;
use std::time::Duration;

use testrunner_core::Report;
use testrunner_core::testrun::Testrun;

use crate::cli::Format;
use crate::exit_code::Exit;
use crate::failure::{Failure, Result};
use crate::interrupt::Interrupts;
use crate::ledger::{Ledger, Step};
use crate::output::json::TestrunWithCases;
use crate::output::junit;
use crate::output::outage::Outage;
use crate::output::teller::{Manner, Teller};
use crate::place::Place;

/// How often the live area is drawn.
const TICK: Duration = Duration::from_millis(100);

/// How a Testrun is watched.
#[derive(Debug)]
pub(crate) struct Watch {
    /// What happens is told as it does, not only the end.
    pub(crate) live: bool,
    pub(crate) format: Format,
    pub(crate) slow: Option<Duration>,
    pub(crate) junit: Option<PathBuf>,
}

/// Watches until the Testrun has ended, or a signal comes: then it goes on alone.
///
/// # Errors
/// The server was away for too long, or the end cannot be told.
pub(crate) async fn watch(ledger: &Ledger, run: Testrun, watch: Watch, place: &Place) -> Result<Exit> {
    let mut interrupts = Interrupts::listen()?;
    let manner = Manner {
        format: watch.format,
        about: format!("on {}", place.server().unwrap_or_default()),
        slots: None,
        slow: watch.slow,
        show: place.command(&format!("show {}", run.id())),
    };
    let mut teller = Teller::begin(&run, manner);
    let followed = tokio::select! {
        biased;
        exit = interrupts.next() => Err(left_alone(&run, exit, place)),
        followed = follow(ledger, &run, &mut teller, watch.live) => followed,
    };
    let (report, run) = match followed {
        Ok(ended) => ended,
        Err(failure) => {
            teller.give_up();
            return Err(failure);
        }
    };
    let schedule = ledger.schedule(&run, None).await?;
    let cases = match teller.wants_cases() {
        true => Some(TestrunWithCases::new(&run, schedule, ledger.cases(&run).await?)),
        false => None,
    };
    teller.end(&run, &report, schedule, cases.as_ref()).close()?;
    if let Some(path) = &watch.junit {
        junit::write(path, &ledger.junit(run.id()).await?)?;
    }
    Ok(Exit::of(run.status(), run.reason()))
}

async fn follow(
    ledger: &Ledger,
    run: &Testrun,
    teller: &mut Teller,
    live: bool,
) -> Result<(Report, Testrun)> {
    let mut report = Report::default();
    let mut events = ledger.events(run.id())?;
    let mut outage = Outage::default();
    let mut ticks = tokio::time::interval(TICK);
    loop {
        tokio::select! {
            biased;
            _ = ticks.tick() => teller.tick(run, &report),
            step = events.next() => match step {
                None => break,
                Some(Err(failure)) => return Err(failure),
                Some(Ok(Step::Waiting(why))) => outage.begins(&why).iter().for_each(|text| teller.notice(text)),
                Some(Ok(Step::Event(event))) => {
                    outage.over().iter().for_each(|text| teller.notice(text));
                    report.apply(&event);
                    if live {
                        teller.event(run, &report, &event);
                    }
                }
            },
        }
    }
    Ok((report, ledger.get_patiently(run.id()).await?))
}

fn left_alone(run: &Testrun, exit: Exit, place: &Place) -> Failure {
    let id = run.id();
    Failure::detached(exit, format!("Testrun {id} goes on without being watched"))
        .hint(format!("to stop it: {}", place.command(&format!("cancel {id}"))))
}
