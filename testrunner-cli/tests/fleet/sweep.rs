//! Removes what a test that was killed has left.

use std::path::Path;

use super::net::{MARK, namespaces, remove};

/// Namespaces with all that runs in them, and folders, of test processes that are no longer there.
pub(crate) fn sweep() {
    for namespace in namespaces().iter().filter(|name| is_left(name)) {
        // What cannot be removed is in nobody's way: names are never used twice.
        let _ = remove(namespace);
    }
    let folders = std::fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten();
    for folder in folders.filter(|folder| folder.file_name().to_str().is_some_and(is_left)) {
        let _ = std::fs::remove_dir_all(folder.path());
    }
}

fn is_left(name: &str) -> bool {
    let owner = name.strip_prefix(MARK).and_then(|rest| rest.split_once('n'));
    let owner = owner.and_then(|(pid, _)| pid.parse::<u32>().ok());
    owner.is_some_and(|pid| {
        // The number may have gone to another program since.
        let program = std::fs::read_link(Path::new("/proc").join(pid.to_string()).join("exe"));
        let is_test = |program: &Path| program.to_string_lossy().contains("fleet");
        !program.is_ok_and(|program| is_test(&program))
    })
}
