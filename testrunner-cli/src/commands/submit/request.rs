//! From arguments to what is sent.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use testrunner_api::NewTestrun;
use testrunner_client::{Content, Upload, UploadFile};
use testrunner_core::Options;

use crate::cli::SubmitArgs;
use crate::collect;
use crate::failure::{Failure, Result, os_reason};

/// How archives are recognised.
const ARCHIVES: [&str; 3] = [".zip", ".tar.gz", ".tgz"];

/// The files that paths mean, or the one archive.
///
/// # Errors
/// A path cannot be used, or there is nothing to send.
pub(super) fn upload(paths: &[PathBuf]) -> Result<Upload> {
    let cwd = std::env::current_dir().map_err(|error| {
        Failure::usage(format!("the current folder cannot be used: {}", os_reason(&error)))
    })?;
    if let [path] = paths
        && is_archive(path)
    {
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        return Ok(Upload::Archive(UploadFile { path: name, content: Content::Disk(cwd.join(path)) }));
    }
    if let Some(path) = paths.iter().find(|path| is_archive(path)) {
        return Err(Failure::usage(format!("{} is an archive, and not alone", path.display()))
            .hint("submit one archive, or files and folders"));
    }
    let batch = collect::uploads(&cwd, paths)?;
    let file = |path: String| UploadFile { content: Content::Disk(batch.root.join(&path)), path };
    Ok(Upload::Files(batch.files.into_iter().map(file).collect()))
}

fn is_archive(path: &Path) -> bool {
    let name = path.to_string_lossy().to_lowercase();
    path.is_file() && ARCHIVES.iter().any(|end| name.ends_with(end))
}

/// What is asked for beside the files.
///
/// # Errors
/// A time is not one that a server counts in.
pub(super) fn request(args: &SubmitArgs) -> Result<NewTestrun> {
    let what = &args.what;
    let mut options = Options::new();
    for (name, value) in [("keyword", &what.keyword), ("marker", &what.marker)] {
        if let Some(value) = value {
            options.insert(name.to_owned(), value.as_str().into());
        }
    }
    if let Some(level) = what.isolation_level {
        options.insert("isolation_level".to_owned(), level.option().into());
    }
    if !what.extra.is_empty() {
        options.insert("args".to_owned(), what.extra.clone().into());
    }
    let mut labels = BTreeMap::new();
    for (key, value) in &args.labels {
        if labels.insert(key.clone(), value.clone()).is_some_and(|old| old != *value) {
            return Err(Failure::usage(format!("the label {key} is given twice, with two values")));
        }
    }
    Ok(NewTestrun {
        username: what.username.clone(),
        executor: None,
        options,
        labels,
        priority: args.priority,
        max_fail: if what.fail_fast { Some(1) } else { what.maxfail },
        timeout: seconds("--time-limit", args.time_limit)?,
        file_timeout: seconds("--timeout", what.timeout)?,
        grace: seconds("--grace", what.grace)?,
        plan: what.plan.into(),
    })
}

fn seconds(option: &str, time: Option<Duration>) -> Result<Option<u64>> {
    match time {
        Some(time) if time.subsec_nanos() > 0 => {
            Err(Failure::usage(format!("{option}: a server counts in whole seconds")))
        }
        time => Ok(time.map(|time| time.as_secs())),
    }
}
