//! What is uploaded: tests write down that they were executed, outside of all that dies.

use std::path::Path;

use testrunner_client::{Content, UploadFile};

/// Loud, bad, and with a process of its own.
pub(crate) const FILES: [(&str, &str); 3] = [
    ("test_loud.py", "def test_a():\n    executed()\n    print('loud ' * 4000)\ndef test_b(): pass\n"),
    ("test_bad.py", "def test_a():\n    executed()\n    time.sleep(0.1)\n    assert 0\n"),
    ("test_starts.py", STARTS),
];
const STARTS: &str = "\
def test_a():
    executed()
    other = subprocess.Popen(['sleep', '3600'], start_new_session=True)
    time.sleep(0.2)
    other.kill()
    other.wait()
";

/// These files, with what every file begins with: `executed()` writes to the journal of executions.
pub(crate) fn upload<'a>(
    files: impl IntoIterator<Item = (&'a str, &'a str)>,
    executions: &Path,
) -> Vec<UploadFile> {
    let conftest = format!(
        "import os\ndef executed():\n    names = ('TESTRUNNER_RUN', 'TESTRUNNER_FILE', 'TESTRUNNER_EPOCH')\n    \
         with open({executions:?}, 'a') as journal:\n        \
         journal.write(' '.join(os.environ[name] for name in names) + '\\n')\n"
    );
    let head = "import os, subprocess, time\nfrom conftest import executed\n";
    let tests = files.into_iter().map(|(path, text)| (path.to_owned(), format!("{head}{text}")));
    let all = tests.chain([("conftest.py".to_owned(), conftest)]);
    all.map(|(path, text)| UploadFile { path, content: Content::Bytes(text.into()) }).collect()
}
