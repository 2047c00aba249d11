//! The closure executor, without an engine.

use testrunner_core::executor::{Executor, MemoryTree};
use testrunner_core::{FileOutcome, FnExecutor, Verdict};

#[test]
fn selects_by_path() {
    let executor = FnExecutor::new("f", |_| async { Ok(Verdict::new(FileOutcome::Passed, 0)) })
        .selecting(|path| path.ends_with(".check"));
    let files = ["a.check", "b.txt", "c/d.check"];
    let tree = MemoryTree::new(files.iter().map(|path| ((*path).to_owned(), vec![])).collect());
    assert_eq!(executor.select(&tree).expect("selects"), ["a.check", "c/d.check"]);
}
