//! The mistakes.

use strum::{Display, EnumIter};

/// One mistake in the protocol. Each was made by somebody: most stand in the issue trackers of job queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Display, EnumIter)]
#[strum(serialize_all = "snake_case")]
pub enum Mutant {
    /// `finish` looks whether the item is leased, not by whom.
    FinishIgnoresTheEpoch,
    /// A lease is held by whoever has the name of its worker.
    FenceByWorkerName,
    /// The fence is the number of attempts, and a release takes its attempt back.
    FenceByAttempts,
    /// Taking an item back does not fence its old holder.
    ReapKeepsTheEpoch,
    /// Taking back is two steps: see what is overdue, then write it ready.
    ReapInTwoSteps,
    /// A lease that has run out may not be written to, although nobody took it over.
    ExpiryFences,
    /// A renewal never shortens a lease, also when the clock was set back.
    RenewOnlyLengthens,
    /// What was submitted before the clock was set back waits for that time to come again.
    SubmittedInTheFuture,
    /// Items are leased before their time.
    DueIgnored,
    /// Items are leased in the order of their numbers.
    OrderByNumber,
    /// Directory Testruns are leased to any process.
    PinnedForAnyone,
    /// The last events are stored by themselves, before it is seen whether the verdict is accepted.
    TailBeforeVerdict,
    /// A holder that asks again after a lost reply is told that it is fenced.
    FinishOnlyOnce,
    /// "Completed" is believed.
    CompletedOnTrust,
    /// Lost workers are not counted.
    LossesUncounted,
    /// A release counts as a failure of infrastructure.
    ReleaseCounted,
    /// Events that are sent again are stored again.
    AppendTwice,
    /// Events are stored also when some before them are missing.
    GapAccepted,
    /// A refused append uses up a `seq`, as a sequence of a database does.
    SeqGap,
    /// The newest event can be read before the one before it.
    LateCommit,
    /// An event larger than a page is not returned.
    EmptyPage,
    /// The cases of a file are what its worker says that it reported.
    CountsFromTheCaller,
    /// Cases count also when their worker was lost before the file's end.
    LostCasesCount,
    /// The next holder is not told which files are finished.
    DoneIgnored,
    /// A file may get a second result.
    SecondResult,
    /// The number of a deleted Testrun is given again.
    NumbersReused,
    /// An idempotency key is not looked at.
    KeyForgotten,
    /// An idempotency key is one for all users.
    KeyOfAnybody,
    /// An ended Testrun can still be stopped.
    EndNotAbsorbing,
    /// A stop is marked; what waits is left to a sweep that never comes.
    MarkWithoutSweep,
    /// What goes back to the queue does not look for a stop mark.
    ReturnWithoutRecheck,
    /// `max_fail` is looked at with the next call, not with the one that reaches it.
    MaxFailLater,
    /// Deadlines are not looked at.
    DeadlineForgotten,
    /// A stop that is ignored is never forced.
    GraceForgotten,
    /// That a claim makes a Testrun RUNNING is not told to those who follow the changes.
    ClaimNoChange,
    /// Who has missed changes is told the others as if they were all.
    MissedUnsaid,
    /// Counts are of all users, whoever was asked for.
    CountsOfEverybody,
    /// The backlog is shown in another order than it is claimed in.
    BacklogByAge,
    /// Old Testruns are removed by their numbers, not by their ends.
    PrunedByNumber,
    /// Uploads that outlive their Testrun for a day count, so that all Testruns go for them.
    UnusedBytesCounted,
    /// Workers that nobody has heard of for long are listed.
    SilentWorkersListed,
    /// A worker is new each time that it is heard of.
    WorkerAlwaysNew,
}
