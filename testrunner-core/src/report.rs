//! The report: what an event log adds up to. The live view, the stored view and every export use this fold.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::event::{CaseResult, Event, EventBody, FileFinish, LogChunk, Stream};
use crate::id::{Epoch, ItemId, Seq, TestrunId};
use crate::item::ItemState;
use crate::slot_use::SlotUse;
use crate::store::{EventLimit, Store, StoreResult};
use crate::testrun::{CaseCounts, FailReason, FileCounts, FileOutcome, Status, StopWhy};

/// Output kept for each case, from its end, in bytes per stream.
const KEPT: usize = 64 << 10;

/// A Testrun as its events tell it. Feed it every event once, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Where it stands.
    pub status: Option<Status>,
    /// Why it failed.
    pub reason: Option<FailReason>,
    /// Why it was asked to stop, and by whom.
    pub stop: Option<(StopWhy, String)>,
    /// The files that were started, by index.
    pub files: BTreeMap<u32, FileReport>,
    /// What items had to say for themselves: lost workers, failed infrastructure.
    pub messages: Vec<String>,
    /// Items that have ended.
    pub items_ended: u32,
    /// What it made of its slots.
    pub slot_use: SlotUse,
    /// The time of the first and of the last event.
    pub span: Option<(Timestamp, Timestamp)>,
    /// The last event.
    pub last_seq: Seq,
}

/// One file of a [`Report`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileReport {
    /// Its newest attempt.
    pub held_by: Option<(ItemId, Epoch)>,
    /// When that was started.
    pub started_at: Timestamp,
    /// Its end; cases count only when this is there.
    pub finish: Option<FileFinish>,
    /// Its cases, in the order of their ends.
    pub cases: Vec<CaseResult>,
    /// The case that runs now.
    pub running: Option<String>,
    /// Output by case; `None` is what was written outside of cases. Dropped when the file turns out to be good.
    pub output: BTreeMap<Option<String>, Output>,
}

/// The end of what a case or file wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
    /// What the runner said.
    pub runner: Vec<u8>,
    /// Bytes that are not here: cut from the front, or never stored.
    pub missing: u64,
}

impl Output {
    fn stream(&mut self, stream: Stream) -> &mut Vec<u8> {
        match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
            Stream::Runner => &mut self.runner,
        }
    }

    fn take(&mut self, log: &LogChunk) {
        let kept = self.stream(log.stream);
        kept.extend_from_slice(&log.data);
        let excess = kept.len().saturating_sub(KEPT);
        kept.drain(..excess);
        self.missing += excess as u64;
    }

    /// Whether nothing was written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.stdout.is_empty() && self.stderr.is_empty() && self.runner.is_empty() && self.missing == 0
    }
}

impl FileReport {
    /// How it ended, if it has.
    #[must_use]
    pub fn outcome(&self) -> Option<FileOutcome> {
        self.finish.as_ref().map(|finish| finish.outcome)
    }

    /// Its cases by outcome, so far.
    #[must_use]
    pub fn counts(&self) -> CaseCounts {
        let mut counts = CaseCounts::default();
        self.cases.iter().for_each(|case| counts.add(case.outcome, 1));
        counts
    }
}

