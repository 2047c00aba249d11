//! What files print.

use std::time::Duration;

use testrunner_core::executor::StopLevel;
use testrunner_core::testrun::StopWhy;
use testrunner_core::{FileOutcome, Limits};

use super::room::Room;
use super::{ExecutorHarness, FLOOD, Play};

/// How long a file is watched that must not end. A right executor is never found out by this, however slow the
/// machine is.
const WATCHED: Duration = Duration::from_millis(500);

/// What was printed before a kill is kept.
pub async fn output_before_a_kill_is_kept(h: &impl ExecutorHarness) {
    let Some(room) = Room::open(h, Limits::default(), &[Play::IgnoresTheStop]).await else { return };
    let mut file = room.start(0);
    // Seen on the way, not only at the end.
    file.until_said("ready").await;
    file.stop.raise(StopLevel::Hard(StopWhy::Cancel));
    file.ended().await.expect("judged");
    assert_eq!(file.output.windows(5).filter(|window| window == b"ready").count(), 1, "once");
    room.close().await;
}

/// A file that prints faster than is stored is held back, loses nothing, and ends.
pub async fn a_slow_reader_holds_a_file_back(h: &impl ExecutorHarness) {
    let Some(room) = Room::open(h, Limits::default(), &[Play::Floods]).await else { return };
    let mut file = room.start(0);
    let ended = tokio::time::timeout(WATCHED, &mut file.task).await;
    assert!(ended.is_err(), "{FLOOD} bytes wait somewhere although nobody reads");
    let verdict = file.ended().await.expect("judged");
    assert_eq!(verdict.outcome, FileOutcome::Passed, "{verdict:?}");
    assert!(file.output.len() >= FLOOD, "{} of {FLOOD} bytes", file.output.len());
    room.close().await;
}

/// A stop ends also a file that is held back.
pub async fn a_stop_ends_a_file_that_is_held_back(h: &impl ExecutorHarness) {
    let Some(room) = Room::open(h, Limits::default(), &[Play::Floods]).await else { return };
    let mut file = room.start(0);
    let ended = tokio::time::timeout(WATCHED, &mut file.task).await;
    assert!(ended.is_err(), "{FLOOD} bytes wait somewhere although nobody reads");
    file.stop.raise(StopLevel::Hard(StopWhy::Cancel));
    file.ended().await.expect("judged");
    room.assert_dies().await;
    room.close().await;
}
