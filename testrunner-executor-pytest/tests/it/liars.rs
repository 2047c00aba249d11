//! Test files that lie about their end, each held against its first lines. None may be recorded as passed.
//! The table: `TESTRUNNER_TEST_PLAIN=1 cargo test -p testrunner-executor-pytest liars -- --nocapture`.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use testrunner_core::executor::Session;
use testrunner_core::testrun::{CaseKind, FileOutcome};

use crate::harness::{self, Ran, Run};
use crate::plain::{Plain, plain};

/// Files at the same time, of those that end.
const SLOTS: usize = 2;
/// How long those may take that do not end: long enough to come to where they hang, on a busy machine too.
const HANGS: Duration = Duration::from_secs(20);
const GRACE: Duration = Duration::from_millis(200);

/// A file, and what it says of itself in its first lines.
#[derive(Clone, Debug)]
struct Liar {
    root: PathBuf,
    path: String,
    /// The outcomes of the file of which one must be.
    outcomes: Vec<String>,
    /// All cases with their outcomes.
    cases: Vec<(String, String)>,
    /// Part of the message.
    says: String,
    hangs: bool,
}

/// What became of it.
#[derive(Debug)]
struct Told {
    liar: Liar,
    outcome: FileOutcome,
    message: String,
    cases: Vec<(String, String)>,
    plain: Option<Plain>,
}

/// Whether each file is also run by pytest alone, to compare: takes as long again.
fn compares() -> bool {
    std::env::var_os("TESTRUNNER_TEST_PLAIN").is_some()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn none_of_the_liars_passes() {
    let ours = liars(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/liars"));
    assert!(ours.len() >= 40, "only {} files", ours.len());
    let signals = tempfile::tempdir().unwrap();
    write_signals(signals.path());
    let mut told = Vec::new();
    for liars in [ours, liars(signals.path())] {
        let (hanging, ending): (Vec<_>, Vec<_>) = liars.into_iter().partition(|liar| liar.hangs);
        let all_at_once = hanging.len();
        let (hanging, ending) = tokio::join!(tell_all(hanging, all_at_once), tell_all(ending, SLOTS));
        told.extend(hanging);
        told.extend(ending);
    }
    told.sort_by(|one, other| one.liar.path.cmp(&other.liar.path));
    print(&told);
    let wrong: Vec<String> = told.iter().flat_map(Told::wrong).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(told.iter().all(|told| told.outcome != FileOutcome::Passed));
    let deceived = |told: &Told| matches!(told.plain, Some(Plain::Exit(0)));
    assert!(!compares() || told.iter().any(deceived), "nothing here would deceive anybody");
}

/// A file for every signal, and for some of those for real time. Python hears SIGINT itself and ignores SIGPIPE
/// and SIGXFSZ; a session of its own has no terminal that could stop it.
fn write_signals(folder: &Path) {
    for number in (1..=31).chain([34, 50, 64]) {
        let (outcome, case, says) = match number {
            2 => ("errored", "error", "interrupted from within".to_owned()),
            13 | 17 | 18 | 20..=23 | 25 | 28 => ("failed", "failed", String::new()),
            19 => ("timed_out", "timed_out", "did not end within".to_owned()),
            _ => ("crashed", "crashed", format!("killed by signal {number}")),
        };
        // The other stop signals stop plain pytest, which nothing ends.
        let hangs = if (19..=22).contains(&number) { "# hangs\n" } else { "" };
        let text = format!(
            "# expect: {outcome}; test_a={case}\n# says: {says}\n{hangs}import os\n\n\n\
             def test_a():\n    os.kill(os.getpid(), {number})\n    assert 0\n"
        );
        std::fs::write(folder.join(format!("test_signal_{number:02}.py")), text).unwrap();
    }
}

/// The test files of a folder.
fn liars(root: &Path) -> Vec<Liar> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && name != "__pycache__" {
                folders.push(path);
            } else if name.starts_with("test_") && name.ends_with(".py") {
                found.push(Liar::read(root, &path));
            }
        }
    }
    found
}

