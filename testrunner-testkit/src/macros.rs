//! The list of cases, once.

/// Emits one named test for each case of the store suite, over the harness that the expression makes.
///
/// ```text
/// testrunner_testkit::store_conformance!(SqliteHarness::new());
/// ```
#[macro_export]
macro_rules! store_conformance {
    ($harness:expr) => {
        $crate::store_conformance! { @cases tests($harness) }
    };
    (@cases $into:ident($($with:tt)*)) => {
        $crate::store_conformance! { @$into($($with)*)
            claim:
                claim_is_exclusive
                claims_follow_priority_then_sort_key_then_number
                what_is_not_due_is_not_claimed
                every_claim_has_a_larger_epoch
                a_claim_of_named_items_takes_no_other
                a_small_later_run_overtakes_the_tail_of_a_large_one
                open_sessions_are_preferred_within_bounds
                only_executors_at_hand_are_claimed
                an_assignment_carries_what_was_submitted
                ten_thousand_items_are_each_claimed_once;
            pin:
                a_directory_run_is_claimed_only_by_its_process
                shared_items_are_left_alone_unless_wanted
                a_directory_run_needs_its_process
                a_pinned_lease_never_expires
                a_run_ends_with_its_process
                a_run_lives_as_long_as_its_process;
            fence:
                a_reaped_holder_is_fenced
                a_holder_is_fenced_when_another_has_claimed
                the_same_worker_name_does_not_help
                a_force_cancelled_holder_is_fenced
                a_guessed_key_is_fenced
                an_expired_lease_may_be_used_until_taken_over
                reap_and_finish_never_both_win
                reap_and_renew_never_both_win
                concurrent_reapers_count_each_loss_once
                renew_answers_in_order
                a_lease_renewed_in_time_is_never_reaped;
            progress:
                a_lost_worker_costs_one_ttl
                an_item_that_loses_its_workers_too_often_fails
                a_released_item_is_ready_at_once
                infrastructure_failures_come_back_later_and_end
                a_fatal_infrastructure_failure_ends_at_once
                finish_is_safe_to_repeat
                a_refused_finish_stores_nothing
                completed_needs_every_file
                an_item_ends_as_its_files_did
                reap_takes_no_more_than_asked;
            file:
                cases_count_from_file_finished_on
                cases_of_a_lost_epoch_never_count
                finished_files_are_not_given_again
                a_file_has_one_result
                holders_write_only_about_their_own_files
                history_remembers_the_last_time
                cases_can_be_chosen;
            run_state:
                a_run_moves_along_the_table
                reasons_follow_the_rules
                two_last_items_end_the_run_once
                create_refuses_what_is_broken
                an_idempotency_key_gives_the_same_run
                an_idempotency_key_names_its_run
                an_idempotency_key_holds_when_used_at_once;
            events:
                seq_is_dense_while_many_append
                duplicates_are_skipped
                a_gap_is_refused
                any_cursor_gives_the_same_suffix
                pages_keep_their_limits_and_always_progress
                old_epochs_remain_in_the_log
                output_round_trips
                events_of_one_call_stand_in_order
                another_handle_sees_what_is_appended
                a_ring_wakes_whoever_listens;
            stop:
                a_stop_before_any_claim_ends_the_run
                a_stop_reaches_the_holder
                a_stop_after_the_last_result_changes_nothing
                nothing_goes_back_to_the_queue_after_a_stop
                no_item_waits_after_a_stop
                a_second_stop_changes_nothing
                cancelled_needs_a_stop
                an_ignored_stop_is_forced_after_the_grace
                a_stopped_item_of_a_lost_worker_is_cancelled
                a_deadline_stops_the_run;
            max_fail:
                reaching_it_stops_the_run
                every_bad_case_counts
                a_bad_file_without_a_bad_case_counts_one
                provisional_cases_do_not_count
                it_may_be_reached_by_the_last_events;
            storage:
                what_was_acknowledged_outlives_the_process
                numbers_are_never_used_again
                only_ended_runs_are_deleted
                prune_removes_what_ended_before
                uploaded_bytes_are_kept_by_digest
                unused_bytes_are_kept_for_a_day
                listings_are_newest_first
                errors_say_what_is_missing
                any_name_is_kept_as_it_is
                two_processes_do_not_get_into_each_others_way;
            listing:
                filters_choose_alone_and_together
                text_is_found_as_it_stands
                filtered_pages_make_up_the_listing
                labels_are_kept_or_refused;
            backlog:
                the_backlog_stands_in_the_order_of_claims
                held_items_stand_in_the_order_of_their_claims
                the_backlog_says_what_each_item_is
                a_large_backlog_is_shown_in_part;
            changes:
                every_change_of_a_status_is_told_once
                changes_are_dense_while_many_write
                who_missed_changes_is_told
                another_handle_hears_of_changes;
            retention:
                the_oldest_end_goes_first
                the_newest_ends_are_kept
                room_is_made_by_removing_the_oldest
                uploads_that_nobody_has_cost_no_testrun;
            workers:
                a_worker_is_listed_as_it_last_said
                a_silent_worker_is_not_listed
                a_worker_that_left_is_not_listed;
            clock:
                a_clock_set_back_neither_takes_leases_nor_keeps_them
                a_clock_set_ahead_leaves_time_to_renew
                a_jumping_clock_does_not_change_the_order;
            random:
                random_histories_keep_the_promises;
            model:
                store_agrees_with_the_ledger
                store_agrees_with_the_ledger_for_long;

        }
    };
    (@tests($harness:expr) $($cases:tt)+) => {
        $crate::conformance_tests! { store $harness; $($cases)+ }
    };
    (@table() $($noun:ident: $($case:ident)+;)+) => {
        vec![$($(
            Case {
                noun: stringify!($noun),
                name: stringify!($case),
                run: |harness| Box::pin($crate::store::$noun::$case(harness)),
            },
        )+)+]
    };
}

