//! Outcomes of cases and files that come to their end in order.

use testrunner_core::testrun::CaseOutcome::{Error, Failed, Passed, Skipped, Xfailed, Xpassed};
use testrunner_core::testrun::{CaseKind, FileOutcome};

use crate::harness::{file, files, has_subtests, pytest, with};

#[tokio::test]
async fn passing_and_failing() {
    let ran = file("def test_a(): pass\n\ndef test_b():\n    assert 1 + 1 == 3, 'sums'\n").run().await;
    assert_eq!(ran.outcome(), FileOutcome::Failed, "{ran:#?}");
    assert_eq!(ran.outcomes(), [("test_a", Passed), ("test_b", Failed)]);
    assert_eq!((ran.verdict().collected, ran.message()), (2, ""));
    assert_eq!((ran.case("test_a").line, ran.case("test_b").line), (Some(1), Some(3)));
    assert!(ran.case_message("test_b").contains("assert (1 + 1) == 3"), "{ran:#?}");
    assert_eq!(ran.case("test_a").message, None);
    assert_eq!(ran.all_output(), "");
}

#[tokio::test]
async fn all_that_a_test_can_come_to() {
    let text = r#"
import logging, time, unittest, pytest

@pytest.fixture
def bad_setup(): raise RuntimeError("in the setup")

@pytest.fixture
def bad_teardown():
    time.sleep(0.05)
    yield
    raise RuntimeError("in the teardown")

def test_setup(bad_setup): pass
def test_teardown(bad_teardown): pass
def test_both(bad_teardown): assert not "in the call"
def test_setup_and_teardown(bad_teardown, bad_setup): pass
def test_skip(): pytest.skip("not today")
@pytest.mark.skip(reason="never")
def test_skip_mark(): pass
@pytest.mark.xfail(reason="known")
def test_xfail(): assert False
@pytest.mark.xfail(run=False)
def test_xfail_not_run(): assert False
@pytest.mark.xfail(reason="known")
def test_xpass(): pass
@pytest.mark.xfail(reason="known", strict=True)
def test_strict(): pass
@pytest.mark.parametrize("value", ["a b", "x::y", "é", "a/b"])
def test_value(value): pass
def test_logged():
    logging.warning("this was logged")
    assert False
class TestClass:
    def test_method(self): pass
class Old(unittest.TestCase):
    def test_ok(self): pass
    def test_bad(self): self.assertEqual(1, 2)
    @unittest.expectedFailure
    def test_expected(self): self.fail()
    def test_skip(self): self.skipTest("unit reason")
"#;
    let ran = file(text).run().await;
    assert_eq!(ran.outcome(), FileOutcome::Failed);
    assert_eq!(
        ran.outcomes(),
        [
            ("test_setup", Error),
            ("test_teardown", Error),
            ("test_both", Failed),
            ("test_setup_and_teardown", Error),
            ("test_skip", Skipped),
            ("test_skip_mark", Skipped),
            ("test_xfail", Xfailed),
            ("test_xfail_not_run", Xfailed),
            ("test_xpass", Xpassed),
            ("test_strict", Failed),
            ("test_value[a b]", Passed),
            ("test_value[x::y]", Passed),
            ("test_value[\\xe9]", Passed),
            ("test_value[a/b]", Passed),
            ("test_logged", Failed),
            ("TestClass::test_method", Passed),
            ("Old::test_bad", Failed),
            ("Old::test_expected", Xfailed),
            ("Old::test_ok", Passed),
            ("Old::test_skip", Skipped),
        ]
    );
    for (case, says) in [
        ("test_setup", "in the setup"),
        ("test_teardown", "in the teardown"),
        ("test_both", "in the call"),
        ("test_both", "the teardown failed too:"),
        ("test_both", "in the teardown"),
        ("test_setup_and_teardown", "in the setup"),
        ("test_setup_and_teardown", "in the teardown"),
        ("test_strict", "[XPASS(strict)] known"),
        ("test_logged", "this was logged"),
        ("Old::test_bad", "1 != 2"),
    ] {
        assert!(ran.case_message(case).contains(says), "{case}: {:?}", ran.case(case));
    }
    for (case, reason) in [
        ("test_skip", "not today"),
        ("test_skip_mark", "never"),
        ("test_xfail", "known"),
        ("test_xpass", "known"),
        ("Old::test_skip", "unit reason"),
    ] {
        assert_eq!(ran.case_message(case), reason);
    }
    assert_eq!(ran.case("test_setup").line, Some(13));
    assert!(ran.case("test_teardown").duration.as_millis() >= 50);
    assert!(ran.cases.iter().all(|case| case.kind == CaseKind::Test));
}

