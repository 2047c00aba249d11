//! A store and the ledger, side by side.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::time::Duration;

use testrunner_core::event::NewEvent;
use testrunner_core::store::{
    Assignment, Candidates, CaseQuery, ClaimRequest, EventLimit, Idempotency, LabelQuery, ListQuery,
    NewTestrun, Outcome, Retention,
};
use testrunner_core::testrun::StopWhy;
use testrunner_core::{
    Clock as _, Digest, FileOutcome, ItemId, Labels, LeaseKey, Plan, ProcessId, Seq, TestrunId, Timestamp,
};

use super::call::Call;
use super::same::assert_same_log;
use super::verb::{Asked, How, Keep, Owner, Place, Said, Verb, Who, Wish};
use crate::ledger::Ledger;
use crate::store::Bench;
use crate::store::factory::{
    TTL, all_ended, case, claim_by, directory, ended_before, finished, finished_after, grouped, log, started,
};

/// Testruns that are kept at the most, so that a long walk does not become slower and slower.
const RUNS: usize = 10;
/// Events of one Testrun after which it is stopped.
const EVENTS: usize = 300;
/// Leases that workers remember, most of them lost by then.
const REMEMBERED: usize = 10;

/// What a worker knows of a lease that it got.
#[derive(Clone, Debug)]
struct Known {
    key: LeaseKey,
    files: Vec<u32>,
    next_n: u64,
}

pub(super) struct Pair {
    pub(super) bench: Bench,
    pub(super) ledger: Ledger,
    /// The largest numbers so far.
    pub(super) newest: (TestrunId, ItemId),
    gone: ProcessId,
    leases: VecDeque<Known>,
    last: Option<Call>,
    /// Events that belong to one call of the janitor.
    any_order: BTreeMap<TestrunId, Vec<Range<usize>>>,
}

