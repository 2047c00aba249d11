//! How files are ended.

use std::time::Duration;

use testrunner_core::executor::StopLevel;
use testrunner_core::testrun::StopWhy;
use testrunner_core::{FileOutcome, Limits};

use super::room::Room;
use super::{ExecutorHarness, Play};

fn with_grace(grace: Duration) -> Limits {
    Limits { grace, ..Limits::default() }
}

/// Asked to stop, a file may clean up; then nothing of it lives.
pub async fn a_soft_stop_ends_a_file(h: &impl ExecutorHarness) {
    let Some(room) = Room::open(h, with_grace(Duration::from_secs(40)), &[Play::Hangs]).await else { return };
    let mut file = room.start(0);
    file.until_said("ready").await;
    file.stop.raise(StopLevel::Soft(StopWhy::Cancel));
    let verdict = file.ended().await.expect("judged");
    assert_eq!(verdict.outcome, FileOutcome::Cancelled, "{verdict:?}");
    assert!(file.has_said("bye"), "it was not given the time to clean up");
    assert!(!room.is_alive(), "the file lives on");
    room.close().await;
}

/// Who ignores that is killed when the grace is over.
pub async fn the_grace_ends_who_ignores_a_stop(h: &impl ExecutorHarness) {
    let grace = Duration::from_millis(200);
    let Some(room) = Room::open(h, with_grace(grace), &[Play::IgnoresTheStop]).await else { return };
    let mut file = room.start(0);
    file.until_said("ready").await;
    file.stop.raise(StopLevel::Soft(StopWhy::Cancel));
    let verdict = file.ended().await.expect("judged");
    assert_eq!(verdict.outcome, FileOutcome::Cancelled, "{verdict:?}");
    assert!(!room.is_alive(), "the file lives on");
    room.close().await;
}

/// A hard stop waits for no grace.
pub async fn a_hard_stop_kills_at_once(h: &impl ExecutorHarness) {
    let hours = Duration::from_hours(2);
    let Some(room) = Room::open(h, with_grace(hours), &[Play::IgnoresTheStop]).await else { return };
    let mut file = room.start(0);
    file.until_said("ready").await;
    file.stop.raise(StopLevel::Hard(StopWhy::LeaseLost));
    let verdict = file.ended().await.expect("judged");
    assert_eq!(verdict.outcome, FileOutcome::Cancelled, "{verdict:?}");
    assert!(!room.is_alive(), "the file lives on");
    room.close().await;
}

/// A future that is dropped cannot wait, but what it started dies all the same.
pub async fn a_dropped_future_kills(h: &impl ExecutorHarness) {
    let Some(room) = Room::open(h, Limits::default(), &[Play::IgnoresTheStop]).await else { return };
    let mut file = room.start(0);
    file.until_said("ready").await;
    assert!(room.is_alive(), "the file is not seen to live: the harness is wrong");
    file.task.abort();
    room.assert_dies().await;
    room.close().await;
}

/// What a file leaves behind ends with it.
pub async fn a_child_left_behind_is_killed(h: &impl ExecutorHarness) {
    let Some(room) = Room::open(h, Limits::default(), &[Play::LeavesAChild]).await else { return };
    let verdict = room.start(0).ended().await.expect("judged");
    assert_eq!(verdict.outcome, FileOutcome::Passed, "{verdict:?}");
    room.assert_dies().await;
    room.close().await;
}
