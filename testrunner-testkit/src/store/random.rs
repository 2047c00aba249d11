//! Any history of verbs, by three workers that also make every mistake, keeps the promises.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};
use testrunner_core::event::NewEvent;
use testrunner_core::store::{ClaimRequest, NewTestrun, Outcome, STOP_GRACE};
use testrunner_core::testrun::StopWhy;
use testrunner_core::{CaseOutcome, FileOutcome, LeaseKey, StoreErrorKind, TestrunId};

use super::factory::{TTL, all_ended, case, claim_by, directory, finished, grouped, log};
use super::{Bench, Dump, StoreHarness};

/// One call to the store, or a step of time. Numbers choose among what is there, modulo its length.
#[derive(Clone, Debug)]
enum Verb {
    Create { items: usize, files: u32, max_fail: Option<u32>, deadline: bool, pinned: bool },
    Claim { worker: u8, max: u32 },
    Renew { lease: usize },
    Append { lease: usize, from: Place, events: Vec<Said> },
    Finish { lease: usize, from: Place, events: Vec<Said>, how: How },
    Stop { run: usize, why: StopWhy },
    Reap { limit: u32 },
    Pass { time: Duration },
    Delete { run: usize },
    Prune,
}

/// Where a batch begins, against what the worker knows to be stored.
#[derive(Clone, Copy, Debug)]
enum Place {
    Next,
    Again,
    Beyond,
}

#[derive(Clone, Copy, Debug)]
enum Said {
    Log(u32),
    Case(u32, CaseOutcome),
    Finished(u32, FileOutcome),
}

#[derive(Clone, Copy, Debug)]
enum How {
    Completed,
    Cancelled,
    Release,
    Infra { fatal: bool },
}

fn said() -> impl Strategy<Value = Said> {
    let case = prop::sample::select(vec![CaseOutcome::Passed, CaseOutcome::Failed, CaseOutcome::Skipped]);
    let file = prop::sample::select(vec![
        FileOutcome::Passed,
        FileOutcome::Passed,
        FileOutcome::Failed,
        FileOutcome::Crashed,
        FileOutcome::Empty,
        FileOutcome::Cancelled,
    ]);
    prop_oneof![
        (0..3_u32).prop_map(Said::Log),
        (0..3_u32, case).prop_map(|(file, outcome)| Said::Case(file, outcome)),
        (0..3_u32, file).prop_map(|(file, outcome)| Said::Finished(file, outcome)),
    ]
}

fn verb() -> impl Strategy<Value = Verb> {
    let place = prop_oneof![8 => Just(Place::Next), 1 => Just(Place::Again), 1 => Just(Place::Beyond)];
    let how = prop_oneof![
        6 => Just(How::Completed),
        1 => Just(How::Cancelled),
        2 => Just(How::Release),
        2 => any::<bool>().prop_map(|fatal| How::Infra { fatal }),
    ];
    let why = prop::sample::select(vec![StopWhy::Cancel, StopWhy::FailFast, StopWhy::Deadline]);
    let time = prop::sample::select(vec![
        Duration::from_millis(1),
        Duration::from_secs(1),
        TTL + Duration::from_millis(1),
        STOP_GRACE + Duration::from_millis(1),
    ]);
    let events = || prop::collection::vec(said(), 0..5);
    prop_oneof![
        3 => (1..4_usize, 1..4_u32, prop::option::of(1..3_u32), any::<bool>(), prop::bool::weighted(0.2))
            .prop_map(|(items, files, max_fail, deadline, pinned)| Verb::Create {
                items, files, max_fail, deadline, pinned,
            }),
        6 => (0..3_u8, 1..4_u32).prop_map(|(worker, max)| Verb::Claim { worker, max }),
        1 => any::<usize>().prop_map(|lease| Verb::Renew { lease }),
        6 => (any::<usize>(), place.clone(), events())
            .prop_map(|(lease, from, events)| Verb::Append { lease, from, events }),
        6 => (any::<usize>(), place, events(), how)
            .prop_map(|(lease, from, events, how)| Verb::Finish { lease, from, events, how }),
        1 => (any::<usize>(), why).prop_map(|(run, why)| Verb::Stop { run, why }),
        3 => (1..9_u32).prop_map(|limit| Verb::Reap { limit }),
        3 => time.prop_map(|time| Verb::Pass { time }),
        1 => any::<usize>().prop_map(|run| Verb::Delete { run }),
        1 => Just(Verb::Prune),
    ]
}

