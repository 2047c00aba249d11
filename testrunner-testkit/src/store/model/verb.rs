//! What three workers, a submitter, a canceller and a janitor may do next, mistakes included.

use std::time::Duration;

use proptest::prelude::*;
use testrunner_core::store::STOP_GRACE;
use testrunner_core::testrun::StopWhy;
use testrunner_core::{CaseOutcome, FileOutcome};

use crate::store::factory::TTL;

/// One step. Numbers choose among what is there, modulo its length.
#[derive(Clone, Debug)]
pub(super) enum Verb {
    Create(Wish),
    Claim {
        worker: u8,
        max: u32,
        named: Option<Vec<usize>>,
        prefer: Option<usize>,
        who: Who,
        long: bool,
    },
    Renew {
        leases: Vec<usize>,
    },
    Append {
        lease: usize,
        guess: bool,
        from: Place,
        said: Vec<Said>,
    },
    Finish {
        lease: usize,
        guess: bool,
        from: Place,
        said: Vec<Said>,
        how: How,
    },
    /// The last call once more, as after a lost reply.
    Again,
    Stop {
        run: usize,
        why: StopWhy,
    },
    Reap {
        limit: u32,
    },
    Pass {
        time: Duration,
    },
    Delete {
        run: usize,
    },
    Prune {
        all: bool,
    },
    Read {
        run: usize,
        after: i64,
        events: u32,
        bytes: usize,
    },
    List {
        before: usize,
        limit: u32,
        mine: bool,
    },
}

/// A Testrun to be created.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) items: usize,
    pub(super) files: u32,
    pub(super) max_fail: Option<u32>,
    pub(super) deadline: bool,
    pub(super) owner: Owner,
    pub(super) priority: i16,
    /// An idempotency key and the request that it is for.
    pub(super) key: Option<(u8, u8)>,
    pub(super) by_bob: bool,
    pub(super) other_executor: bool,
    pub(super) broken: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Owner {
    Nobody,
    ThisProcess,
    /// One that no longer lives.
    Gone,
}

/// Whose items a claim asks for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Who {
    Shared,
    OwnAndShared,
    OnlyOwn,
    OnlyOfGone,
}

