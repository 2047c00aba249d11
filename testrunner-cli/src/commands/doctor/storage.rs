//! Data folder, disk and database.

use std::path::Path;

use super::Finding;
use crate::failure::os_reason;
use crate::output::words;
use crate::place::Place;

/// Below this a Testrun with much output may fill the disk.
const LITTLE: u64 = 1 << 30;
/// Below this hardly anything can be stored.
const NOTHING: u64 = 16 << 20;

pub(super) fn folder(place: &Place) -> Finding {
    const WHAT: &str = "data folder";
    let folder = place.folder();
    let shown = folder.display();
    let there = nearest(folder);
    if !there.is_dir() {
        return Finding::bad(WHAT, format!("{} is not a folder; give another --data-dir", there.display()));
    }
    match tempfile::tempfile_in(there) {
        Ok(_) if there == folder => Finding::good(WHAT, format!("{shown} (writable)")),
        Ok(_) => Finding::good(WHAT, format!("{shown} (the first run makes it)")),
        Err(error) => Finding::bad(
            WHAT,
            format!("cannot write to {}: {}; give another --data-dir", there.display(), os_reason(&error)),
        ),
    }
}

pub(super) fn disk(place: &Place) -> Finding {
    const WHAT: &str = "disk";
    match rustix::fs::statvfs(nearest(place.folder())) {
        Err(error) => Finding::odd(WHAT, format!("free space cannot be told: {}", os_reason(&error))),
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let text = format!("{} free for data", words::bytes(free));
            match free {
                ..NOTHING => Finding::bad(WHAT, format!("{text}; make room")),
                NOTHING..LITTLE => {
                    Finding::odd(WHAT, format!("{text}; a run with much output may need more"))
                }
                LITTLE.. => Finding::good(WHAT, text),
            }
        }
    }
}

pub(super) async fn database(place: &Place) -> Finding {
    const WHAT: &str = "database";
    let path = place.database();
    let found = path.as_ref().map(std::fs::metadata);
    if found.is_some_and(|found| found.is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)) {
        return Finding::good(WHAT, "none yet; the first run makes it");
    }
    match place.connect().await {
        Err(failure) => Finding::bad(WHAT, failure.message()),
        Ok(store) => {
            let checked = store.check().await;
            store.close().await;
            match checked {
                Err(error) => Finding::bad(WHAT, error.to_string()),
                Ok(()) => {
                    let size = path.and_then(|path| Some((std::fs::metadata(&path).ok()?.len(), path)));
                    let shown = match size {
                        Some((size, path)) => format!("{} ({}, ", path.display(), words::bytes(size)),
                        None => format!("{} (", place.ledger()),
                    };
                    Finding::good(WHAT, format!("{shown}intact, schema up to date)"))
                }
            }
        }
    }
}

/// The folder itself, or the nearest one above it that is there.
fn nearest(folder: &Path) -> &Path {
    folder.ancestors().find(|folder| folder.exists()).unwrap_or(folder)
}
