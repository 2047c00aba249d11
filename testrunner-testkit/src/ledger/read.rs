//! Reading.

use testrunner_core::store::{CaseQuery, CaseRecord, EventLimit, EventPage, History, StoreResult, Usage};
use testrunner_core::testrun::FileRecord;
use testrunner_core::{Event, EventBody, Item, LeaseKey, Seq, Testrun, TestrunId};

use super::run::Run;
use super::{Ledger, Mutant};

impl Ledger {
    /// As [`Store::get`](testrunner_core::Store::get).
    ///
    /// # Errors
    /// `NotFound`.
    pub fn get(&self, id: TestrunId) -> StoreResult<Testrun> {
        Ok(self.run(id)?.testrun())
    }

    /// As [`Store::items`](testrunner_core::Store::items).
    ///
    /// # Errors
    /// `NotFound`.
    pub fn items(&self, id: TestrunId) -> StoreResult<Vec<Item>> {
        Ok(self.run(id)?.rows.iter().map(|row| row.item.clone()).collect())
    }

    /// As [`WorkStore::files`](testrunner_core::WorkStore::files).
    ///
    /// # Errors
    /// `NotFound`.
    pub fn files(&self, id: TestrunId) -> StoreResult<Vec<FileRecord>> {
        Ok(self.run(id)?.testrun().files)
    }

    /// The whole log.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn log(&self, id: TestrunId) -> StoreResult<&[Event]> {
        Ok(&self.run(id)?.log)
    }

    /// As [`Store::events`](testrunner_core::Store::events).
    ///
    /// # Errors
    /// `NotFound`.
    pub fn events(&self, id: TestrunId, after: Seq, limit: EventLimit) -> StoreResult<EventPage> {
        let run = self.run(id)?;
        let hidden = run.hidden();
        let mut events: Vec<Event> = Vec::new();
        let mut bytes = 0;
        for event in run.log.iter().filter(|event| event.seq > after && Some(event.seq) != hidden) {
            bytes += event.body.weight();
            let first = events.is_empty() && !self.makes(Mutant::EmptyPage);
            if !first && (bytes > limit.bytes || events.len() >= limit.events as usize) {
                break;
            }
            events.push(event.clone());
        }
        Ok(EventPage { events, last_seq: run.last_seq(), terminal: run.status.is_terminal() })
    }

    /// As [`Store::cases`](testrunner_core::Store::cases).
    ///
    /// # Errors
    /// `NotFound`.
    pub fn cases(&self, id: TestrunId, query: &CaseQuery) -> StoreResult<Vec<CaseRecord>> {
        let run = self.run(id)?;
        let limit = if query.limit == 0 { 1_000 } else { query.limit as usize };
        let counted = run.log.iter().filter_map(|event| run.counted(event));
        let wanted = counted.filter(|case| {
            case.seq > query.after
                && query.file.is_none_or(|file| case.file == file)
                && query.outcome.is_none_or(|outcome| case.outcome == outcome)
        });
        Ok(wanted.take(limit).collect())
    }

    /// As [`Store::history`](testrunner_core::Store::history).
    #[must_use]
    pub fn history(&self, suite: &str, paths: &[String]) -> History {
        let took = |path: &String| {
            let took = self.timings.get(&(suite.to_owned(), path.clone()))?;
            Some((path.clone(), *took))
        };
        paths.iter().filter_map(took).collect()
    }

    /// As [`Store::usage`](testrunner_core::Store::usage): the events, and the uploads that a Testrun has.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let events = self.runs.iter().flat_map(|run| &run.log);
        let logs: u64 = events.map(|event| event.body.weight() as u64).sum();
        Usage { bytes: logs + self.uploaded() }
    }
}

impl Run {
    /// The case that the event tells of, if its file was finished by the same lease.
    fn counted(&self, event: &Event) -> Option<CaseRecord> {
        let EventBody::Case(case) = &event.body else { return None };
        let key = LeaseKey { item: event.item?, epoch: event.epoch? };
        let ended = self.files[case.file as usize].as_ref()?;
        let counts = ended.by == Some(key);
        counts.then(|| CaseRecord {
            seq: event.seq,
            file: case.file,
            case: case.case.clone(),
            kind: case.kind,
            outcome: case.outcome,
            duration: case.duration,
            message: case.message.clone(),
            line: case.line,
        })
    }

    /// The event that cannot be read yet although a newer one can, of another item: a mutant's late commit.
    fn hidden(&self) -> Option<Seq> {
        let [.., late, newest] = self.log.as_slice() else { return None };
        let hides = self.makes(Mutant::LateCommit) && late.body.is_holders() && late.item != newest.item;
        hides.then_some(late.seq)
    }
}