#[tokio::test]
async fn subtests_are_cases_of_their_own_kind() {
    let text = r#"
import unittest
def test_parts(subtests):
    for i in range(3):
        with subtests.test("part", i=i):
            assert i != 1
    with subtests.test():
        pass
    with subtests.test():
        pass
class Old(unittest.TestCase):
    def test_sub(self):
        with self.subTest(n=1):
            self.assertEqual(1, 2)
"#;
    if !has_subtests().await {
        return;
    }
    let ran = file(text).run().await;
    assert_eq!(ran.outcome(), FileOutcome::Failed);
    assert_eq!(ran.verdict().collected, 2);
    assert_eq!(
        ran.outcomes(),
        [
            ("test_parts [part] (i=0)", Passed),
            ("test_parts [part] (i=1)", Failed),
            ("test_parts [part] (i=2)", Passed),
            ("test_parts (<subtest>)", Passed),
            ("test_parts (<subtest>) #2", Passed),
            ("test_parts", Failed),
            ("Old::test_sub (n=1)", Failed),
            ("Old::test_sub", Passed),
        ]
    );
    let subtests = ran.cases.iter().filter(|case| case.kind == CaseKind::Subtest);
    assert_eq!(subtests.count(), 6);
}

#[tokio::test]
async fn collection_errors_are_results() {
    for (text, case, says) in [
        ("import there_is_none", "[collection]", "There_Is_None"),
        ("def test_a(:\n  pass", "[collection]", "SyntaxError"),
        ("assert False, 'while importing'", "[collection]", "while importing"),
        ("import pytest\n@pytest.mark.parametrize('x', 3)\ndef test_a(x): pass", "[collection]", "TypeError"),
    ] {
        let ran = file(text).run().await;
        assert_eq!(ran.outcome(), FileOutcome::Errored, "{text} {ran:#?}");
        assert_eq!(ran.message(), "the tests could not be collected");
        assert_eq!(ran.outcomes(), [(case, Error)]);
        assert_eq!(ran.cases[0].kind, CaseKind::Collection);
        let message = ran.case_message(case).to_lowercase();
        assert!(message.contains(&says.to_lowercase()), "{message}");
    }
}

#[tokio::test]
async fn one_class_that_cannot_be_collected() {
    let conftest = "import pytest\n@pytest.hookimpl(tryfirst=True)\ndef pytest_pycollect_makeitem(name):\n    \
                    if name == 'test_b': raise RuntimeError('no such item')\n";
    let text = "class TestA:\n    def test_a(self): pass\n    def test_b(self): pass\n";
    let ran = files(&[("test_it.py", text), ("conftest.py", conftest)]).run().await;
    assert_eq!(ran.outcome(), FileOutcome::Errored);
    assert_eq!(ran.outcomes(), [("TestA [collection]", Error)]);
}

#[tokio::test]
async fn nothing_to_run_is_neutral() {
    let ran = file("x = 1").run().await;
    assert_eq!((ran.outcome(), ran.cases.len()), (FileOutcome::Empty, 0));

    let ran = file("import pytest\npytest.skip('not here', allow_module_level=True)").run().await;
    assert_eq!(ran.outcome(), FileOutcome::Empty);
    assert_eq!(ran.outcomes(), [("[collection]", Skipped)]);
    assert_eq!(ran.case_message("[collection]"), "not here");

    let ran = file("def test_a(): pass").option("keyword", "other").run().await;
    assert_eq!((ran.outcome(), ran.verdict().collected), (FileOutcome::Empty, 0));
}