/// 21, 22, 24, 28 and all that [`Dump::check`] knows, after every step of any history; what has ended never
/// changes again.
///
/// The number of histories is that of `PROPTEST_CASES`, else 64.
pub async fn random_histories_keep_the_promises(h: &impl StoreHarness) {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(64);
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 400, ..Config::default() };
    let histories = prop::collection::vec(verb(), 1..60);
    // The runner is not async; it gets this thread to itself for as long as it takes.
    let handle = tokio::runtime::Handle::current();
    let outcome = tokio::task::block_in_place(|| {
        TestRunner::new(config).run(&histories, |history| {
            handle.block_on(play(h, &history));
            Ok(())
        })
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(why, history)) => panic!("{why}\nthe shortest history found: {history:#?}"),
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
}

async fn play(h: &impl StoreHarness, history: &[Verb]) {
    let mut player = Player { bench: Bench::new(h).await, runs: Vec::new(), leases: Vec::new() };
    let mut ended: BTreeMap<TestrunId, Dump> = BTreeMap::new();
    for verb in history {
        player.step(verb).await;
        let mut now = BTreeMap::new();
        for run in player.bench.runs().await {
            let dump = player.bench.dump(run).await;
            dump.check();
            if dump.run.status().is_terminal() {
                now.insert(run, dump);
            }
        }
        for (run, before) in &ended {
            let gone = matches!(verb, Verb::Delete { .. } | Verb::Prune);
            match now.get(run) {
                Some(after) => assert_eq!(after, before, "Testrun {run} changed after its end"),
                None => assert!(gone, "Testrun {run} is gone after {verb:?}"),
            }
        }
        ended = now;
    }
}

struct Player {
    bench: Bench,
    runs: Vec<TestrunId>,
    /// Every lease ever given out, with the number of events that its holder knows to be stored.
    leases: Vec<(LeaseKey, Vec<u32>, u64)>,
}

impl Player {
    async fn step(&mut self, verb: &Verb) {
        let bench = self.bench.clone();
        match verb {
            Verb::Create { items, files, max_fail, deadline, pinned } => {
                let new = new_run(&bench, *items, *files, *pinned);
                let time_limit = deadline.then_some(TTL * 3);
                let new = NewTestrun { max_fail: *max_fail, time_limit, max_lost: 2, max_infra: 2, ..new };
                self.runs.push(bench.submit(&new).await.id());
            }
            Verb::Claim { worker, max } => {
                let process = Some(bench.store.process());
                let request = ClaimRequest { process, ..claim_by(&format!("w{worker}"), *max) };
                let leases = bench.claim_as(&request).await;
                self.leases.extend(leases.into_iter().map(|lease| (lease.key, lease.files, 0)));
            }
            Verb::Renew { lease } => {
                if let Some((key, ..)) = pick(&self.leases, *lease) {
                    bench.renew(*key).await;
                }
            }
            Verb::Append { lease, from, events } => self.append(*lease, *from, events).await,
            Verb::Finish { lease, from, events, how } => self.finish(*lease, *from, events, *how).await,
            Verb::Stop { run, why } => {
                if let Some(run) = pick(&self.runs, *run) {
                    allow(bench.store.request_stop(*run, *why, "eve").await, &[StoreErrorKind::NotFound]);
                }
            }
            Verb::Reap { limit } => drop(bench.store.reap(*limit).await.expect("reap")),
            Verb::Pass { time } => bench.advance(*time),
            Verb::Delete { run } => {
                if let Some(run) = pick(&self.runs, *run) {
                    let refusals = [StoreErrorKind::NotFound, StoreErrorKind::Conflict];
                    allow(bench.store.delete(*run).await, &refusals);
                }
            }
            Verb::Prune => {
                bench.store.prune(&all_ended(), 1).await.expect("prune");
            }
        }
    }

