//! Three hosts on one machine: a database with a broker and a server, and two workers, each in a network of its own
//! (Linux network namespaces). What fails there fails as it does between machines. Where the rights or a program for
//! it are missing the tests are ignored and say so, but for `TESTRUNNER_REQUIRE_SERVICES`, with which they fail.

mod broker;
mod chaos;
mod check;
mod database;
mod fault;
mod fleet;
mod harm;
mod load;
mod needs;
mod net;
mod proof;
mod speed;
mod sweep;
mod tally;
mod worker;

#[path = "../witness/mod.rs"]
mod witness;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use crate::witness::Result;

fn main() -> ExitCode {
    let proof = || proof::checks_find_what_is_wrong().map_err(|error| Failed::from(error.to_string()));
    let mut trials = vec![
        Trial::test("proof::checks_find_what_is_wrong", proof),
        trial("chaos::nothing_is_lost_between_hosts", chaos::nothing_is_lost_between_hosts),
    ];
    // A measurement, which proves nothing: only for who asks.
    if std::env::var_os("TESTRUNNER_FLEET_SPEED").is_some() {
        trials.push(trial("speed::two_workers_share_the_work", speed::two_workers_share_the_work));
    }
    // Two fleets at once would only wait for each other.
    let arguments = Arguments { test_threads: Some(1), ..Arguments::from_args() };
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial(name: &str, test: fn(&needs::Programs) -> Result) -> Trial {
    Trial::ignorable_test(name, move || match needs::find() {
        Ok(programs) => {
            test(&programs).map(|()| Completion::Completed).map_err(|error| Failed::from(error.to_string()))
        }
        Err(missing) if std::env::var_os("TESTRUNNER_REQUIRE_SERVICES").is_some() => {
            Err(Failed::from(format!("required: {missing}")))
        }
        Err(missing) => Ok(Completion::ignored_with(missing)),
    })
}