/// Emits one named test for each case of the queue suite, over the harness that the expression makes.
///
/// ```text
/// testrunner_testkit::queue_conformance!(MyHarness::new());
/// ```
///
/// Where a server is needed, [`queue::cases`](crate::queue::cases) gives the cases as values.
#[macro_export]
macro_rules! queue_conformance {
    ($harness:expr) => {
        $crate::queue_conformance! { @cases tests($harness) }
    };
    (@cases $into:ident($($with:tt)*)) => {
        $crate::queue_conformance! { @$into($($with)*)
            delivery:
                an_offer_wakes_a_waiting_take
                an_early_offer_waits
                a_take_keeps_its_bounds
                a_dropped_take_loses_nothing
                later_comes_back
                several_takers_share_all_that_is_offered;
        }
    };
    (@tests($harness:expr) $($cases:tt)+) => {
        $crate::conformance_tests! { queue $harness; $($cases)+ }
    };
    (@table() $($noun:ident: $($case:ident)+;)+) => {
        vec![$($(
            Case {
                noun: stringify!($noun),
                name: stringify!($case),
                run: |harness| Box::pin($crate::queue::$noun::$case(harness)),
            },
        )+)+]
    };
}

/// Emits one named test for each case of the suite over copies, over the harness that the expression makes.
///
/// ```text
/// testrunner_testkit::copy_conformance!(MyPair::new());
/// ```
///
/// Where a server is needed, [`copy::cases`](crate::copy::cases) gives the cases as values.
#[macro_export]
macro_rules! copy_conformance {
    ($harness:expr) => {
        $crate::copy_conformance! { @cases tests($harness) }
    };
    (@cases $into:ident($($with:tt)*)) => {
        $crate::copy_conformance! { @$into($($with)*)
            whole:
                every_ending_arrives
                an_empty_ledger_is_copied
                a_key_gives_the_same_run
                numbers_are_never_used_again
                followers_are_told_that_they_missed_some
                newer_timings_stay;
            open:
                open_runs_are_refused_unless_wanted
                a_run_of_a_living_process_is_refused
                an_open_run_ends_in_the_target
                an_old_lease_is_taken_over
                a_copied_run_may_go_on_in_one_of_both;
            refuse:
                another_run_of_the_same_number_is_refused
                a_likeness_is_refused
                another_end_is_refused
                another_item_of_the_same_number_is_refused
                another_run_of_the_same_key_is_refused
                a_stranger_stays;
            part:
                a_broken_copy_is_completed
                a_part_of_another_ledger_is_replaced
                puts_are_safe_to_repeat
                what_does_not_fit_is_refused
                uploads_come_first;
        }
    };
    (@tests($harness:expr) $($cases:tt)+) => {
        $crate::conformance_tests! { copy $harness; $($cases)+ }
    };
    (@table() $($noun:ident: $($case:ident)+;)+) => {
        vec![$($(
            Case {
                noun: stringify!($noun),
                name: stringify!($case),
                run: |harness| Box::pin($crate::copy::$noun::$case(harness)),
            },
        )+)+]
    };
}

/// Emits one named test for each case of the executor suite, over the harness that the expression makes.
///
/// ```text
/// testrunner_testkit::executor_conformance!(PytestHarness);
/// ```
#[macro_export]
macro_rules! executor_conformance {
    ($harness:expr) => {
        $crate::conformance_tests! { executor $harness;
            outcome:
                a_passing_file_passes
                a_failing_file_is_a_result
                what_cannot_be_run_is_an_error
                a_file_has_its_time_and_no_more
                files_run_at_the_same_time;
            stop:
                a_soft_stop_ends_a_file
                the_grace_ends_who_ignores_a_stop
                a_hard_stop_kills_at_once
                a_dropped_future_kills
                a_child_left_behind_is_killed;
            output:
                output_before_a_kill_is_kept
                a_slow_reader_holds_a_file_back
                a_stop_ends_a_file_that_is_held_back;
        }
    };
}

/// What the suites' macros have in common.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_tests {
    ($suite:ident $harness:expr; $($noun:ident: $($case:ident)+;)+) => {
        $(
            mod $noun {
                #[allow(unused_imports, reason = "the harness may be named by a full path")]
                use super::*;

                $(
                    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                    async fn $case() {
                        let harness = $harness;
                        $crate::$suite::$noun::$case(&harness).await;
                    }
                )+
            }
        )+
    };
}