#[tokio::test]
async fn options_select_and_stop() {
    let text = "import pytest\n@pytest.mark.slow\ndef test_a(): assert 0\ndef test_b(): assert 0\n\
                def test_c(): assert 0\n";
    let ini = "[pytest]\nmarkers = slow";
    let all = [("test_it.py", text), ("pytest.ini", ini)];
    let ran = files(&all).option("marker", "not slow").run().await;
    assert_eq!(ran.outcomes(), [("test_b", Failed), ("test_c", Failed)]);
    assert_eq!(ran.verdict().collected, 2);
    let ran = files(&all).option("keyword", "test_a or test_c").max_fail(1).run().await;
    assert_eq!((ran.outcomes(), ran.outcome()), (vec![("test_a", Failed)], FileOutcome::Failed));
    let args = serde_json::json!(["--deselect", "test_it.py::test_b", "-k", "not test_a"]);
    let ran = files(&all).option("args", args).run().await;
    assert_eq!(ran.outcomes(), [("test_c", Failed)]);
}

#[tokio::test]
async fn pytest_in_trouble_is_an_error_that_says_so() {
    let ran =
        files(&[("test_it.py", ""), ("pytest.ini", "[pytest]\naddopts = --no-such-option")]).run().await;
    assert_eq!(ran.outcome(), FileOutcome::Errored);
    assert!(ran.message().contains("could not be started with these settings"), "{ran:#?}");
    assert!(ran.all_output().contains("--no-such-option"));

    let broken = "def pytest_runtest_setup(item): pass\ndef pytest_runtest_logreport(report): 1 / 0\n";
    let ran = files(&[("test_it.py", "def test_a(): pass"), ("conftest.py", broken)]).run().await;
    assert_eq!(ran.outcome(), FileOutcome::Errored);
    assert!(ran.message().contains("internal error: "), "{ran:#?}");
    assert!(ran.message().contains("ZeroDivisionError"), "{ran:#?}");
    assert_eq!(ran.outcomes(), [("test_a", Error)]);
    assert!(ran.all_output().contains("INTERNALERROR"), "{ran:#?}");

    let ran = files(&[("test_it.py", "def test_a(): pass"), ("conftest.py", "import no_such")]).run().await;
    assert_eq!(ran.outcome(), FileOutcome::Errored);
    assert!(ran.all_output().contains("no_such"), "{ran:#?}");
}

#[tokio::test]
async fn exits_from_within() {
    let ran = file("import pytest\ndef test_a(): pytest.exit('enough')\ndef test_b(): pass").run().await;
    assert_eq!(ran.outcome(), FileOutcome::Errored);
    assert!(ran.message().contains("enough"), "{ran:#?}");
    assert_eq!(ran.outcomes(), [("test_a", Error)]);

    let ran = file("def test_a(): raise KeyboardInterrupt").run().await;
    assert_eq!((ran.outcome(), ran.outcomes()), (FileOutcome::Errored, vec![("test_a", Error)]));
}

#[tokio::test]
async fn plugins_that_would_distribute_run_here() {
    let text = "import os\ndef test_a(): assert 'PYTEST_XDIST_WORKER' not in os.environ\ndef test_b(): pass";
    let ini = "[pytest]\naddopts = -n 2 --dist loadfile -p no:cacheprovider --strict-config -v --color=yes";
    let executor = with(&[&pytest(), "pytest-xdist"]);
    let ran = files(&[("test_it.py", text), ("pytest.ini", ini)]).on(executor).run().await;
    assert_eq!(ran.outcome(), FileOutcome::Passed, "{ran:#?}");
    assert_eq!(ran.outcomes(), [("test_a", Passed), ("test_b", Passed)]);
    assert_eq!(ran.all_output(), "");
}
