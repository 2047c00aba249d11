//! The mistakes. Those that are no matter of SQL stand in `testrunner_testkit::ledger::Mutant`.

use crate::proof::Mutant;
use crate::seam::Edit;

/// Names of statements, for those with several mutants.
const END: &str = "UPDATE items SET state = ?3";
const SAVE: &str = "UPDATE items SET state = h.value";
const TAKE: &str = "SET state = 'leased'";
const DUE: &str = "SELECT id, run, priority, sort_key FROM items INDEXED BY items_ready";
const HEAD: &str = "t.priority, t.max_fail";
const COUNTERS: &str = "UPDATE run_counters SET last_seq";
const STALLED: &str = "WITH held AS MATERIALIZED";
const FIRST_ENDED: &str = "INDEXED BY testruns_by_end";
const WAITING: &str =
    "FROM items INDEXED BY items_ready WHERE state = 'ready' AND not_before <= ?1\n     ORDER";
const UNUSED: &str = "WHERE rowid IN (SELECT b.rowid FROM blobs b";
const SPARED: &str = "FROM blobs\n         WHERE digest IN (SELECT unhex(value)";
const SIZES: &str = "coalesce(sum(length(data)), 0), coalesce(sum(min(length(data), 4096)), 0)";
const SCHEMA: &str = "CREATE TABLE suites";

const fn edit(of: &'static str, cut: &'static str, put: &'static str) -> Edit {
    Edit { of, cut, put }
}

const fn whole(statement: &'static str, put: &'static str) -> Edit {
    Edit { of: statement, cut: statement, put }
}

