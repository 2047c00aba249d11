//! One Testrun, or as many as were asked for.

use testrunner_core::testrun::TestrunSpec;

use super::{Ended, Kit};
use crate::cli::Format;
use crate::exit_code::Exit;
use crate::failure::Result;
use crate::interrupt::Interrupts;
use crate::output::junit;
use crate::output::repeats::Repeated;
use crate::output::screen::Screen;

/// Runs a specification as often as asked; the exit code and the JUnit report are those of the worst Testrun.
///
/// # Errors
/// A Testrun could not be submitted, watched or told.
pub(super) async fn repeat(kit: &Kit<'_>, mut spec: TestrunSpec, mut interrupts: Interrupts) -> Result<Exit> {
    let how = kit.how;
    let is_repeated = how.repeat.is_some() || how.until_fail;
    let mut worst: Option<Exit> = None;
    let mut repeated = Repeated::default();
    for round in 1.. {
        // Before the old ones are used up, so that no signal falls between two Testruns.
        let next = Interrupts::listen()?;
        let Ended { run, report, exit, told, is_read } =
            kit.run(spec.clone(), &header(kit, round), interrupts).await?;
        interrupts = next;
        spec.retry_of.get_or_insert(run.id());
        if worst.is_none_or(|worst| exit.is_worse_than(worst)) {
            worst = Some(exit);
            if let Some(path) = &how.junit {
                junit::write(path, &testrunner_junit::document(&run, &report)?)?;
            }
        }
        told?;
        if is_repeated {
            repeated.add(&run, &report);
        }
        if !goes_on(kit, round, exit, is_read) {
            break;
        }
        if let Some(exit) = interrupts.waiting() {
            worst = Some(exit);
            break;
        }
        between(kit)?;
    }
    if is_repeated {
        tell(kit, &repeated)?;
    }
    Ok(worst.unwrap_or(Exit::Infrastructure))
}

/// Whether there is another Testrun after one that ended like this.
fn goes_on(kit: &Kit<'_>, round: u32, exit: Exit, is_read: bool) -> bool {
    let most = match kit.how.repeat {
        Some(most) => most,
        // Without a bound, whoever went away would leave it running for ever.
        None if kit.how.until_fail && is_read => u32::MAX,
        None => 1,
    };
    let wanted = match exit {
        Exit::Passed => true,
        Exit::TestsFailed | Exit::NothingRan => !kit.how.until_fail,
        Exit::Usage | Exit::Infrastructure | Exit::Unreachable | Exit::Interrupted | Exit::Terminated => {
            false
        }
    };
    wanted && round < most
}

/// `round 2 of 10, `, for the header.
fn header(kit: &Kit<'_>, round: u32) -> String {
    match (kit.how.repeat, kit.how.until_fail) {
        (Some(most), _) => format!("round {round} of {most}, "),
        (None, true) => format!("round {round}, "),
        (None, false) => String::new(),
    }
}

/// Keeps the Testruns apart for people.
fn between(kit: &Kit<'_>) -> Result<()> {
    let mut screen = Screen::new();
    if kit.how.format == Format::Human {
        screen.line("");
    }
    screen.close()
}

fn tell(kit: &Kit<'_>, repeated: &Repeated) -> Result<()> {
    let mut screen = Screen::new();
    match kit.how.format {
        Format::Human => repeated.tell(&mut screen),
        Format::Json => repeated.document(&mut screen),
    }
    screen.close()
}
