//! What queue and bell promise, against a real server: the shared suite, and what is Redis's alone.
//!
//! The server is named by `TESTRUNNER_TEST_REDIS`, or is on its usual port of this machine; tests that stop and start
//! one need the program `redis-server`. Without these the tests are ignored and say so, but for
//! `TESTRUNNER_REQUIRE_SERVICES`, with which they fail.

mod bell;
mod bench;
mod conformance;
mod death;
mod figures;
mod holding;
mod noise;
mod outages;
mod refusals;
mod server;
mod stage;

use std::process::ExitCode;

use libtest_mimic::Arguments;

use crate::bench::trial;
use crate::server::trial as trial_alone;

fn main() -> ExitCode {
    let mut trials = conformance::trials();
    trials.extend([
        trial("holding::who_does_not_wait_holds_nothing", holding::who_does_not_wait_holds_nothing),
        trial("holding::who_goes_away_gives_back", holding::who_goes_away_gives_back),
        trial("holding::later_does_not_spin", holding::later_does_not_spin),
        trial("holding::no_more_is_offered_than_can_wake", holding::no_more_is_offered_than_can_wake),
        trial("death::tickets_of_the_dead_go_to_others", death::tickets_of_the_dead_go_to_others),
        trial("death::names_of_the_dead_are_removed", death::names_of_the_dead_are_removed),
        trial("noise::every_testrun_runs_once_whatever_is_in_the_queue", noise::every_testrun_runs_once),
        trial("noise::garbage_is_removed_and_counted", noise::garbage_is_removed_and_counted),
        trial("outages::a_cut_connection_loses_nothing", outages::a_cut_connection_loses_nothing),
        trial("outages::an_old_delivery_is_settled_quietly", outages::an_old_delivery_is_settled_quietly),
        trial("outages::a_stream_emptied_and_deleted_is_made_anew", outages::a_stream_deleted_is_made_anew),
        trial("outages::a_server_may_come_late", outages::a_server_may_come_late),
        trial("outages::a_silent_server_holds_nobody_up", outages::a_silent_server_holds_nobody_up),
        trial_alone("outages::a_server_may_come_back_empty", outages::a_server_may_come_back_empty),
        trial_alone("outages::a_full_server_is_told", outages::a_full_server_is_told),
        trial("refusals::another_key_of_that_name", refusals::another_key_of_that_name),
        trial_alone("refusals::a_wrong_password_is_not_shown", refusals::a_wrong_password_is_not_shown),
        trial("bell::a_ring_reaches_another_process", bell::a_ring_reaches_another_process),
        trial("bell::a_lost_connection_is_a_resync", bell::a_lost_connection_is_a_resync),
        trial("bell::a_silent_server_is_noticed", bell::a_silent_server_is_noticed),
        trial("bell::many_rings_go_together", bell::many_rings_go_together),
        trial("bell::garbage_rings_for_nobody", bell::garbage_rings_for_nobody),
        trial("bell::an_engine_is_followed_from_another_process", bell::an_engine_is_followed),
        trial("figures", figures::print).with_ignored_flag(true),
    ]);
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