pub(crate) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "no_epoch_test_in_renew",
        wrong: "who lost its lease lengthens that of the next holder",
        edits: &[edit("items.epoch = k.value", "items.epoch = k.value ->> 1 AND", "")],
        caught_by: &["fence::a_holder_is_fenced_when_another_has_claimed"],
    },
    Mutant {
        name: "renew_what_is_not_leased",
        wrong: "a released lease can still be renewed",
        edits: &[edit("items.epoch = k.value", " AND items.state = 'leased'", "")],
        caught_by: &["fence::renew_answers_in_order"],
    },
    Mutant {
        name: "reap_keeps_the_epoch",
        wrong: "taking an item back does not fence its holder",
        edits: &[edit(END, "epoch = epoch + ?5", "epoch = epoch + 0 * ?5")],
        caught_by: &["fence::a_reaped_holder_is_fenced"],
    },
    Mutant {
        name: "reap_before_the_time",
        wrong: "leases are taken back that have not run out",
        edits: &[edit(STALLED, "i.lease_until < ?1", "i.lease_until > ?1 - ?1")],
        caught_by: &["progress::a_lost_worker_costs_one_ttl"],
    },
    Mutant {
        name: "reap_never",
        wrong: "leases that have run out stay where they are",
        edits: &[edit(STALLED, "i.lease_until < ?1", "i.lease_until < 0 * ?1")],
        caught_by: &["progress::a_lost_worker_costs_one_ttl"],
    },
    Mutant {
        name: "losses_uncounted",
        wrong: "an item may kill its workers for ever",
        edits: &[edit(END, "lost = ?6", "lost = lost + 0 * ?6")],
        caught_by: &["progress::an_item_that_loses_its_workers_too_often_fails"],
    },
    Mutant {
        name: "claim_what_is_leased",
        wrong: "an item is leased to two at once",
        edits: &[
            edit(DUE, "INDEXED BY items_ready", ""),
            edit(DUE, "state = 'ready'", "state IN ('ready', 'leased')"),
            edit(TAKE, "state = 'ready'", "state IN ('ready', 'leased')"),
        ],
        caught_by: &["claim::claim_is_exclusive"],
    },
    Mutant {
        name: "claim_keeps_the_epoch",
        wrong: "after a release the next holder has the key of the last",
        edits: &[edit(TAKE, "epoch = epoch + 1", "epoch = max(epoch, 1)")],
        caught_by: &["claim::every_claim_has_a_larger_epoch"],
    },
    Mutant {
        name: "order_by_number",
        wrong: "priority and rank do not matter",
        edits: &[edit(DUE, "ORDER BY priority DESC, sort_key, id", "ORDER BY id")],
        caught_by: &["claim::claims_follow_priority_then_sort_key_then_number"],
    },
    Mutant {
        name: "not_before_ignored",
        wrong: "items are leased before their time",
        edits: &[edit(DUE, "not_before <= ?1", "?1 > 0")],
        caught_by: &["claim::what_is_not_due_is_not_claimed"],
    },
    Mutant {
        name: "pinned_for_anyone",
        wrong: "a directory is leased to any process",
        edits: &[edit(DUE, "pinned_to IS ?4", "?4 IS ?4")],
        caught_by: &["pin::a_directory_run_is_claimed_only_by_its_process"],
    },
    Mutant {
        name: "append_without_dedupe",
        wrong: "events that are sent again are stored again",
        edits: &[edit(SAVE, "appended_n = h.value ->> 5", "appended_n = 0")],
        caught_by: &["events::duplicates_are_skipped"],
    },
    Mutant {
        name: "infra_at_once",
        wrong: "what failed by its surroundings comes back at once",
        edits: &[edit(SAVE, "not_before = h.value ->> 6", "not_before = 0")],
        caught_by: &["progress::infrastructure_failures_come_back_later_and_end"],
    },
    Mutant {
        name: "infra_uncounted",
        wrong: "surroundings may fail an item for ever",
        edits: &[edit(SAVE, "infra = h.value ->> 4", "infra = 0")],
        caught_by: &["progress::infrastructure_failures_come_back_later_and_end"],
    },
    Mutant {
        name: "ended_but_leased",
        wrong: "the end of a lease is not written down",
        edits: &[edit(SAVE, "SET state = h.value ->> 2", "SET state = 'leased'")],
        caught_by: &["run_state::a_run_moves_along_the_table"],
    },
    Mutant {
        name: "append_counts_on",
        wrong: "a new lease counts its events from where the last one ended",
        edits: &[edit(TAKE, "appended_n = 0, ", "")],
        caught_by: &["events::duplicates_are_skipped"],
    },
    Mutant {
        name: "seq_not_dense",
        wrong: "each call uses up one number more than it stores",
        edits: &[edit(COUNTERS, "last_seq = ?2", "last_seq = ?2 + 1")],
        caught_by: &["events::seq_is_dense_while_many_append"],
    },
    Mutant {
        name: "cursor_repeats",
        wrong: "a reader gets the event again that it has",
        edits: &[edit("LEFT JOIN events e", "e.seq > ?2", "e.seq >= ?2")],
        caught_by: &["events::any_cursor_gives_the_same_suffix"],
    },
    Mutant {
        name: "silent_to_others",
        wrong: "what another handle commits is not noticed",
        edits: &[whole("PRAGMA data_version", "SELECT 1")],
        caught_by: &["events::another_handle_sees_what_is_appended"],
    },
    Mutant {
        name: "not_run_overwrites",
        wrong: "the end of an item takes the results of its files away",
        edits: &[edit("SET outcome = 'not_run'", "outcome IS NULL AND ", "")],
        caught_by: &["stop::an_ignored_stop_is_forced_after_the_grace"],
    },
    Mutant {
        name: "lost_cases_count",
        wrong: "cases count also when their worker was lost",
        edits: &[edit(
            "SELECT file, epoch, outcome, count(*)",
            "SELECT file, epoch, outcome",
            "SELECT file, (SELECT max(epoch) FROM items WHERE run = ?1) AS epoch, outcome",
        )],
        caught_by: &["file::cases_of_a_lost_epoch_never_count"],
    },
    Mutant {
        name: "items_uncounted",
        wrong: "how many items are open is not written down",
        edits: &[
            edit(COUNTERS, "items_open = ?5", "items_open = items_open + 0 * ?5"),
            edit(COUNTERS, "items_passed = ?6", "items_passed = items_passed + 0 * ?6"),
            edit(COUNTERS, "items_failed = ?7", "items_failed = items_failed + 0 * ?7"),
            edit(COUNTERS, "items_cancelled = ?8", "items_cancelled = items_cancelled + 0 * ?8"),
        ],
        caught_by: &["run_state::a_run_moves_along_the_table"],
    },
    Mutant {
        name: "cases_uncounted",
        wrong: "the counts of cases stay as they were",
        edits: &[edit(COUNTERS, "cases = ?10", "cases = coalesce(cases, ?10)")],
        caught_by: &["file::cases_count_from_file_finished_on"],
    },
    Mutant {
        name: "failures_uncounted",
        wrong: "max_fail looks at the failures of one call",
        edits: &[edit(COUNTERS, "failures = ?4", "failures = failures + 0 * ?4")],
        caught_by: &["max_fail::every_bad_case_counts"],
    },
    Mutant {
        name: "end_not_absorbing",
        wrong: "an ended Testrun can be stopped, and ends again",
        edits: &[edit(HEAD, "t.status,", "iif(t.finished_at IS NULL, t.status, 'RUNNING') AS status,")],
        caught_by: &["run_state::a_run_moves_along_the_table"],
    },
    Mutant {
        name: "mark_without_sweep",
        wrong: "what waits when a stop is asked for goes on waiting",
        edits: &[edit("UPDATE items SET state = 'cancelled'", "state = 'ready'", "state = 'none'")],
        caught_by: &["stop::a_stop_before_any_claim_ends_the_run"],
    },
    Mutant {
        name: "return_without_recheck",
        wrong: "what is given back while others hold leases does not look for a stop mark",
        edits: &[edit(
            HEAD,
            "t.stop_why,",
            "iif(EXISTS (SELECT 1 FROM items WHERE run = t.id AND state = 'leased'), NULL, t.stop_why) \
             AS stop_why,",
        )],
        caught_by: &["stop::nothing_goes_back_to_the_queue_after_a_stop"],
    },
    Mutant {
        name: "deadline_forgotten",
        wrong: "deadlines are not looked at",
        edits: &[edit("deadline IS NOT NULL AND deadline < ?1", "deadline < ?1", "deadline < 0 * ?1")],
        caught_by: &["stop::a_deadline_stops_the_run"],
    },
    Mutant {
        name: "grace_forgotten",
        wrong: "a stop that is ignored is never forced",
        edits: &[edit(STALLED, "t.stop_at < ?2", "t.stop_at < 0 * ?2")],
        caught_by: &["stop::an_ignored_stop_is_forced_after_the_grace"],
    },
    Mutant {
        name: "run_numbers_reused",
        wrong: "the number of a deleted Testrun is given again",
        edits: &[edit(SCHEMA, " AUTOINCREMENT,\n    username", ",\n    username")],
        caught_by: &["storage::numbers_are_never_used_again"],
    },
    Mutant {
        name: "item_numbers_reused",
        wrong: "an old lease may fit a new item",
        edits: &[whole(
            "SELECT seq FROM sqlite_sequence WHERE name = 'items'",
            "SELECT coalesce(max(id), 0) FROM items",
        )],
        caught_by: &["storage::numbers_are_never_used_again"],
    },
    Mutant {
        name: "key_forgotten",
        wrong: "an idempotency key is not looked at",
        edits: &[
            edit("SELECT id, request FROM testruns", "username = ?1", "username = ?1 AND FALSE"),
            edit(SCHEMA, "CREATE UNIQUE INDEX testruns_by_key", "CREATE INDEX testruns_by_key"),
        ],
        caught_by: &["run_state::an_idempotency_key_gives_the_same_run"],
    },
    Mutant {
        name: "key_of_anybody",
        wrong: "an idempotency key is one for all users",
        edits: &[edit("SELECT id, request FROM testruns", "username = ?1", "?1 = ?1")],
        caught_by: &["run_state::an_idempotency_key_names_its_run"],
    },
    Mutant {
        name: "prune_takes_what_is_open",
        wrong: "Testruns go that have not ended",
        edits: &[
            edit(FIRST_ENDED, "SELECT id, finished_at", "SELECT id, coalesce(finished_at, 0)"),
            edit(FIRST_ENDED, "INDEXED BY testruns_by_end\n         WHERE finished_at IS NOT NULL", ""),
        ],
        caught_by: &["storage::prune_removes_what_ended_before", "retention::the_oldest_end_goes_first"],
    },
    Mutant {
        name: "prune_by_number",
        wrong: "what was created first goes first",
        edits: &[edit(FIRST_ENDED, "ORDER BY finished_at, id", "ORDER BY id")],
        caught_by: &["retention::the_oldest_end_goes_first"],
    },
    Mutant {
        name: "open_ones_counted",
        wrong: "Testruns that have not ended take the places of those that have",
        edits: &[edit(
            "SELECT count(*) FROM testruns WHERE finished_at",
            " WHERE finished_at IS NOT NULL",
            "",
        )],
        caught_by: &["retention::the_newest_ends_are_kept"],
    },
    Mutant {
        name: "freed_room_counted",
        wrong: "what was removed still takes room, so that all has to go",
        edits: &[edit("pragma_freelist_count", "a.page_count - f.freelist_count", "a.page_count")],
        caught_by: &["retention::room_is_made_by_removing_the_oldest"],
    },
    Mutant {
        name: "unused_bytes_counted",
        wrong: "uploads that outlive their Testrun for a day are paid for with other Testruns",
        edits: &[edit(SPARED, SIZES, "0, 0")],
        caught_by: &["retention::uploads_that_nobody_has_cost_no_testrun"],
    },
    Mutant {
        name: "bytes_of_submitters_counted",
        wrong: "Testruns go for the uploads of somebody who is submitting",
        edits: &[edit(UNUSED, SIZES, "0, 0")],
        caught_by: &["retention::uploads_that_nobody_has_cost_no_testrun"],
    },
    Mutant {
        name: "change_told_twice",
        wrong: "a follower gets the last change once more",
        edits: &[edit("FROM changes WHERE n > ?1", "n > ?1", "n >= ?1")],
        caught_by: &["changes::every_change_of_a_status_is_told_once"],
    },
    Mutant {
        name: "changes_swept_too_early",
        wrong: "changes go that were promised to be kept",
        edits: &[edit("DELETE FROM changes", "n <= ?1", "n <= ?1 + 10000")],
        caught_by: &["changes::changes_are_dense_while_many_write"],
    },
    Mutant {
        name: "backlog_by_age",
        wrong: "what waits is shown in another order than it is claimed in",
        edits: &[edit(WAITING, "ORDER BY priority DESC, sort_key, id", "ORDER BY sort_key, id")],
        caught_by: &["backlog::the_backlog_stands_in_the_order_of_claims"],
    },
    Mutant {
        name: "backlog_shows_all_as_due",
        wrong: "what is not due yet stands among what is",
        edits: &[edit(WAITING, "not_before <= ?1", "?1 IS NOT NULL")],
        caught_by: &["backlog::the_backlog_stands_in_the_order_of_claims"],
    },
    Mutant {
        name: "backlog_of_later_by_age",
        wrong: "what is not due yet is not shown soonest first",
        edits: &[edit(
            "ORDER BY not_before, priority",
            "ORDER BY not_before, priority DESC",
            "ORDER BY priority DESC",
        )],
        caught_by: &["backlog::the_backlog_stands_in_the_order_of_claims"],
    },
    Mutant {
        name: "held_by_number",
        wrong: "what is held is shown by number, not by the time of the claim",
        edits: &[edit("INDEXED BY items_leased WHERE", "ORDER BY claimed_at, id", "ORDER BY id")],
        caught_by: &["backlog::held_items_stand_in_the_order_of_their_claims"],
    },
    Mutant {
        name: "first_claim_remembered",
        wrong: "an item that is claimed again counts as held since its first claim",
        edits: &[edit(TAKE, "claimed_at = ?5", "claimed_at = coalesce(claimed_at, ?5)")],
        caught_by: &["backlog::held_items_stand_in_the_order_of_their_claims"],
    },
    Mutant {
        name: "silent_workers_listed",
        wrong: "workers that nobody has heard of for long are listed",
        edits: &[edit("seen_at FROM workers", "seen_at > ?1", "?1 IS NOT NULL")],
        caught_by: &["workers::a_silent_worker_is_not_listed"],
    },
    Mutant {
        name: "silent_workers_remembered",
        wrong: "a worker that comes back was there all the time",
        edits: &[edit("DELETE FROM workers WHERE seen_at", "seen_at <= ?1", "?1 IS NULL")],
        caught_by: &["workers::a_silent_worker_is_not_listed"],
    },
    Mutant {
        name: "worker_always_new",
        wrong: "a worker is new each time that it is heard of",
        edits: &[edit(
            "INSERT INTO workers",
            "seen_at = excluded",
            "since = excluded.since, seen_at = excluded",
        )],
        caught_by: &["workers::a_worker_is_listed_as_it_last_said"],
    },
    Mutant {
        name: "deferred_begin",
        wrong: "a transaction takes the write lock when it first writes",
        edits: &[whole("BEGIN IMMEDIATE", "BEGIN")],
        caught_by: &["storage::two_processes_do_not_get_into_each_others_way"],
    },
];
