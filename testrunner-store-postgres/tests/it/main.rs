//! What the store promises: the shared suite, and what is PostgreSQL's alone. Where no server is found all tests are
//! ignored and say so, but for `TESTRUNNER_REQUIRE_SERVICES`, with which they fail.

mod conformance;
mod copy;
mod handles;
mod outage;
mod pooled;
mod private;
mod refusals;
mod server;
mod stores;
mod texts;

use std::process::ExitCode;

use libtest_mimic::Arguments;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = conformance::trials();
    trials.extend(copy::trials());
    trials.extend(handles::trials());
    trials.extend(outage::trials());
    trials.extend(pooled::trials());
    trials.extend(refusals::trials());
    trials.extend(texts::trials());
    libtest_mimic::run(&arguments, trials).exit_code()
}
