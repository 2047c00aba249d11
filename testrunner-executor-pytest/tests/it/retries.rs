//! A plugin that tries a failed test once more: what it makes of it counts, as for pytest.

use testrunner_core::testrun::CaseOutcome::{Failed, Passed};
use testrunner_core::testrun::FileOutcome;

use crate::harness::{file, pytest, with};

const TRIES: &str = "tries = []\n\
    def test_a(): pass\n\
    def test_second():\n    tries.append(1)\n    assert len(tries) == 2\n\
    def test_never(): assert 0\n";

#[tokio::test]
async fn the_last_try_counts() {
    let executor = with(&[&pytest(), "pytest-rerunfailures"]);
    let run = || file(TRIES).on(executor.clone()).option("args", vec!["--reruns", "1"]);
    let ran = run().run().await;
    let expected = vec![("test_a", Passed), ("test_second", Passed), ("test_never", Failed)];
    assert_eq!((ran.outcome(), ran.outcomes()), (FileOutcome::Failed, expected), "{ran:#?}");
    let ran = run().option("keyword", "not never").run().await;
    let expected = vec![("test_a", Passed), ("test_second", Passed)];
    assert_eq!((ran.outcome(), ran.outcomes()), (FileOutcome::Passed, expected), "{ran:#?}");
}
