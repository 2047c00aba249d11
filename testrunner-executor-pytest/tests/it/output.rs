//! Output: all of it, byte for byte, under the test that wrote it.

use testrunner_core::event::Stream::{Stderr, Stdout};
use testrunner_core::testrun::FileOutcome;

use crate::harness::{file, files};

#[tokio::test]
async fn output_belongs_to_the_test_that_wrote_it() {
    let conftest = "def pytest_sessionstart(): print('before')\ndef pytest_sessionfinish(): print('after')\n\
                    def pytest_runtest_logfinish(): print('between', end=' ')\n";
    let text = r#"
import os, subprocess, sys, pytest
print("importing")
@pytest.fixture(scope="module")
def shared():
    print("set up")
    yield
    print("torn down")
@pytest.mark.parametrize("n", range(30))
def test_n(n):
    print("print", n)
    os.write(1, b"write %d\n" % n)
    print("error", n, file=sys.stderr)
    subprocess.run(["echo", "echo", str(n)])
    sys.stdout.buffer.write(b"buffer %d\n" % n)
def test_last(shared, capfd):
    print("captured")
    assert capfd.readouterr().out == "captured\n"
    with capfd.disabled():
        print("shown")
"#;
    let ran = files(&[("test_it.py", text), ("conftest.py", conftest)]).run().await;
    assert_eq!(ran.outcome(), FileOutcome::Passed, "{ran:#?}");
    for n in 0..30 {
        let case = format!("test_n[{n}]");
        let wrote = format!("print {n}\nwrite {n}\necho {n}\nbuffer {n}\n");
        assert_eq!(ran.wrote(Stdout, Some(&case)), wrote);
        assert_eq!(ran.wrote(Stderr, Some(&case)), format!("error {n}\n"));
    }
    assert_eq!(ran.wrote(Stdout, Some("test_last")), "set up\nshown\ntorn down\n");
    assert_eq!(ran.wrote(Stdout, None), format!("before\nimporting\n{}after\n", "between ".repeat(31)));
}

#[tokio::test]
async fn bytes_stay_as_they_are() {
    let text = "import os, sys\ndef test_a():\n    os.write(1, bytes(range(256)))\n    \
                print('\\udcff \\ud800 é', end='')\n    assert 0, '\\udcff\\x00'";
    let ran = file(text).run().await;
    let mut expected: Vec<u8> = (0..=255).collect();
    expected.extend("\\udcff \\ud800 é".bytes());
    let wrote: Vec<u8> = ran.output.iter().flat_map(|(_, _, bytes)| bytes.clone()).collect();
    assert_eq!(wrote, expected);
    assert_eq!(ran.outcome(), FileOutcome::Failed, "{ran:#?}");
}

#[tokio::test]
async fn much_output_is_complete_and_in_order() {
    let text = "import sys\nLINE = 'x' * 79\ndef test_a():\n    for n in range(250):\n        \
                print((LINE + '\\n') * 1000, end='')\ndef test_b():\n    print('y' * 1_000_000, file=sys.stderr)\n";
    let ran = file(text).run().await;
    assert_eq!(ran.outcome(), FileOutcome::Passed);
    let wrote = ran.wrote(Stdout, Some("test_a"));
    assert_eq!(wrote.len(), 20_000_000);
    assert!(wrote.lines().all(|line| line.len() == 79));
    assert_eq!(ran.wrote(Stderr, Some("test_b")).len(), 1_000_001);
}

#[tokio::test]
async fn a_flood_from_elsewhere_does_not_hold_the_tests_up() {
    let text = "import subprocess\ndef test_a():\n    global yes\n    yes = subprocess.Popen(['yes'])\n\
                def test_b(): pass\ndef test_c(): yes.kill()\n";
    let ran = file(text).run().await;
    assert_eq!((ran.outcome(), ran.cases.len()), (FileOutcome::Passed, 3));
}

#[tokio::test]
async fn long_messages_and_names_are_shortened() {
    let text = "import pytest\n@pytest.mark.parametrize('x', ['a' * 50_000 + '1', 'a' * 50_000 + '2'])\n\
                def test_a(x): assert 0, '\\x01' * 5_000_000\n";
    let ran = file(text).run().await;
    assert_eq!((ran.outcome(), ran.cases.len()), (FileOutcome::Failed, 2));
    assert_ne!(ran.cases[0].case, ran.cases[1].case);
    assert!(ran.cases[0].case.len() < 1100);
    let message = ran.cases[0].message.as_deref().unwrap();
    assert!(message.len() < 64 << 10 && message.contains("characters left out"));
}