impl Report {
    /// The report of a whole log.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut report = Self::default();
        events.into_iter().for_each(|event| report.apply(event));
        report
    }

    /// The report of a stored Testrun up to this event, which there has to be.
    ///
    /// # Errors
    /// There is no such Testrun, or it cannot be read.
    pub async fn read(store: &dyn Store, run: TestrunId, until: Seq) -> StoreResult<Self> {
        let mut report = Self::default();
        while report.last_seq < until {
            let page = store.events(run, report.last_seq, EventLimit::default()).await?;
            if page.events.is_empty() {
                break;
            }
            page.events.iter().filter(|event| event.seq <= until).for_each(|event| report.apply(event));
        }
        Ok(report)
    }

    /// Takes the next event. One that was taken already changes nothing.
    pub fn apply(&mut self, event: &Event) {
        if event.seq <= self.last_seq {
            return;
        }
        self.last_seq = event.seq;
        self.slot_use.apply(event);
        self.span = Some((self.span.map_or(event.at, |(first, _)| first), event.at));
        match &event.body {
            EventBody::RunStatus { to, reason, .. } => {
                (self.status, self.reason) = (Some(*to), *reason);
            }
            EventBody::StopRequested { why, by } => self.stop = Some((*why, by.clone())),
            EventBody::ItemReturned { why, message } => {
                self.files.retain(|_, file| file.finish.is_some() || !file.is_held_by(event));
                self.say(message.as_deref(), &format!("an item went back to the queue: {why}"));
            }
            EventBody::ItemFinished { state, message, .. } => {
                self.items_ended += 1;
                if *state != ItemState::Passed {
                    self.say(message.as_deref(), "");
                }
                // What was begun and not finished was interrupted for good.
                self.files.values_mut().filter(|file| file.is_held_by(event)).for_each(|file| {
                    file.running = None;
                });
            }
            EventBody::FileStarted { file } => {
                let held_by = event.item.zip(event.epoch);
                let started = FileReport { held_by, started_at: event.at, ..FileReport::default() };
                self.files.insert(*file, started);
            }
            EventBody::CaseStarted { file, case } => {
                self.file(*file, |file| file.running = Some(case.clone()));
            }
            EventBody::Case(case) => self.file(case.file, |file| {
                if file.running.as_ref() == Some(&case.case) {
                    file.running = None;
                }
                file.cases.push(case.clone());
            }),
            EventBody::Log(log) => self.file(log.file, |file| {
                file.output.entry(log.case.clone()).or_default().take(log);
            }),
            EventBody::Truncated { file, dropped_bytes, .. } => self.file(*file, |file| {
                file.output.entry(None).or_default().missing += dropped_bytes;
            }),
            EventBody::FileFinished(finish) => self.file(finish.file, |file| {
                file.finish = Some(finish.clone());
                file.running = None;
                if finish.outcome.is_good() {
                    file.output.clear();
                }
            }),
            EventBody::ItemStarted { .. } => {}
        }
    }

    fn file(&mut self, index: u32, change: impl FnOnce(&mut FileReport)) {
        change(self.files.entry(index).or_default());
    }

    fn say(&mut self, message: Option<&str>, otherwise: &str) {
        let text = message.unwrap_or(otherwise);
        if !text.is_empty() && !self.messages.iter().any(|said| said == text) {
            self.messages.push(text.to_owned());
        }
    }

    /// Cases of finished files by outcome.
    #[must_use]
    pub fn cases(&self) -> CaseCounts {
        let mut counts = CaseCounts::default();
        let finished = self.files.values().filter(|file| file.finish.is_some());
        finished.for_each(|file| counts.merge(&file.counts()));
        counts
    }

    /// Finished files by outcome; `total` is theirs.
    #[must_use]
    pub fn files(&self) -> FileCounts {
        let mut counts = FileCounts::default();
        for outcome in self.files.values().filter_map(FileReport::outcome) {
            counts.add(outcome);
            counts.total += 1;
        }
        counts
    }
}

impl FileReport {
    fn is_held_by(&self, event: &Event) -> bool {
        // A take-over is told with the new epoch, so the item alone decides.
        self.held_by.map(|(item, _)| item) == event.item
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::event::{ReturnWhy, SCHEMA_VERSION};
    use crate::id::TestrunId;
    use crate::testrun::{CaseKind, CaseOutcome};

    fn log(bodies: Vec<(i64, EventBody)>) -> Vec<Event> {
        (1..)
            .zip(bodies)
            .map(|(seq, (epoch, body))| Event {
                v: SCHEMA_VERSION,
                run: TestrunId(1),
                seq: Seq(seq),
                at: Timestamp(seq),
                item: Some(ItemId(1)),
                epoch: Some(Epoch(epoch)),
                body,
            })
            .collect()
    }

    fn case(name: &str, outcome: CaseOutcome) -> EventBody {
        let (case, kind, duration) = (name.to_owned(), CaseKind::Test, Duration::ZERO);
        EventBody::Case(CaseResult { file: 0, case, kind, outcome, duration, message: None, line: None })
    }

    fn finish(outcome: FileOutcome) -> EventBody {
        let duration = Duration::from_millis(5);
        let (collected, reported, message) = (1, 1, None);
        EventBody::FileFinished(FileFinish { file: 0, outcome, collected, reported, duration, message })
    }

    #[test]
    fn what_a_lost_attempt_said_does_not_count() {
        let events = log(vec![
            (1, EventBody::FileStarted { file: 0 }),
            (1, case("a", CaseOutcome::Failed)),
            (2, EventBody::ItemReturned { why: ReturnWhy::WorkerLost, message: None }),
            (3, EventBody::FileStarted { file: 0 }),
            (3, case("a", CaseOutcome::Passed)),
            (3, finish(FileOutcome::Passed)),
        ]);
        let report = Report::of(&events);
        assert_eq!(report.cases(), CaseCounts { passed: 1, ..CaseCounts::default() });
        assert_eq!(report.files().passed, 1);
        let half = Report::of(&events[..2]);
        assert_eq!(half.cases().total(), 0, "provisional cases do not count");
    }

    #[test]
    fn an_event_seen_twice_changes_nothing() {
        let events = log(vec![
            (1, EventBody::FileStarted { file: 0 }),
            (1, case("a", CaseOutcome::Passed)),
            (1, finish(FileOutcome::Passed)),
        ]);
        let once = Report::of(&events);
        let twice = Report::of(events.iter().chain(&events));
        assert_eq!(once, twice);
    }
}
