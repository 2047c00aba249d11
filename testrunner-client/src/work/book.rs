//! The leases that were claimed here, as the server wants them shown.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use testrunner_core::testrun::FileRecord;
use testrunner_core::{Digest, LeaseKey, TestrunId};

/// Leases that have ended and are still known: the last word on one may be said again.
const REMEMBERED: usize = 1_024;

/// All of them. Locked for moments only.
#[derive(Debug, Default)]
pub(super) struct Book(Mutex<Pages>);

#[derive(Debug, Default)]
struct Pages {
    leases: HashMap<LeaseKey, Lease>,
    /// Oldest first.
    ended: VecDeque<LeaseKey>,
    /// Bytes that the files of held Testruns have, as far as they were asked for.
    digests: HashMap<TestrunId, HashSet<Digest>>,
}

#[derive(Debug)]
struct Lease {
    run: TestrunId,
    shown: Arc<str>,
    ended: bool,
}

impl Book {
    pub(super) fn add(&self, key: LeaseKey, run: TestrunId, shown: String) {
        self.lock().leases.insert(key, Lease { run, shown: shown.into(), ended: false });
    }

    /// What is shown for this lease, if it was claimed here.
    pub(super) fn shown(&self, key: LeaseKey) -> Option<Arc<str>> {
        self.lock().leases.get(&key).map(|lease| Arc::clone(&lease.shown))
    }

    /// The lease was ended, or is lost.
    pub(super) fn end(&self, key: LeaseKey) {
        let mut pages = self.lock();
        let Some(lease) = pages.leases.get_mut(&key).filter(|lease| !lease.ended) else { return };
        lease.ended = true;
        let run = lease.run;
        pages.ended.push_back(key);
        if pages.ended.len() > REMEMBERED
            && let Some(oldest) = pages.ended.pop_front()
        {
            pages.leases.remove(&oldest);
        }
        if pages.held(run).is_none() {
            pages.digests.remove(&run);
        }
    }

    /// A lease on this Testrun.
    pub(super) fn of_run(&self, run: TestrunId) -> Option<(LeaseKey, Arc<str>)> {
        self.lock().held(run)
    }

    /// A lease on a Testrun that has a file of these bytes.
    pub(super) fn of_digest(&self, digest: Digest) -> Option<(LeaseKey, Arc<str>)> {
        let pages = self.lock();
        let runs = pages.digests.iter().filter(|(_, digests)| digests.contains(&digest));
        runs.filter_map(|(run, _)| pages.held(*run)).next()
    }

    /// Notes which bytes a Testrun has.
    pub(super) fn note(&self, run: TestrunId, files: &[FileRecord]) {
        let mut pages = self.lock();
        if pages.held(run).is_some() {
            pages.digests.insert(run, files.iter().filter_map(|file| file.digest).collect());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pages {
    fn held(&self, run: TestrunId) -> Option<(LeaseKey, Arc<str>)> {
        let mut held = self.leases.iter().filter(|(_, lease)| lease.run == run && !lease.ended);
        held.next().map(|(key, lease)| (*key, Arc::clone(&lease.shown)))
    }
}

#[cfg(test)]
mod tests {
    use testrunner_core::{Epoch, ItemId};

    use super::*;

    const RUN: TestrunId = TestrunId(1);

    fn key(item: i64) -> LeaseKey {
        LeaseKey { item: ItemId(item), epoch: Epoch(1) }
    }

    #[test]
    fn what_has_ended_is_known_for_a_while_and_reads_nothing() {
        let book = Book::default();
        let file = FileRecord {
            path: "a".to_owned(),
            role: Default::default(),
            size: 1,
            digest: Some(Digest::of(b"a")),
            result: None,
        };
        book.add(key(0), RUN, "0".to_owned());
        book.note(RUN, std::slice::from_ref(&file));
        assert_eq!(book.of_digest(Digest::of(b"a")), Some((key(0), "0".into())));
        book.end(key(0));
        assert_eq!((book.of_run(RUN), book.of_digest(Digest::of(b"a"))), (None, None));
        book.note(RUN, &[file]);
        assert_eq!(book.shown(key(0)).as_deref(), Some("0"));
        for item in 1..=1_024 {
            book.add(key(item), RUN, "x".to_owned());
            assert_eq!(book.of_digest(Digest::of(b"a")), None, "what nobody held was not noted");
            book.end(key(item));
            book.end(key(item));
        }
        assert_eq!((book.shown(key(0)), book.shown(key(1)).as_deref()), (None, Some("x")));
    }
}
