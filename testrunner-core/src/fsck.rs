//! Checking a stored ledger: what the log tells must be what the rows say, and both must be legal.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::event::{Event, EventBody, FileFinish};
use crate::id::{Digest, Epoch, ItemId, Seq, TestrunId};
use crate::item::{Item, ItemState};
use crate::rules::{Tally, item_end, testrun_end};
use crate::store::{CaseQuery, CaseRecord, EventLimit, Store, StoreErrorKind, StoreResult};
use crate::testrun::{CaseCounts, FailReason, FileOutcome, FileRole, Source, Status, StopWhy, Testrun};

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The Testrun.
    pub run: TestrunId,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Testrun {}: {}", self.run, self.what)
    }
}

/// Checks one Testrun.
///
/// Its log is dense and legal and tells the same as the rows, nothing ended is open, "passed" has its proof, and
/// the bytes of uploads are there. A Testrun that moves meanwhile is read again.
///
/// # Errors
/// There is no such Testrun, or the store failed.
pub async fn check(store: &dyn Store, id: TestrunId) -> StoreResult<Vec<Finding>> {
    loop {
        let before = store.get(id).await?;
        let items = store.items(id).await?;
        let mut log = Log::new(id);
        read_log(store, id, &mut log).await?;
        let cases = read_cases(store, id).await?;
        let run = store.get(id).await?;
        if run.summary.last_seq != before.summary.last_seq {
            tokio::task::yield_now().await;
            continue;
        }
        log.hold_against(&run, &items, &cases);
        let mut findings = log.findings;
        if matches!(run.summary.source, Source::Upload) {
            check_blobs(store, &run, &mut findings).await?;
        }
        return Ok(findings);
    }
}

async fn read_log(store: &dyn Store, id: TestrunId, log: &mut Log) -> StoreResult<()> {
    loop {
        let page = store.events(id, log.last, EventLimit::default()).await?;
        if page.events.is_empty() {
            return Ok(());
        }
        page.events.iter().for_each(|event| log.apply(event));
    }
}

