//! What takes long, told while it runs: once at the mark, and again each time that its time has doubled.

use std::collections::BTreeMap;
use std::time::Duration;

use testrunner_core::event::{Event, EventBody};
use testrunner_core::{CaseKind, ItemId, Timestamp};

use super::clean::one_line;
use super::words;

/// The mark where none was set.
pub(crate) const MARK: Duration = Duration::from_secs(10);

/// Watches what runs in each file.
#[derive(Debug)]
pub(crate) struct Slow {
    mark: Duration,
    running: BTreeMap<u32, Doing>,
}

/// What a file does now: a case, or what is before, between and after its cases.
#[derive(Debug)]
struct Doing {
    item: Option<ItemId>,
    case: Option<String>,
    since: Timestamp,
    /// When it is to be told next.
    next: Duration,
}

/// Something to tell.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) file: u32,
    case: Option<String>,
    time: Duration,
}

impl Told {
    pub(crate) fn text(&self, path: &str) -> String {
        let (path, time) = (one_line(path), words::mark(self.time));
        match &self.case {
            Some(case) => format!("{path}::{} has been running for {time}", one_line(case)),
            None => format!("{path} has been running for {time} outside of its tests"),
        }
    }
}

impl Slow {
    pub(crate) const fn new(mark: Duration) -> Self {
        Self { mark, running: BTreeMap::new() }
    }

    pub(crate) const fn mark(&self) -> Duration {
        self.mark
    }

    pub(crate) fn event(&mut self, event: &Event) {
        match &event.body {
            EventBody::FileStarted { file } => self.begin(event, *file, None),
            EventBody::CaseStarted { file, case } => self.begin(event, *file, Some(case)),
            EventBody::Case(case) if case.kind == CaseKind::Test => self.begin(event, case.file, None),
            EventBody::FileFinished(finish) => drop(self.running.remove(&finish.file)),
            EventBody::ItemReturned { .. } | EventBody::ItemFinished { .. } => {
                self.running.retain(|_, doing| doing.item != event.item);
            }
            _ => {}
        }
    }

    fn begin(&mut self, event: &Event, file: u32, case: Option<&String>) {
        let doing = Doing { item: event.item, case: case.cloned(), since: event.at, next: self.mark };
        self.running.insert(file, doing);
    }

    /// What is to be told now, each with the mark that it has passed.
    pub(crate) fn due(&mut self, now: Timestamp) -> Vec<Told> {
        let late = self.running.iter_mut().filter_map(|(file, doing)| {
            let passed = now.since(doing.since);
            let mut time = None;
            while passed >= doing.next {
                time = Some(doing.next);
                doing.next = doing.next.saturating_mul(2);
            }
            Some(Told { file: *file, case: doing.case.clone(), time: time? })
        });
        late.collect()
    }
}

#[cfg(test)]
mod tests {
    use testrunner_core::event::{CaseResult, FileFinish, SCHEMA_VERSION};
    use testrunner_core::{CaseOutcome, Epoch, FileOutcome, Seq, TestrunId};

    use super::*;

    fn at(seconds: i64, body: EventBody) -> Event {
        let (item, epoch) = (Some(ItemId(1)), Some(Epoch(1)));
        Event { v: SCHEMA_VERSION, run: TestrunId(1), seq: Seq(1), at: second(seconds), item, epoch, body }
    }

    fn second(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1_000_000)
    }

    fn told(slow: &mut Slow, seconds: i64) -> Vec<String> {
        slow.due(second(seconds)).iter().map(|told| told.text("a.py")).collect()
    }

    #[test]
    fn it_is_told_at_the_mark_and_when_it_has_doubled() {
        let mut slow = Slow::new(MARK);
        slow.event(&at(0, EventBody::FileStarted { file: 0 }));
        slow.event(&at(5, EventBody::CaseStarted { file: 0, case: "test_x".into() }));
        assert!(told(&mut slow, 14).is_empty());
        assert_eq!(told(&mut slow, 16), ["a.py::test_x has been running for 10s"]);
        assert!(told(&mut slow, 24).is_empty());
        assert_eq!(told(&mut slow, 26), ["a.py::test_x has been running for 20s"]);
        // Nobody looked for a while.
        assert_eq!(told(&mut slow, 100), ["a.py::test_x has been running for 1m 20s"]);
        assert!(told(&mut slow, 100).is_empty());
    }

    #[test]
    fn what_has_ended_is_not_told() {
        let mut slow = Slow::new(MARK);
        let case = CaseResult {
            file: 0,
            case: "test_x".into(),
            kind: CaseKind::Test,
            outcome: CaseOutcome::Passed,
            duration: Duration::from_secs(8),
            message: None,
            line: None,
        };
        slow.event(&at(0, EventBody::CaseStarted { file: 0, case: "test_x".into() }));
        slow.event(&at(8, EventBody::Case(case)));
        assert!(told(&mut slow, 12).is_empty());
        assert_eq!(told(&mut slow, 18), ["a.py has been running for 10s outside of its tests"]);
        let (collected, reported, duration, message) = (1, 1, Duration::ZERO, None);
        let outcome = FileOutcome::Passed;
        let finish = FileFinish { file: 0, outcome, collected, reported, duration, message };
        slow.event(&at(19, EventBody::FileFinished(finish)));
        assert!(told(&mut slow, 1000).is_empty());
    }
}
