//! What the queue promises, against a real broker: the shared suite, and what is RabbitMQ's alone.
//!
//! The broker is named by `TESTRUNNER_TEST_AMQP`, or is on its usual port of this machine. Without it the tests are
//! ignored and say so, but for `TESTRUNNER_REQUIRE_SERVICES`, with which they fail.

mod bench;
mod conformance;
mod figures;
mod holding;
mod noise;
mod outages;
mod refusals;
mod stage;

use std::process::ExitCode;

use libtest_mimic::Arguments;

use crate::bench::trial;

fn main() -> ExitCode {
    let mut trials = conformance::trials();
    trials.extend([
        trial("holding::who_does_not_wait_holds_nothing", holding::who_does_not_wait_holds_nothing),
        trial("holding::who_goes_away_gives_back", holding::who_goes_away_gives_back),
        trial("holding::later_does_not_spin", holding::later_does_not_spin),
        trial("holding::no_more_is_offered_than_can_wake", holding::no_more_is_offered_than_can_wake),
        trial("noise::every_testrun_runs_once_whatever_is_in_the_queue", noise::every_testrun_runs_once),
        trial("noise::garbage_is_removed_and_counted", noise::garbage_is_removed_and_counted),
        trial("outages::a_cut_connection_loses_nothing", outages::a_cut_connection_loses_nothing),
        trial("outages::an_old_delivery_is_settled_quietly", outages::an_old_delivery_is_settled_quietly),
        trial("outages::a_queue_emptied_and_deleted_is_made_anew", outages::a_queue_deleted_is_made_anew),
        trial("outages::a_broker_may_come_late", outages::a_broker_may_come_late),
        trial("outages::a_silent_broker_holds_nobody_up", outages::a_silent_broker_holds_nobody_up),
        trial("refusals::another_queue_of_that_name", refusals::another_queue_of_that_name),
        trial("refusals::a_wrong_password_is_not_shown", refusals::a_wrong_password_is_not_shown),
        trial("refusals::a_virtual_host_that_is_not_there", refusals::a_virtual_host_that_is_not_there),
        trial("figures", figures::print).with_ignored_flag(true),
    ]);
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
