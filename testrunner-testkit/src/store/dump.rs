//! All that a store says of one Testrun, and what of it must agree.

use std::collections::BTreeMap;

use testrunner_core::rules::{self, Tally};
use testrunner_core::store::{CaseQuery, CaseRecord};
use testrunner_core::testrun::{FileCounts, FileRole, ItemCounts};
use testrunner_core::{
    CaseCounts, Event, EventBody, FailReason, Item, ItemState, Status, Testrun, TestrunId,
};

use super::Bench;
use super::replay::Replay;

/// A Testrun, its items, its log and its cases, to be compared before and after.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the answers of the verbs of the same names")]
pub struct Dump {
    pub run: Testrun,
    pub items: Vec<Item>,
    pub events: Vec<Event>,
    pub cases: Vec<CaseRecord>,
}

impl Dump {
    pub(super) async fn of(bench: &Bench, run: TestrunId) -> Self {
        let all = CaseQuery { limit: 1_000_000, ..CaseQuery::default() };
        Self {
            run: bench.get(run).await,
            items: bench.items(run).await,
            events: bench.log(run).await,
            cases: bench.store.cases(run, &all).await.expect("cases"),
        }
    }

    /// Holds the log against rows and counts. Panics where they differ.
    pub fn check(&self) {
        let replay = Replay::of(&self.events);
        let summary = &self.run.summary;
        assert_eq!(replay.status, Some(summary.status), "status");
        assert_eq!(replay.reason, summary.reason, "reason of the Testrun");
        assert_eq!(summary.last_seq.0, self.events.len() as i64, "last_seq");
        assert_eq!(replay.stop, summary.stop.as_ref().map(|mark| (mark.why, mark.by.clone())), "stop mark");
        assert_eq!(summary.finished_at.is_some(), summary.status.is_terminal(), "finished_at");
        let claimed = self.items.iter().any(|item| item.attempts > 0);
        assert_eq!(summary.started_at.is_some(), claimed, "started_at");
        self.check_items(&replay);
        self.check_files(&replay);
        self.check_end();
    }

    fn check_items(&self, replay: &Replay) {
        let mut counts = ItemCounts { total: self.items.len() as u32, ..ItemCounts::default() };
        for item in &self.items {
            let told = replay.items.get(&item.id).cloned().unwrap_or_default();
            let id = item.id;
            assert_eq!(told.state, item.state, "state of item {id}");
            assert_eq!(told.reason, item.reason, "reason of item {id}");
            assert_eq!(told.attempts, item.attempts, "attempts of item {id}");
            assert!(told.epoch <= item.epoch, "epoch of item {id}");
            let leased = item.state == ItemState::Leased;
            let expires = leased && self.run.summary.pinned_to.is_none();
            assert_eq!(item.lease_until.is_some(), expires, "lease_until of item {id}");
            match item.state {
                ItemState::Ready => {
                    assert!(
                        self.run.summary.stop.is_none(),
                        "item {id} is ready although there is a stop mark"
                    );
                    counts.open += 1;
                }
                ItemState::Leased => counts.open += 1,
                ItemState::Passed => counts.passed += 1,
                ItemState::Failed => counts.failed += 1,
                ItemState::Cancelled => counts.cancelled += 1,
            }
        }
        assert_eq!(counts, self.run.summary.items, "counts of items");
        let terminal = self.run.summary.status.is_terminal();
        assert_eq!(counts.open == 0, terminal, "no open item <=> ended");
    }

    fn check_files(&self, replay: &Replay) {
        let tests = self.run.files.iter().filter(|file| file.role == FileRole::Test).count();
        let mut files = FileCounts { total: tests as u32, ..FileCounts::default() };
        let mut cases = CaseCounts::default();
        let ended: BTreeMap<u32, bool> = self
            .items
            .iter()
            .flat_map(|item| item.files.iter().map(|file| (*file, !item.state.is_open())))
            .collect();
        for (index, file) in (0..).zip(&self.run.files) {
            let (told, item_ended) = (replay.results.get(&index), ended.get(&index).copied());
            match (&file.result, told) {
                (Some(result), Some((finish, counts))) => {
                    assert_eq!(result.outcome, finish.outcome, "outcome of file {index}");
                    assert_eq!(result.duration, finish.duration, "duration of file {index}");
                    assert_eq!(result.collected, finish.collected, "collected in file {index}");
                    assert_eq!(result.reported, finish.reported, "reported by file {index}");
                    assert_eq!(result.message, finish.message, "message of file {index}");
                    assert_eq!(result.counts, *counts, "counts of file {index}");
                }
                (Some(result), None) => {
                    assert_eq!(result.outcome.to_string(), "not_run", "file {index} has no file_finished");
                    assert_eq!(result.counts, CaseCounts::default(), "counts of file {index}");
                    assert_eq!(item_ended, Some(true), "file {index} may still be run");
                }
                (None, Some(_)) => panic!("file {index} has a file_finished and no result"),
                (None, None) => assert_ne!(item_ended, Some(true), "file {index} of an ended item"),
            }
            if let Some(result) = &file.result {
                files.add(result.outcome);
                cases.merge(&result.counts);
            }
        }
        assert_eq!(files, self.run.summary.files, "counts of files");
        assert_eq!(cases, self.run.summary.cases, "counts of cases");
        let listed: Vec<i64> = self.cases.iter().map(|case| case.seq.0).collect();
        assert_eq!(listed, replay.counted(), "cases that count");
        if let Some(max) = self.run.summary.max_fail.filter(|max| replay.failures >= *max) {
            assert!(self.run.summary.stop.is_some(), "{} failures of {max} and no stop", replay.failures);
        }
    }

    fn check_end(&self) {
        let summary = &self.run.summary;
        assert_eq!(summary.reason.is_some(), summary.status == Status::Failed, "reason <=> FAILED");
        if !summary.status.is_terminal() {
            return;
        }
        let of = |reason| self.items.iter().filter(|item| item.reason == Some(reason)).count() as u32;
        let tally = Tally {
            cancelled_items: summary.items.cancelled,
            stop: summary.stop.as_ref().map(|mark| mark.why),
            worker_lost: of(FailReason::WorkerLost),
            infra: of(FailReason::Infra),
            files: summary.files,
        };
        assert_eq!((summary.status, summary.reason), rules::testrun_end(&tally), "the end by the rules");
        let last = self.events.last().map(|event| &event.body);
        let is_end = matches!(last, Some(EventBody::RunStatus { to, .. }) if to.is_terminal());
        assert!(is_end, "the last event is not the end: {last:?}");
    }
}