/// Runs files of one folder in one session, as a Testrun does: what one does to the processes around it must not
/// touch the next.
async fn tell_all(liars: Vec<Liar>, slots: usize) -> Vec<Told> {
    let session = liars[0].run().open().await.unwrap();
    let queue = Arc::new(Mutex::new(VecDeque::from(liars)));
    let tell = |queue: Arc<Mutex<VecDeque<Liar>>>, session| async move {
        let mut told = Vec::new();
        loop {
            let Some(liar) = queue.lock().unwrap().pop_front() else { return told };
            told.push(liar.tell(&session).await);
        }
    };
    let slots: Vec<_> =
        (0..slots).map(|_| tokio::spawn(tell(Arc::clone(&queue), Arc::clone(&session)))).collect();
    let mut all = Vec::new();
    for slot in slots {
        all.extend(slot.await.unwrap());
    }
    session.close().await;
    all
}

impl Liar {
    fn read(root: &Path, path: &Path) -> Self {
        let relative = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(path).unwrap();
        let head: Vec<&str> = text.lines().map_while(|line| line.strip_prefix("# ")).collect();
        let value = |key: &str| head.iter().find_map(|line| line.strip_prefix(key));
        let expect = value("expect: ").unwrap_or_else(|| panic!("{relative} does not say what to expect"));
        let (file, cases) = expect.split_once("; ").unwrap_or((expect, ""));
        let case = |text: &str| {
            text.split_once('=').map(|(name, outcome)| (name.trim().to_owned(), outcome.to_owned()))
        };
        Self {
            root: root.to_owned(),
            outcomes: file.split(" | ").map(str::to_owned).collect(),
            cases: cases.split(", ").filter_map(case).collect(),
            says: value("says: ").unwrap_or_default().to_owned(),
            hangs: head.contains(&"hangs"),
            path: relative,
        }
    }

    fn run(&self) -> Run {
        let run = harness::at(&self.root, &self.path).grace(GRACE);
        if self.hangs { run.timeout(HANGS) } else { run }
    }

    async fn tell(self, session: &Arc<dyn Session>) -> Told {
        let ran = self.run().run_in(session, |_, _| {}).await;
        let plain = match compares() {
            true => Some(plain(&self.root, &self.path, self.hangs.then_some(HANGS)).await),
            false => None,
        };
        let cases = ran.cases.iter().filter(|case| case.kind == CaseKind::Test);
        let cases: Vec<_> = cases.map(|case| (case.case.clone(), case.outcome.to_string())).collect();
        let (outcome, message) = proven(&ran, cases.len());
        Told { liar: self, outcome, message, cases, plain }
    }
}

/// Outcome and message as the engine records them.
fn proven(ran: &Ran, tests: usize) -> (FileOutcome, String) {
    let bad = ran.cases.iter().filter(|case| case.outcome.is_bad()).count();
    let verdict = ran.verdict().clone().proven(tests.try_into().unwrap(), bad.try_into().unwrap());
    (verdict.outcome, verdict.message.unwrap_or_default())
}

impl Told {
    /// In what it differs from what is expected.
    fn wrong(&self) -> Vec<String> {
        let Self { liar, outcome, message, cases, .. } = self;
        let (path, mut wrong) = (&liar.path, Vec::new());
        if !liar.outcomes.contains(&outcome.to_string()) {
            wrong.push(format!("{path}: {outcome}, not {}: {message}", liar.outcomes.join(" or ")));
        }
        if *cases != liar.cases {
            wrong.push(format!("{path}: cases {cases:?}, not {:?}", liar.cases));
        }
        if !message.contains(&liar.says) {
            wrong.push(format!("{path}: does not say {:?} but {message:?}", liar.says));
        }
        wrong
    }
}

#[expect(clippy::print_stdout, reason = "the table is to be read, with --nocapture")]
fn print(all: &[Told]) {
    println!("{:48} {:10} {:12} reason", "file", "outcome", "plain pytest");
    for Told { liar, outcome, message, plain, .. } in all {
        let [outcome, plain] = [outcome.to_string(), plain.map_or("-".to_owned(), |plain| plain.to_string())];
        println!("{:48} {outcome:10} {plain:12} {}", liar.path, message.replace('\n', " "));
    }
    let passed = all.iter().filter(|told| told.outcome == FileOutcome::Passed).count();
    let nought = all.iter().filter(|told| told.plain == Some(Plain::Exit(0))).count();
    let n = all.len();
    println!("{passed} of {n} passed by us");
    if compares() {
        println!("{nought} of {n} pytest alone ends with exit code 0");
    }
}
