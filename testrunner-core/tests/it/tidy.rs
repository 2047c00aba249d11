//! The paper matches the stone: sizes of rooms, and what the documents name.

use std::path::{Path, PathBuf};

const LONGEST: usize = 500;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn folders(below: &str, prefix: &str) -> Vec<String> {
    let entries = std::fs::read_dir(root().join(below)).expect("the folder is there");
    let names = entries.flatten().filter(|entry| entry.path().is_dir());
    let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with(prefix)).collect()
}

fn sources(below: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(below).expect("the folder is there").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs" || ending == "py") {
            found.push(path);
        }
    }
}

#[test]
fn no_room_is_too_large() {
    let mut files = Vec::new();
    for crate_name in folders(".", "testrunner-") {
        sources(&root().join(crate_name).join("src"), &mut files);
    }
    assert!(files.len() > 50, "the sources were not found");
    for file in files {
        let text = read(&file);
        let production = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let lines = production.lines().count();
        assert!(lines <= LONGEST, "{} has {lines} lines of production code", file.display());
    }
}

#[test]
fn every_crate_is_named_and_every_name_is_a_crate() {
    let crates = folders(".", "testrunner-");
    for document in ["README.md", "ARCHITECTURE.md"] {
        let text = read(document);
        for name in &crates {
            assert!(text.contains(&format!("`{name}")), "{document} does not name {name}");
        }
        let named = text.split('`').filter(|word| word.starts_with("testrunner-"));
        for name in named {
            let name = name.split('/').next().unwrap_or(name);
            assert!(crates.iter().any(|known| known == name), "{document} names {name}, which is not there");
        }
    }
}

#[test]
fn every_decision_is_in_the_index() {
    let index = read("docs/adr/README.md");
    for entry in std::fs::read_dir(root().join("docs/adr")).expect("decisions").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        assert!(name == "README.md" || index.contains(&name), "docs/adr/README.md does not list {name}");
    }
}

#[test]
fn the_changelog_has_a_place_for_this_version() {
    let text = read("CHANGELOG.md");
    let version = concat!("## ", env!("CARGO_PKG_VERSION"));
    assert!(text.contains("## Unreleased") || text.contains(version));
}