async fn read_cases(store: &dyn Store, id: TestrunId) -> StoreResult<Vec<CaseRecord>> {
    let mut all: Vec<CaseRecord> = Vec::new();
    loop {
        let after = all.last().map_or(Seq(0), |case| case.seq);
        let page = store.cases(id, &CaseQuery { after, ..CaseQuery::default() }).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

async fn check_blobs(store: &dyn Store, run: &Testrun, findings: &mut Vec<Finding>) -> StoreResult<()> {
    for file in &run.files {
        let path = &file.path;
        let what = match file.digest {
            None => format!("the uploaded file {path} has no digest"),
            Some(digest) => match store.blob(digest).await {
                Ok(bytes) if Digest::of(&bytes) == digest && bytes.len() as u64 == file.size => continue,
                Ok(_) => format!("the bytes of {path} are not those that were submitted"),
                Err(error) if error.kind() == StoreErrorKind::NotFound => {
                    format!("the bytes of {path} are missing")
                }
                Err(error) if error.kind() == StoreErrorKind::Corrupt => format!("{path}: {error}"),
                Err(error) => return Err(error),
            },
        };
        findings.push(Finding { run: run.id(), what });
    }
    Ok(())
}

/// One attempt at one file: item, epoch, file.
type Attempt = (Option<ItemId>, Option<Epoch>, u32);

/// What a log tells, collected event by event.
#[derive(Debug)]
struct Log {
    id: TestrunId,
    last: Seq,
    status: Option<Status>,
    reason: Option<FailReason>,
    stop: Option<StopWhy>,
    items: BTreeMap<ItemId, (ItemState, Option<FailReason>, Epoch)>,
    finished: BTreeMap<u32, (Option<ItemId>, Option<Epoch>, FileFinish)>,
    cases: BTreeMap<Attempt, (CaseCounts, BTreeSet<Seq>)>,
    findings: Vec<Finding>,
}

impl Log {
    const fn new(id: TestrunId) -> Self {
        Self {
            id,
            last: Seq(0),
            status: None,
            reason: None,
            stop: None,
            items: BTreeMap::new(),
            finished: BTreeMap::new(),
            cases: BTreeMap::new(),
            findings: Vec::new(),
        }
    }

    fn find(&mut self, what: impl Into<String>) {
        self.findings.push(Finding { run: self.id, what: what.into() });
    }

    fn expect(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.find(what());
        }
    }

    fn apply(&mut self, event: &Event) {
        let seq = event.seq;
        let (last, status) = (self.last, self.status);
        self.expect(seq.0 == last.0 + 1, || format!("event {seq} follows event {last}"));
        self.expect(!status.is_some_and(Status::is_terminal), || {
            format!("event {seq} ({}) comes after the end", event.body.kind())
        });
        self.last = seq;
        let place = (event.item, event.epoch);
        match &event.body {
            EventBody::RunStatus { from, to, reason } => {
                self.expect(*from == status, || {
                    format!("event {seq} leaves {from:?}, but it was {status:?}")
                });
                let legal = from.map_or(*to == Status::Created, |from| from.can_become(*to));
                self.expect(legal, || format!("event {seq} goes from {from:?} to {to}"));
                (self.status, self.reason) = (Some(*to), *reason);
            }
            EventBody::StopRequested { why, .. } => {
                let again = self.stop.replace(*why).is_some();
                self.expect(!again, || format!("event {seq} requests a second stop"));
            }
            EventBody::ItemStarted { .. } => self.item(event, ItemState::Leased, None),
            EventBody::ItemReturned { .. } => self.item(event, ItemState::Ready, None),
            EventBody::ItemFinished { state, reason, .. } => self.item(event, *state, *reason),
            EventBody::Case(case) => {
                let (counts, seen) = self.cases.entry((place.0, place.1, case.file)).or_default();
                counts.add(case.outcome, 1);
                seen.insert(seq);
            }
            EventBody::FileFinished(finish) => {
                let before = self.finished.insert(finish.file, (place.0, place.1, finish.clone()));
                self.expect(before.is_none(), || format!("event {seq} ends file {} again", finish.file));
                self.check_proof(place, finish);
            }
            EventBody::FileStarted { .. }
            | EventBody::CaseStarted { .. }
            | EventBody::Log(_)
            | EventBody::Truncated { .. } => {}
        }
    }

    fn item(&mut self, event: &Event, to: ItemState, reason: Option<FailReason>) {
        let (Some(item), Some(epoch)) = (event.item, event.epoch) else {
            return self.find(format!("event {} of an item names none", event.seq));
        };
        let (from, _, before) = self.items.get(&item).copied().unwrap_or((ItemState::Ready, None, Epoch(0)));
        self.expect(from.can_become(to), || format!("item {item} goes from {from} to {to}"));
        self.expect(epoch >= before, || format!("item {item} falls from epoch {before} to {epoch}"));
        self.items.insert(item, (to, reason, epoch));
    }

    /// "Passed" has to be proven by what stands in the log before it.
    fn check_proof(&mut self, (item, epoch): (Option<ItemId>, Option<Epoch>), finish: &FileFinish) {
        let counts =
            self.cases.get(&(item, epoch, finish.file)).map(|(counts, _)| *counts).unwrap_or_default();
        let proven = finish.collected > 0 && finish.collected == finish.reported && counts.bad() == 0;
        self.expect(finish.outcome != FileOutcome::Passed || proven, || {
            let FileFinish { file, collected, reported, .. } = finish;
            format!("file {file} passed without proof: {reported} of {collected}, {} bad", counts.bad())
        });
    }

    /// Compares what was told with what is stored.
    fn hold_against(&mut self, run: &Testrun, items: &[Item], cases: &[CaseRecord]) {
        let summary = &run.summary;
        let told = (self.status, self.reason, self.stop);
        let stored = (Some(summary.status), summary.reason, summary.stop.as_ref().map(|mark| mark.why));
        self.expect(told == stored, || format!("the log tells {told:?}, the row says {stored:?}"));
        let last = self.last;
        self.expect(last == summary.last_seq, || {
            format!("{last} events, but the row says {}", summary.last_seq)
        });
        self.check_files(run, cases);
        self.check_items(run, items);
    }

    fn check_files(&mut self, run: &Testrun, cases: &[CaseRecord]) {
        let mut all = CaseCounts::default();
        let mut counting: BTreeSet<Seq> = BTreeSet::new();
        for (index, file) in (0..).zip(&run.files) {
            let told = self.finished.get(&index).cloned();
            let path = &file.path;
            let stored = file.result.as_ref();
            let Some((item, epoch, finish)) = told else {
                let fits = stored.is_none_or(|result| result.outcome == FileOutcome::NotRun);
                self.expect(fits, || format!("{path} has a result that no event tells"));
                continue;
            };
            let (counts, seen) = self.cases.get(&(item, epoch, index)).cloned().unwrap_or_default();
            let same = stored.is_some_and(|result| {
                (result.outcome, result.collected, result.reported, result.counts)
                    == (finish.outcome, finish.collected, finish.reported, counts)
            });
            self.expect(same, || {
                format!("{path}: the log tells {finish:?} with {counts:?}, the row {stored:?}")
            });
            all.merge(&counts);
            counting.extend(seen);
        }
        let listed: BTreeSet<Seq> = cases.iter().map(|case| case.seq).collect();
        self.expect(listed == counting, || "the cases listed are not those that count".to_owned());
        let stored = run.summary.cases;
        self.expect(all == stored, || format!("cases add up to {all:?}, the row says {stored:?}"));
    }

    fn check_items(&mut self, run: &Testrun, items: &[Item]) {
        let summary = &run.summary;
        let open = items.iter().filter(|item| item.state.is_open()).count();
        let (terminal, counted) = (summary.status.is_terminal(), summary.items.open);
        self.expect(open == counted as usize, || format!("{open} items are open, the row says {counted}"));
        self.expect((open == 0) == terminal, || {
            format!("{open} items are open in status {}", summary.status)
        });
        let mut tally = Tally { stop: self.stop, files: summary.files, ..Tally::default() };
        for item in items {
            let (told, _, _) =
                self.items.get(&item.id).copied().unwrap_or((ItemState::Ready, None, Epoch(0)));
            self.expect(told == item.state, || {
                format!("item {}: the log tells {told}, the row says {}", item.id, item.state)
            });
            let outcomes: Option<Vec<FileOutcome>> = item
                .files
                .iter()
                .map(|index| run.files.get(*index as usize)?.result.as_ref().map(|result| result.outcome))
                .collect();
            if !item.state.is_open() && outcomes.is_none() {
                self.find(format!("item {} has ended, but one of its files has no result", item.id));
            }
            let plain = item.reason.is_none() && item.state != ItemState::Cancelled;
            if let (false, true, Some(outcomes)) = (item.state.is_open(), plain, outcomes) {
                let wanted = item_end(outcomes).state();
                self.expect(wanted == item.state, || {
                    format!("item {} is {}, but its files make it {wanted}", item.id, item.state)
                });
            }
            tally.cancelled_items += u32::from(item.state == ItemState::Cancelled);
            tally.worker_lost += u32::from(item.reason == Some(FailReason::WorkerLost));
            tally.infra += u32::from(item.reason == Some(FailReason::Infra));
        }
        if terminal {
            let (wanted, stored) = (testrun_end(&tally), (summary.status, summary.reason));
            self.expect(wanted == stored, || {
                format!("it ended {stored:?}, but its items make it {wanted:?}")
            });
        }
        let tests = run.files.iter().filter(|file| file.role == FileRole::Test).count();
        let placed: usize = items.iter().map(|item| item.files.len()).sum();
        self.expect(tests == placed, || format!("{tests} test files, but items hold {placed}"));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::Timestamp;
    use crate::event::SCHEMA_VERSION;

    fn findings(events: &[(i64, EventBody)]) -> String {
        let mut log = Log::new(TestrunId(1));
        for (seq, body) in events {
            let item = body.file().map(|_| ItemId(1));
            let (v, run, at) = (SCHEMA_VERSION, TestrunId(1), Timestamp(0));
            let epoch = item.map(|_| Epoch(1));
            log.apply(&Event { v, run, seq: Seq(*seq), at, item, epoch, body: body.clone() });
        }
        log.findings.iter().map(|finding| format!("{finding}; ")).collect()
    }

    fn status(from: Option<Status>, to: Status) -> EventBody {
        EventBody::RunStatus { from, to, reason: None }
    }

    fn passed(collected: u32, reported: u32) -> EventBody {
        let (outcome, duration, message) = (FileOutcome::Passed, Duration::ZERO, None);
        EventBody::FileFinished(FileFinish { file: 0, outcome, collected, reported, duration, message })
    }

    #[test]
    fn a_legal_log_has_no_findings() {
        let created = status(None, Status::Created);
        let running = status(Some(Status::Created), Status::Running);
        assert_eq!(findings(&[(1, created), (2, running), (3, passed(2, 2))]), "");
    }

    #[test]
    fn what_must_not_be_is_found() {
        let created = || (1, status(None, Status::Created));
        let running = || (2, status(Some(Status::Created), Status::Running));
        let ended = || (3, status(Some(Status::Running), Status::Success));
        for (events, words) in [
            (vec![created(), (3, passed(1, 1))], "event 3 follows event 1"),
            (vec![created(), (2, status(Some(Status::Created), Status::Success))], "goes from"),
            (vec![created(), (2, status(Some(Status::Running), Status::Success))], "but it was"),
            (vec![created(), running(), ended(), (4, passed(1, 1))], "comes after the end"),
            (vec![created(), (2, passed(2, 1))], "without proof: 1 of 2"),
            (vec![created(), (2, passed(0, 0))], "without proof"),
            (vec![created(), (2, passed(1, 1)), (3, passed(1, 1))], "ends file 0 again"),
        ] {
            let found = findings(&events);
            assert!(found.contains(words), "{words}: {found:?}");
        }
    }
}
