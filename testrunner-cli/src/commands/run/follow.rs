//! Following a run from its first event to its last.

use std::time::{Duration, Instant};

use testrunner_core::testrun::Testrun;
use testrunner_core::{Engine, Report, Seq, StoreError};

use super::PATIENCE;
use super::stop::Stopper;
use crate::failure::{Failure, Result};
use crate::output::teller::Teller;

/// How often the live area is drawn.
const TICK: Duration = Duration::from_millis(100);
/// Wait before a store that did not answer is asked again.
const PAUSE: Duration = Duration::from_millis(200);

/// Tells every event until the run has ended; returns what they add up to, and the Testrun as it ended.
///
/// # Errors
/// The store failed for good.
pub(super) async fn follow(
    engine: &Engine,
    run: &Testrun,
    teller: &mut Teller,
    stopper: &mut Stopper,
) -> Result<(Report, Testrun)> {
    let mut report = Report::default();
    let mut events = engine.subscribe(run.id(), Seq(0));
    let mut ticks = tokio::time::interval(TICK);
    let mut failing: Option<Instant> = None;
    let fault = engine.fault();
    tokio::pin!(fault);
    loop {
        tokio::select! {
            biased;
            fault = &mut fault => return Err(lost(run, &fault)),
            notice = stopper.notice() => teller.notice(&notice),
            _ = ticks.tick() => teller.tick(run, &report),
            event = events.next() => match event {
                None => break,
                Some(Ok(event)) => {
                    failing = None;
                    report.apply(&event);
                    teller.event(run, &report, &event);
                }
                Some(Err(error)) => {
                    let since = *failing.get_or_insert_with(Instant::now);
                    if !error.is_retryable() || since.elapsed() > PATIENCE {
                        return Err(lost(run, &error));
                    }
                    tokio::time::sleep(PAUSE).await;
                }
            },
        }
    }
    Ok((report, engine.get(run.id()).await?))
}

fn lost(run: &Testrun, error: &StoreError) -> Failure {
    Failure::infrastructure(error.to_string()).hint(format!(
        "Testrun {} was given up: results from here on could not be stored, its tests were killed",
        run.id()
    ))
}
