//! What is predicted, and what became of it.

use std::time::Duration;

use testrunner_core::{EngineError, Forecast, MemoryStore, Plan, Report, Schedule, SlotUse, Status};

use crate::support::{Stage, TokioClock, ended, engine, engine_over, log, spec, submit};

#[tokio::test]
async fn a_preview_is_the_plan_that_is_submitted() {
    let engine = engine(&Stage::new(), 3);
    let files = ["pass1", "pass2", "pass3", "pass4", "pass5"];
    let first = submit(&engine, spec(&files[..3])).await;
    ended(&engine, first).await;
    for how in [Plan::Weighted, Plan::PerFile, Plan::Whole] {
        let asked = spec(&files).support("data", "x").plan(how);
        let preview = engine.forecast(&asked).await.expect("a plan");
        let known: Vec<bool> = preview.files.iter().map(|file| file.known.is_some()).collect();
        if how == Plan::Weighted {
            assert_eq!(known, [true, true, true, false, false]);
        }
        assert_eq!(preview.forecast.schedule.slots.len(), 3);
        let run = submit(&engine, asked).await;
        let items = engine.items(run).await.expect("items");
        let wanted: Vec<_> =
            preview.forecast.items.iter().map(|item| (&item.files, item.weight_us)).collect();
        assert_eq!(items.iter().map(|item| (&item.files, item.weight_us)).collect::<Vec<_>>(), wanted);
        ended(&engine, run).await;
    }
}

#[tokio::test]
async fn what_was_selected_of_a_file_says_nothing_about_the_whole() {
    let engine = engine(&Stage::new(), 1);
    let known = async |spec| engine.forecast(&spec).await.expect("a plan").files[0].known;
    let some = || spec(&["pass1"]).option("keyword", "one");
    let run = submit(&engine, some()).await;
    ended(&engine, run).await;
    assert_eq!(known(spec(&["pass1"])).await, None);
    let selected = known(some()).await;
    assert!(selected.is_some());
    let run = submit(&engine, spec(&["pass1", "pass2"])).await;
    ended(&engine, run).await;
    assert!(known(spec(&["pass1"])).await.is_some());
    assert_eq!(known(some()).await, selected);
    // Better than nothing.
    assert!(known(spec(&["pass2"]).option("keyword", "one")).await.is_some());
}

#[tokio::test]
async fn what_would_be_refused_is_refused() {
    let engine = engine(&Stage::new(), 1);
    let nothing = engine.forecast(&spec(&[])).await.expect_err("no test files");
    assert!(matches!(nothing, EngineError::InvalidSpec(_)), "{nothing}");
    let mut other = spec(&["pass1"]);
    other.executor = "nobody".to_owned();
    let nobody = engine.forecast(&other).await.expect_err("no such executor");
    assert!(matches!(nobody, EngineError::UnknownExecutor { .. }), "{nobody}");
}

#[tokio::test(start_paused = true)]
async fn an_ended_testrun_is_held_against_its_prediction() {
    let stage = Stage::new();
    let store = MemoryStore::with_clock(std::sync::Arc::new(TokioClock::new()));
    let engine = engine_over(store, &stage, 2);
    let run = submit(&engine, spec(&["gate1", "pass1"]).plan(Plan::PerFile)).await;
    stage.one_entered().await;
    stage.one_entered().await;
    tokio::time::advance(Duration::from_secs(5)).await;
    stage.gate.notify_one();
    let run = ended(&engine, run).await;
    assert_eq!(run.status(), Status::Success);
    let report = Report::of(&log(&engine, run.id()).await);
    let items = engine.items(run.id()).await.expect("items");
    let schedule = report.slot_use.against(&items).expect("it was run");
    // Nothing was known of them: a second each.
    assert_eq!((schedule.slots, schedule.predicted_us), (2, 1_000_000));
    let took = run.summary.finished_at.zip(run.summary.started_at).map(|(end, start)| end.0 - start.0);
    assert_eq!(Some(schedule.makespan_us), took);
    assert!((5_000_000..5_500_000).contains(&schedule.makespan_us), "{schedule:?}");
    assert!((4_500_000..=5_500_000).contains(&schedule.idle_us), "{schedule:?}");
    let read = SlotUse::read(&**engine.store(), run.id(), run.summary.last_seq).await.expect("its log");
    assert_eq!(read, report.slot_use);
}

/// What embedders call without an engine.
#[test]
fn a_forecast_needs_no_engine() {
    let second = Duration::from_secs(1);
    let files = [(0, Some(second * 4)), (1, Some(second * 2)), (2, Some(second)), (3, Some(second))];
    let forecast = Forecast::of(&files, Plan::Weighted, 2);
    assert_eq!((forecast.makespan(), forecast.bound), (second * 4, second * 4));
    let weights = forecast.items.iter().map(|item| item.weight_us);
    assert_eq!(Schedule::of(weights, 2), forecast.schedule);
}