/// Where a batch begins, against what the worker knows to be stored.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    Next,
    OneBack,
    Start,
    Beyond,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Said {
    Log(u32),
    Started(u32),
    Case(u32, CaseOutcome),
    Finished(u32, FileOutcome, Duration),
    /// About a file of another item.
    Foreign,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum How {
    /// With all results that are missing.
    Completed,
    /// Whether or not results are missing.
    CompletedBlindly,
    Cancelled,
    Release,
    Infra {
        secs: u64,
        fatal: bool,
    },
}

fn said() -> impl Strategy<Value = Said> {
    let case = prop::sample::select(vec![
        CaseOutcome::Passed,
        CaseOutcome::Passed,
        CaseOutcome::Failed,
        CaseOutcome::Error,
        CaseOutcome::Skipped,
    ]);
    let file = prop::sample::select(vec![
        FileOutcome::Passed,
        FileOutcome::Passed,
        FileOutcome::Failed,
        FileOutcome::Crashed,
        FileOutcome::Empty,
        FileOutcome::Cancelled,
    ]);
    prop_oneof![
        6 => (0..3_u32).prop_map(Said::Log),
        2 => (0..3_u32).prop_map(Said::Started),
        6 => (0..3_u32, case).prop_map(|(file, outcome)| Said::Case(file, outcome)),
        5 => (0..3_u32, file, 1..9_u64).prop_map(|(file, outcome, secs)| {
            Said::Finished(file, outcome, Duration::from_secs(secs))
        }),
        1 => Just(Said::Foreign),
    ]
}

fn wish() -> impl Strategy<Value = Wish> {
    let owner = prop_oneof![8 => Just(Owner::Nobody), 2 => Just(Owner::ThisProcess), 1 => Just(Owner::Gone)];
    let shape = (1..5_usize, 1..4_u32, prop::option::weighted(0.3, 1..4_u32), prop::bool::weighted(0.3));
    let who = (owner, -1..2_i16, prop::option::weighted(0.3, (0..3_u8, 0..2_u8)), prop::bool::weighted(0.3));
    (shape, who, prop::bool::weighted(0.1), prop::bool::weighted(0.05)).prop_map(
        |((items, files, max_fail, deadline), (owner, priority, key, by_bob), other_executor, broken)| Wish {
            items,
            files,
            max_fail,
            deadline,
            owner,
            priority,
            key,
            by_bob,
            other_executor,
            broken,
        },
    )
}

fn claim() -> impl Strategy<Value = Verb> {
    let who = prop_oneof![
        4 => Just(Who::OwnAndShared),
        2 => Just(Who::Shared),
        1 => Just(Who::OnlyOwn),
        1 => Just(Who::OnlyOfGone),
    ];
    let named = prop::option::weighted(0.2, prop::collection::vec(any::<usize>(), 0..4));
    let prefer = prop::option::weighted(0.3, any::<usize>());
    (0..3_u8, 0..4_u32, named, prefer, who, prop::bool::weighted(0.2)).prop_map(
        |(worker, max, named, prefer, who, long)| Verb::Claim { worker, max, named, prefer, who, long },
    )
}

/// Any step, in about the mix that makes Testruns live and end.
pub(super) fn verb() -> impl Strategy<Value = Verb> {
    let place = prop_oneof![
        10 => Just(Place::Next),
        1 => Just(Place::OneBack),
        1 => Just(Place::Start),
        1 => Just(Place::Beyond),
    ];
    let how = prop_oneof![
        8 => Just(How::Completed),
        1 => Just(How::CompletedBlindly),
        1 => Just(How::Cancelled),
        3 => Just(How::Release),
        2 => (0..40_u64, prop::bool::weighted(0.2)).prop_map(|(secs, fatal)| How::Infra { secs, fatal }),
    ];
    let why = prop::sample::select(vec![
        StopWhy::Cancel,
        StopWhy::Cancel,
        StopWhy::FailFast,
        StopWhy::Deadline,
        StopWhy::Drain,
    ]);
    let time = prop::sample::select(vec![
        Duration::from_micros(1),
        Duration::from_millis(700),
        TTL / 2,
        TTL,
        TTL + Duration::from_millis(1),
        STOP_GRACE + Duration::from_millis(1),
    ]);
    let events = || prop::collection::vec(said(), 0..5);
    let lease = || (any::<usize>(), prop::bool::weighted(0.03));
    prop_oneof![
        4 => wish().prop_map(Verb::Create),
        9 => claim(),
        2 => prop::collection::vec(any::<usize>(), 0..4).prop_map(|leases| Verb::Renew { leases }),
        8 => (lease(), place.clone(), events()).prop_map(|((lease, guess), from, said)| Verb::Append {
            lease, guess, from, said,
        }),
        9 => (lease(), place, events(), how).prop_map(|((lease, guess), from, said, how)| Verb::Finish {
            lease, guess, from, said, how,
        }),
        4 => Just(Verb::Again),
        1 => (any::<usize>(), why).prop_map(|(run, why)| Verb::Stop { run, why }),
        3 => (0..6_u32).prop_map(|limit| Verb::Reap { limit }),
        3 => time.prop_map(|time| Verb::Pass { time }),
        1 => any::<usize>().prop_map(|run| Verb::Delete { run }),
        1 => any::<bool>().prop_map(|all| Verb::Prune { all }),
        1 => (any::<usize>(), 0..30_i64, 0..9_u32, 0..2_000_usize).prop_map(|(run, after, events, bytes)| {
            Verb::Read { run, after, events, bytes }
        }),
        1 => (any::<usize>(), 0..4_u32, any::<bool>()).prop_map(|(before, limit, mine)| Verb::List {
            before, limit, mine,
        }),
    ]
}