    async fn append(&mut self, lease: usize, from: Place, said: &[Said]) {
        let Some((key, files, stored)) = pick(&self.leases, lease).cloned() else { return };
        let events = events(&files, said);
        let answer = self.bench.append(key, begin(from, stored), &events).await;
        if let Ok(appended) = &answer {
            let at = lease % self.leases.len();
            self.leases[at].2 = appended.next_n;
        }
        allow_gap(answer, stored);
    }

    async fn finish(&self, lease: usize, from: Place, said: &[Said], how: How) {
        let Some((key, files, stored)) = pick(&self.leases, lease).cloned() else { return };
        let mut events = events(&files, said);
        let outcome = match how {
            How::Completed => {
                // Mostly with what is missing, so that it is accepted.
                let item = self.bench.runs().await;
                let done = self.finished_files(&item, key).await;
                let told = |file: &u32| {
                    let tells = |event: &NewEvent| {
                        event.body.kind() == "file_finished" && event.body.file() == Some(*file)
                    };
                    events.iter().any(tells)
                };
                let left: Vec<u32> =
                    files.into_iter().filter(|file| !done.contains(file) && !told(file)).collect();
                events.extend(left.into_iter().map(|file| finished(file, FileOutcome::Passed)));
                Outcome::Completed
            }
            How::Cancelled => Outcome::Cancelled,
            How::Release => Outcome::Release,
            How::Infra { fatal } => {
                let (message, retry_in) = ("no python".to_owned(), Duration::from_secs(1));
                Outcome::Infra { message, retry_in, fatal }
            }
        };
        allow_gap(self.bench.finish(key, begin(from, stored), &events, &outcome).await, stored);
    }

    async fn finished_files(&self, runs: &[TestrunId], key: LeaseKey) -> Vec<u32> {
        for run in runs {
            if self.bench.items(*run).await.iter().any(|item| item.id == key.item) {
                let files = (0..).zip(self.bench.get(*run).await.files);
                return files.filter(|(_, file)| file.result.is_some()).map(|(index, _)| index).collect();
            }
        }
        Vec::new()
    }
}

fn new_run(bench: &Bench, items: usize, files: u32, pinned: bool) -> NewTestrun {
    let groups: Vec<Vec<u32>> =
        (0..items as u32).map(|item| (item * files..(item + 1) * files).collect()).collect();
    let new = grouped(&groups.iter().map(Vec::as_slice).collect::<Vec<_>>());
    if !pinned {
        return new;
    }
    let owner = directory(1, bench.store.process());
    NewTestrun { source: owner.source, pinned_to: owner.pinned_to, ..new }
}

/// The events, about files of the item; now and then about one that is not.
fn events(files: &[u32], said: &[Said]) -> Vec<NewEvent> {
    let file = |n: u32| files.get(n as usize).copied().unwrap_or(files[0]);
    let events = said.iter().map(|said| match *said {
        Said::Log(n) => log(file(n), "x"),
        Said::Case(n, outcome) => case(file(n), "test_it", outcome),
        Said::Finished(n, outcome) => finished(file(n), outcome),
    });
    events.collect()
}

const fn begin(from: Place, stored: u64) -> u64 {
    match from {
        Place::Next => stored,
        Place::Again => stored.saturating_sub(1),
        Place::Beyond => stored + 1,
    }
}

fn pick<T>(all: &[T], n: usize) -> Option<&T> {
    all.get(n.checked_rem(all.len())?)
}

fn allow<T>(answer: testrunner_core::store::StoreResult<T>, refusals: &[StoreErrorKind]) {
    if let Err(error) = answer {
        assert!(refusals.contains(&error.kind()), "{error:?}");
    }
}

fn allow_gap<T>(answer: testrunner_core::store::StoreResult<T>, stored: u64) {
    let gap = StoreErrorKind::Gap { expected_n: stored };
    allow(answer, &[StoreErrorKind::Fenced, StoreErrorKind::Invalid, gap]);
}
