//! Pages of the log, and the cases in it.

use super::run::Run;
use crate::event::{Event, EventBody};
use crate::id::{LeaseKey, Seq};
use crate::store::{CaseQuery, CaseRecord, EventLimit, EventPage};

impl Run {
    pub(super) fn page(&self, after: Seq, limit: EventLimit) -> EventPage {
        let mut bytes = 0_usize;
        let mut events = Vec::new();
        for event in self.after(after).iter().take(limit.events.max(1) as usize) {
            bytes = bytes.saturating_add(event.body.weight());
            // The first one always fits, or a reader would never get past it.
            if bytes > limit.bytes && !events.is_empty() {
                break;
            }
            events.push(event.clone());
        }
        let terminal = self.summary.status.is_terminal();
        EventPage { events, last_seq: self.summary.last_seq, terminal }
    }

    pub(super) fn cases(&self, query: &CaseQuery) -> Vec<CaseRecord> {
        let limit = if query.limit == 0 { 1_000 } else { query.limit as usize };
        let counted = self.after(query.after).iter().filter_map(|event| self.counted(event));
        let wanted = counted.filter(|case| {
            query.file.is_none_or(|file| case.file == file)
                && query.outcome.is_none_or(|outcome| case.outcome == outcome)
        });
        wanted.take(limit).collect()
    }

    /// The case that this event tells of, if its file was finished by the same lease.
    fn counted(&self, event: &Event) -> Option<CaseRecord> {
        let EventBody::Case(case) = &event.body else { return None };
        let key = LeaseKey { item: event.item?, epoch: event.epoch? };
        let commit = self.commits.get(case.file as usize)?.as_ref()?;
        (*commit == key).then(|| CaseRecord {
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

    /// `seq` is dense from 1, so it says where an event is.
    fn after(&self, after: Seq) -> &[Event] {
        let from = usize::try_from(after.0.max(0)).unwrap_or(usize::MAX);
        self.events.get(from..).unwrap_or_default()
    }
}