impl Pair {
    pub(super) fn new(bench: Bench) -> Self {
        Self {
            ledger: Ledger::new(bench.store.process()),
            newest: (TestrunId(0), ItemId(0)),
            gone: ProcessId::unique(),
            leases: VecDeque::new(),
            last: None,
            any_order: BTreeMap::new(),
            bench,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.bench.clock.now()
    }

    pub(super) async fn step(&mut self, at: &str, verb: &Verb) {
        if matches!(verb, Verb::Create(_)) {
            self.make_room(at).await;
        }
        let call = match verb {
            Verb::Pass { time } => return self.bench.advance(*time),
            Verb::Again => self.last.clone(),
            _ => self.call(verb),
        };
        let Some(call) = call else { return };
        self.make(at, &call).await;
        self.last = Some(call);
    }

    /// Ends and removes what would make a long walk slow.
    async fn make_room(&mut self, at: &str) {
        let long: Vec<TestrunId> =
            self.lengths().into_iter().filter(|(_, n)| *n > EVENTS).map(|(run, _)| run).collect();
        for run in long {
            self.make(at, &Call::Stop(run, StopWhy::Cancel)).await;
        }
        let runs = self.ledger.runs();
        if runs.len() >= RUNS {
            self.make(at, &Call::Stop(runs[0], StopWhy::Cancel)).await;
            self.make(at, &Call::Prune(all_ended(), 1_000)).await;
            let left = self.ledger.runs();
            self.any_order.retain(|run, _| left.contains(run));
        }
    }

    /// The length of each log.
    pub(super) fn lengths(&self) -> BTreeMap<TestrunId, usize> {
        let length = |run| self.ledger.log(run).map_or(0, <[_]>::len);
        self.ledger.runs().into_iter().map(|run| (run, length(run))).collect()
    }

    /// What the ledger wrote since then is of one call, and may stand in any order.
    pub(super) fn note_call_of_any_order(&mut self, before: &BTreeMap<TestrunId, usize>) {
        for (run, now) in self.lengths() {
            let before = before.get(&run).copied().unwrap_or(0);
            if now > before + 1 {
                self.any_order.entry(run).or_default().push(before..now);
            }
        }
    }

    pub(super) fn learn(&mut self, leases: &[Assignment]) {
        for lease in leases {
            self.leases.push_front(Known { key: lease.key, files: lease.files.clone(), next_n: 0 });
        }
        self.leases.truncate(REMEMBERED);
    }

    pub(super) fn learn_next(&mut self, key: LeaseKey, next_n: Option<u64>) {
        if let Some((known, next_n)) = self.leases.iter_mut().find(|known| known.key == key).zip(next_n) {
            known.next_n = next_n;
        }
    }

    /// All that is stored, on both sides.
    pub(super) async fn compare(&self) {
        let all = CaseQuery { limit: 1_000_000, ..CaseQuery::default() };
        assert_eq!(self.bench.runs().await, self.ledger.runs(), "the Testruns that there are");
        let theirs = self.bench.store.backlog(1_000).await.expect("backlog");
        assert_eq!(theirs, self.ledger.backlog(self.now(), 1_000), "the backlog");
        let after = self.ledger.changes(0, 1).last.saturating_sub(500);
        let theirs = self.bench.store.changes(after, 500).await.expect("changes");
        assert_eq!(theirs, self.ledger.changes(after, 500), "the changes");
        for run in self.ledger.runs() {
            let theirs = self.bench.dump(run).await;
            let any_order = self.any_order.get(&run).map_or(&[][..], Vec::as_slice);
            assert_same_log(&theirs.events, self.ledger.log(run).expect("there"), any_order);
            assert_eq!(theirs.items, self.ledger.items(run).expect("there"), "items of Testrun {run}");
            assert_eq!(theirs.run, self.ledger.get(run).expect("there"), "Testrun {run}");
            assert_eq!(theirs.cases, self.ledger.cases(run, &all).expect("there"), "cases of Testrun {run}");
            let paths: Vec<String> = theirs.run.files.into_iter().map(|file| file.path).collect();
            let suite = theirs.run.summary.suite;
            let theirs = self.bench.store.history(&suite, &paths).await.expect("history");
            let ours = self.ledger.history(&suite, &paths);
            // How long a store remembers is its own affair; what it remembers is not.
            let known = theirs.iter().all(|(path, took)| ours.get(path) == Some(took));
            assert!(known, "history of {suite}: {theirs:?}, the ledger: {ours:?}");
        }
    }

    fn call(&self, verb: &Verb) -> Option<Call> {
        Some(match verb {
            Verb::Pass { .. } | Verb::Again => return None,
            Verb::Create(wish) => Call::Create(Box::new(self.wished(wish))),
            Verb::Claim { worker, max, named, prefer, who, long } => {
                let request = claim_by(&format!("w{worker}"), *max);
                let items: Vec<ItemId> = self.items();
                let from = named
                    .as_ref()
                    .map(|named| Candidates::Items(named.iter().filter_map(|n| pick(&items, *n)).collect()));
                let (process, shared) = match who {
                    Who::Shared => (None, true),
                    Who::OwnAndShared => (Some(self.bench.store.process()), true),
                    Who::OnlyOwn => (Some(self.bench.store.process()), false),
                    Who::OnlyOfGone => (Some(self.gone.clone()), false),
                };
                let prefer = prefer.and_then(|n| pick(&self.ledger.runs(), n));
                Call::Claim(ClaimRequest {
                    from: from.unwrap_or(Candidates::Any),
                    process,
                    shared,
                    prefer: prefer.into_iter().collect(),
                    ttl: if *long { TTL * 20 } else { TTL },
                    ..request
                })
            }
            Verb::Renew { leases } => {
                let keys = leases.iter().filter_map(|n| Some(self.known(*n, false)?.key));
                Call::Renew(keys.collect(), TTL)
            }
            Verb::Append { lease, guess, from, said } => {
                let known = self.known(*lease, *guess)?;
                Call::Append(known.key, begin(*from, known.next_n), events(&known.files, said))
            }
            Verb::Finish { lease, guess, from, said, how } => {
                let known = self.known(*lease, *guess)?;
                let mut tail = events(&known.files, said);
                let outcome = self.outcome(*how, &known, &mut tail);
                Call::Finish(known.key, begin(*from, known.next_n), tail, outcome)
            }
            Verb::Stop { run, why } => Call::Stop(pick(&self.ledger.runs(), *run)?, *why),
            Verb::Reap { limit } => Call::Reap(*limit),
            Verb::Delete { run } => Call::Delete(pick(&self.ledger.runs(), *run)?),
            Verb::Prune(keep) => {
                let (retention, limit) = match keep {
                    Keep::Nothing => (all_ended(), 1),
                    Keep::Young => (ended_before(Timestamp(self.now().0 - 60_000_000)), 2),
                    Keep::Newest(n) => (Retention { newest: Some(*n), ..Retention::default() }, 3),
                    Keep::NoBytes => (Retention { bytes: Some(0), ..Retention::default() }, 1),
                };
                Call::Prune(retention, limit)
            }
            Verb::Read { run, after, events, bytes } => {
                let limit = EventLimit { events: *events, bytes: *bytes };
                Call::Read(pick(&self.ledger.runs(), *run)?, Seq(*after), limit)
            }
            Verb::List(asked) => Call::List(self.query(asked)),
            Verb::Backlog { limit } => Call::Backlog(*limit),
            Verb::Changes { back, limit } => {
                let last = self.ledger.changes(0, 1).last;
                // One back is one ahead.
                Call::Changes((last + 1).saturating_sub(*back), *limit)
            }
        })
    }

    fn query(&self, asked: &Asked) -> ListQuery {
        let runs = self.ledger.runs();
        let created = |n| Some(self.ledger.get(pick(&runs, n)?).expect("there").summary.created_at);
        let branch = asked.branch.map(|value| LabelQuery {
            key: "branch".to_owned(),
            value: value.map(|value| format!("main-{value}")),
        });
        let unknown = asked.unknown_label.then(|| LabelQuery { key: "unknown".to_owned(), value: None });
        ListQuery {
            before: asked.before.and_then(|n| pick(&runs, n)),
            limit: asked.limit,
            statuses: asked.statuses.clone(),
            reasons: asked.reasons.clone(),
            username: asked.of_bob.then(|| "bob".to_owned()),
            labels: branch.into_iter().chain(unknown).collect(),
            text: asked.text.map(str::to_owned),
            created_from: asked.from.and_then(created),
            created_before: asked.until.and_then(created),
        }
    }

    fn wished(&self, wish: &Wish) -> NewTestrun {
        let (items, files) = (wish.items as u32, wish.files);
        let groups: Vec<Vec<u32>> =
            (0..items).map(|item| (item * files..(item + 1) * files).collect()).collect();
        let mut new = grouped(&groups.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let owner = match wish.owner {
            Owner::Nobody => None,
            Owner::ThisProcess => Some(self.bench.store.process()),
            Owner::Gone => Some(self.gone.clone()),
        };
        if let Some(owner) = owner {
            let pinned = directory(1, owner);
            (new.source, new.pinned_to) = (pinned.source, pinned.pinned_to);
        }
        if wish.broken {
            new.items.pop();
        }
        let mut labels = Labels::new();
        labels.extend(wish.branch.map(|branch| ("branch".to_owned(), format!("main-{branch}"))));
        if wish.overlabelled {
            labels.extend((0..17).map(|n| (format!("k{n}"), String::new())));
        }
        NewTestrun {
            username: if wish.by_bob { "bob" } else { "ada" }.to_owned(),
            executor: if wish.other_executor { "cargo".to_owned() } else { new.executor },
            suite: format!("suite {}", wish.items),
            plan: if wish.files > 1 { Plan::Whole } else { Plan::PerFile },
            priority: wish.priority,
            max_fail: wish.max_fail,
            time_limit: wish.deadline.then_some(TTL * 3),
            max_lost: 2,
            max_infra: 2,
            idempotency: wish
                .key
                .map(|(key, request)| Idempotency { key: key.to_string(), request: Digest::of(&[request]) }),
            labels,
            ..new
        }
    }

    fn items(&self) -> Vec<ItemId> {
        let items = self.ledger.runs().into_iter().flat_map(|run| self.ledger.items(run).expect("there"));
        items.map(|item| item.id).collect()
    }

    fn known(&self, n: usize, guess: bool) -> Option<Known> {
        let n = n.checked_rem(self.leases.len())?;
        let mut known = self.leases[n].clone();
        if guess {
            known.key.epoch.0 += 1;
        }
        Some(known)
    }

    fn outcome(&self, how: How, known: &Known, tail: &mut Vec<NewEvent>) -> Outcome {
        match how {
            How::Completed => {
                let done = self.results(known.key.item);
                let told = |file: u32| {
                    let tells = |event: &NewEvent| {
                        event.body.kind() == "file_finished" && event.body.file() == Some(file)
                    };
                    tail.iter().any(tells)
                };
                let left: Vec<u32> =
                    known.files.iter().copied().filter(|file| !done.contains(file) && !told(*file)).collect();
                tail.extend(left.into_iter().map(|file| finished(file, FileOutcome::Passed)));
                Outcome::Completed
            }
            How::CompletedBlindly => Outcome::Completed,
            How::Cancelled => Outcome::Cancelled,
            How::Release => Outcome::Release,
            How::Infra { secs, fatal } => {
                let retry_in = Duration::from_secs(secs);
                Outcome::Infra { message: "no python".to_owned(), retry_in, fatal }
            }
        }
    }

    /// The files that have a result, of the Testrun of this item.
    fn results(&self, item: ItemId) -> Vec<u32> {
        let has =
            |run: &TestrunId| self.ledger.items(*run).is_ok_and(|items| items.iter().any(|it| it.id == item));
        let Some(run) = self.ledger.runs().into_iter().find(has) else { return Vec::new() };
        let files = (0..).zip(self.ledger.files(run).expect("there"));
        files.filter(|(_, file)| file.result.is_some()).map(|(index, _)| index).collect()
    }
}

fn events(files: &[u32], said: &[Said]) -> Vec<NewEvent> {
    let file = |n: u32| files.get(n as usize).copied().unwrap_or(files[0]);
    let events = said.iter().map(|said| match *said {
        Said::Log(n) => log(file(n), "x"),
        Said::Started(n) => started(file(n)),
        Said::Case(n, outcome) => case(file(n), &format!("test_{n}"), outcome),
        Said::Finished(n, outcome, took) => finished_after(file(n), outcome, took),
        Said::Foreign => started(99),
    });
    events.collect()
}

const fn begin(from: Place, next_n: u64) -> u64 {
    match from {
        Place::Next => next_n,
        Place::OneBack => next_n.saturating_sub(1),
        Place::Start => 0,
        Place::Beyond => next_n + 1,
    }
}

fn pick<T: Copy>(all: &[T], n: usize) -> Option<T> {
    all.get(n.checked_rem(all.len())?).copied()
}
