//! How files end by themselves.

use std::time::Duration;

use testrunner_core::{FileOutcome, Limits};

use super::room::Room;
use super::{ExecutorHarness, Play};

/// A passing file is proven to pass: what it reported is what it has.
pub async fn a_passing_file_passes(h: &impl ExecutorHarness) {
    let Some(room) = Room::open(h, Limits::default(), &[Play::Passes]).await else { return };
    let verdict = room.start(0).ended().await.expect("judged");
    assert_eq!((verdict.outcome, verdict.collected), (FileOutcome::Passed, 1), "{verdict:?}");
    room.close().await;
}

/// A failing file is a result, not an error of the executor.
pub async fn a_failing_file_is_a_result(h: &impl ExecutorHarness) {
    let Some(room) = Room::open(h, Limits::default(), &[Play::Fails]).await else { return };
    let verdict = room.start(0).ended().await.expect("judged");
    assert_eq!(verdict.outcome, FileOutcome::Failed, "{verdict:?}");
    room.close().await;
}

/// Where a file cannot be run at all, nothing is said of it: that is an error, when opening or when executing.
pub async fn what_cannot_be_run_is_an_error(h: &impl ExecutorHarness) {
    let Some(broken) = h.broken().await else { return };
    let Some(opened) = Room::open_with(h, broken, Limits::default(), &[Play::Passes]).await else { return };
    let error = match opened {
        Ok(room) => room.start(0).ended().await.expect_err("nothing to run it with"),
        Err(error) => error,
    };
    assert!(!error.message.is_empty());
}

/// A file that takes too long is ended, with all that it started.
pub async fn a_file_has_its_time_and_no_more(h: &impl ExecutorHarness) {
    let short = Duration::from_millis(300);
    let limits = Limits { file_timeout: short, grace: short, ..Limits::default() };
    let Some(room) = Room::open(h, limits, &[Play::IgnoresTheStop]).await else { return };
    let verdict = room.start(0).ended().await.expect("judged");
    assert_eq!(verdict.outcome, FileOutcome::TimedOut, "{verdict:?}");
    assert!(!room.is_alive(), "the file lives on");
    room.close().await;
}

/// As many files as there are slots run at the same time: these two wait for each other.
pub async fn files_run_at_the_same_time(h: &impl ExecutorHarness) {
    let Some(room) = Room::open(h, Limits::default(), &[Play::Meets(0), Play::Meets(1)]).await else {
        return;
    };
    let (mut one, mut other) = (room.start(0), room.start(1));
    let (one, other) = tokio::join!(one.ended(), other.ended());
    for verdict in [one, other] {
        assert_eq!(verdict.expect("judged").outcome, FileOutcome::Passed);
    }
    room.close().await;
}
