//! `select` against pytest's own collection.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use testrunner_core::executor::FolderTree;
use testrunner_executor_pytest::{select, settings};

use crate::harness::{executor, has_subtests};

/// Files that the settings below tell apart in different ways.
const FILES: [&str; 22] = [
    "test_a.py",
    "a_test.py",
    "check_a.py",
    "spec.py",
    "conftest.py",
    "testing.py",
    "sub/test_b.py",
    "sub/check_b.py",
    "sub/deep/er/test_c.py",
    "build/test_d.py",
    "dist/lib/test_e.py",
    "venv/test_f.py",
    "named_env/pyvenv.cfg",
    "named_env/lib/test_g.py",
    "conda/conda-meta/history",
    "conda/test_h.py",
    ".hidden/test_i.py",
    "node_modules/x/test_j.py",
    "x.egg/test_k.py",
    "{arch}/test_l.py",
    "old/test_m.py",
    "sub/old/test_n[1].py",
];

/// Settings, by file.
const SETTINGS: [&[(&str, &str)]; 12] = [
    &[],
    &[("pytest.ini", "[pytest]\npython_files = check_*.py\n")],
    &[("pytest.ini", "[pytest]\npython_files =\n    test_*.py\n    # not this one: a_*.py\n    spec.py\n")],
    &[("pytest.ini", ""), ("tox.ini", "[pytest]\npython_files = check_*.py\n")],
    &[(".pytest.ini", "[pytest]\nnorecursedirs = old sub/deep\n")],
    &[("pyproject.toml", "[tool.pytest.ini_options]\npython_files = ['check_*.py', 'test_[ab].py']\n")],
    &[("pyproject.toml", "[tool.pytest]\nnorecursedirs = ['su*']\n")],
    &[
        ("pyproject.toml", "[project]\nname = 'x'\n"),
        ("setup.cfg", "[tool:pytest]\npython_files = *_test.py\n"),
    ],
    &[(
        "tox.ini",
        "[tox]\nenvlist = py{38,39}\n[testenv]\ncommands =\n    pytest {posargs}\n[pytest]\npython_files: sub/*.py\n",
    )],
    &[("pytest.toml", "[pytest]\npython_files = ['?_test.py', 'test_[!ab].py']\n")],
    &[(
        "pytest.ini",
        "[pytest]\naddopts = --ignore=old --ignore-glob='*/check_*' --ignore sub/deep\npython_files = *.py\n",
    )],
    &[(
        "setup.cfg",
        "[metadata]\nname = x ; not a comment\n[tool:pytest] # comment\npython_files = [tc]*_a.py\n",
    )],
];

#[tokio::test]
async fn what_is_selected_is_what_pytest_collects() {
    if !has_subtests().await {
        // `select` follows the newest pytest, which knows more settings files and environments.
        return;
    }
    let python = executor().await.prepare(Path::new("/")).await.unwrap().python;
    for given in SETTINGS {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        for (n, path) in FILES.iter().enumerate() {
            write(path, &format!("def test_{n}(): pass\n"));
        }
        let mut paths: Vec<String> = FILES.map(str::to_owned).to_vec();
        for (path, text) in given {
            write(path, text);
            paths.push((*path).to_owned());
        }
        let tree = FolderTree::new(folder.path(), paths);
        let selected: BTreeSet<String> = select(&tree).unwrap().into_iter().collect();
        // Which of them share a module name does not matter here.
        let mut pytest = Command::new(&python);
        pytest.args([
            "-m",
            "pytest",
            "--collect-only",
            "-q",
            "--import-mode=importlib",
            "-p",
            "no:cacheprovider",
        ]);
        let answer = pytest.current_dir(folder.path()).output().unwrap();
        let answer = String::from_utf8(answer.stdout).unwrap();
        let collected: BTreeSet<String> =
            answer.lines().filter_map(|line| Some(line.split_once("::")?.0.to_owned())).collect();
        assert_eq!(selected, collected, "{given:?}\n{answer}");
        assert_eq!(settings(&tree).unwrap().ini_file.is_some(), !given.is_empty());
    }
}
