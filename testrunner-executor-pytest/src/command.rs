//! The command line of pytest for one file, and the environment that it runs in.

use std::collections::BTreeMap;
use std::path::Path;

use testrunner_core::executor::{ExecError, FileJob, SessionContext};
use tokio::process::Command;

use crate::options::PytestOptions;

/// Variables that the tests of an uploaded batch get from the runner's own environment.
const MINIMAL: [&str; 5] = ["PATH", "LANG", "LC_ALL", "TZ", "TMPDIR"];

const HOME: &str = "HOME";
const RUN: &str = "TESTRUNNER_RUN";

/// The variable that names pytest's cache folder of one file, so that the command line is the same for all.
const CACHE: &str = "TESTRUNNER_CACHE";

/// Arguments for all files, to which that of one file is added. Ours come after the user's, so that they win
/// where it matters.
pub(crate) fn args(
    root: &Path,
    max_fail: Option<u32>,
    options: &PytestOptions,
    above: Settings,
) -> Result<Vec<String>, ExecError> {
    let mut args = options.args.clone();
    for (flag, value) in [("-k", &options.keyword), ("-m", &options.marker)] {
        if let Some(value) = value {
            args.extend([flag.to_owned(), value.clone()]);
        }
    }
    if let Some(most) = max_fail {
        args.push(format!("--maxfail={most}"));
    }
    // Output goes to the pipes as it is written, so that a killed test keeps it.
    args.push("-s".to_owned());
    // Which tests failed last is in the ledger, and the folder may be the user's.
    args.extend(["-o".to_owned(), format!("cache_dir=${CACHE}")]);
    if above == Settings::NothingAboveRoot {
        let root = text(root)?;
        args.extend(["-c".to_owned(), "/dev/null".to_owned()]);
        args.extend([format!("--rootdir={root}"), format!("--confcutdir={root}")]);
    }
    Ok(args)
}

/// The last argument.
pub(crate) fn file(file: &FileJob) -> String {
    // A name like an option must not be taken for one.
    let dash = if file.path.starts_with('-') { "./" } else { "" };
    format!("{dash}{}", file.path)
}

pub(crate) fn text(path: &Path) -> Result<&str, ExecError> {
    path.to_str().ok_or_else(|| {
        ExecError::fatal(format!("{} is not UTF-8; move the tests to another folder", path.display()))
    })
}

/// Where pytest may look for its settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settings {
    /// By its own rules, which for a file in the user's own folder lead up to the root of the disk.
    OwnRules,
    /// The files bring none, and what lies above them is somebody else's.
    NothingAboveRoot,
}

/// Sets what is the same for all files of a Testrun.
pub(crate) fn surround(command: &mut Command, context: &SessionContext) {
    if context.in_place {
        command.current_dir(&context.root).envs(&context.environment);
    } else {
        surround_upload(command, &context.root, &context.environment);
    }
    command.env(RUN, context.run.to_string());
}

/// Sets what is the same for all uploads, wherever they lie.
pub(crate) fn surround_upload(command: &mut Command, root: &Path, environment: &BTreeMap<String, String>) {
    command.current_dir(root).env_clear();
    command.envs(MINIMAL.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    command.env(HOME, root).envs(environment);
}

/// What of that depends on the Testrun.
pub(crate) fn of_the_run(context: &SessionContext) -> Result<BTreeMap<String, String>, ExecError> {
    let mut variables = BTreeMap::from([(HOME.to_owned(), text(&context.root)?.to_owned())]);
    variables.extend(context.environment.clone());
    variables.insert(RUN.to_owned(), context.run.to_string());
    Ok(variables)
}

/// Variables of one file.
pub(crate) fn variables(
    file: &FileJob,
    cache: &Path,
    coverage: Option<(String, String)>,
) -> Result<BTreeMap<String, String>, ExecError> {
    let mut variables = BTreeMap::from([
        (CACHE.to_owned(), text(cache)?.to_owned()),
        ("TESTRUNNER_FILE".to_owned(), file.path.clone()),
        ("TESTRUNNER_EPOCH".to_owned(), file.epoch.to_string()),
    ]);
    variables.extend(coverage);
    Ok(variables)
}
