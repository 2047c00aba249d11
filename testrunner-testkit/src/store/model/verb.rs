//! What three workers, a submitter, a canceller and a janitor may do next, mistakes included.

use std::time::Duration;

use proptest::prelude::*;
use testrunner_core::store::STOP_GRACE;
use testrunner_core::testrun::StopWhy;
use testrunner_core::{CaseOutcome, FailReason, FileOutcome, Status};

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
    Prune(Keep),
    Read {
        run: usize,
        after: i64,
        events: u32,
        bytes: usize,
    },
    List(Asked),
    Backlog {
        limit: u32,
    },
    Changes {
        back: u64,
        limit: u32,
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
    /// The value of the label `branch`.
    pub(super) branch: Option<u8>,
    /// More labels than are allowed.
    pub(super) overlabelled: bool,
}

/// Which ended Testruns stay.
#[derive(Clone, Copy, Debug)]
pub(super) enum Keep {
    Nothing,
    /// What ended within the last minute.
    Young,
    Newest(u64),
    /// As many as need no room: none.
    NoBytes,
}

/// What a listing asks for.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) before: Option<usize>,
    pub(super) limit: u32,
    pub(super) statuses: Vec<Status>,
    pub(super) reasons: Vec<FailReason>,
    pub(super) of_bob: bool,
    /// The label `branch`, perhaps with its value; and also one that nobody has.
    pub(super) branch: Option<Option<u8>>,
    pub(super) unknown_label: bool,
    pub(super) text: Option<&'static str>,
    /// Since, and until, the creation of one of them.
    pub(super) from: Option<usize>,
    pub(super) until: Option<usize>,
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
    let odd = (prop::bool::weighted(0.1), prop::bool::weighted(0.05), prop::bool::weighted(0.03));
    (shape, who, odd, prop::option::weighted(0.4, 0..3_u8)).prop_map(|(shape, who, odd, branch)| {
        let (items, files, max_fail, deadline) = shape;
        let (owner, priority, key, by_bob) = who;
        let (other_executor, broken, overlabelled) = odd;
        Wish {
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
            branch,
            overlabelled,
        }
    })
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

fn keep() -> impl Strategy<Value = Keep> {
    prop_oneof![
        Just(Keep::Nothing),
        Just(Keep::Young),
        (0..6_u64).prop_map(Keep::Newest),
        Just(Keep::NoBytes),
    ]
}

fn asked() -> impl Strategy<Value = Asked> {
    let statuses = prop::sample::subsequence(
        vec![Status::Created, Status::Running, Status::Failed, Status::Success],
        0..3,
    );
    let reasons = prop::sample::subsequence(
        vec![FailReason::Cancelled, FailReason::TimedOut, FailReason::WorkerLost, FailReason::TestsFailed],
        0..3,
    );
    let run = || prop::option::weighted(0.3, any::<usize>());
    let branch = prop::option::weighted(0.3, prop::option::of(0..3_u8));
    let text =
        prop::option::weighted(0.3, prop::sample::select(vec!["BO", "test_1", "Main", "anch", "3", ""]));
    let place = (run(), 0..4_u32);
    let who = (prop::bool::weighted(0.3), branch, prop::bool::weighted(0.05), text);
    (place, prop::option::weighted(0.4, statuses), prop::option::weighted(0.3, reasons), who, run(), run())
        .prop_map(|(place, statuses, reasons, who, from, until)| Asked {
            before: place.0,
            limit: place.1,
            statuses: statuses.unwrap_or_default(),
            reasons: reasons.unwrap_or_default(),
            of_bob: who.0,
            branch: who.1,
            unknown_label: who.2,
            text: who.3,
            from,
            until,
        })
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
        1 => keep().prop_map(Verb::Prune),
        1 => (any::<usize>(), 0..30_i64, 0..9_u32, 0..2_000_usize).prop_map(|(run, after, events, bytes)| {
            Verb::Read { run, after, events, bytes }
        }),
        2 => asked().prop_map(Verb::List),
        1 => (0..6_u32).prop_map(|limit| Verb::Backlog { limit }),
        1 => (0..9_u64, 0..4_u32).prop_map(|(back, limit)| Verb::Changes { back, limit }),
    ]
}
