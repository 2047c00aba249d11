//! `GET /testruns/{id}/log`: output as text, or in pieces.

mod attempts;
mod chunks;
mod find;
mod range;
mod text;
mod window;

use testrunner_core::testrun::Testrun;

pub(crate) use self::chunks::{__path_chunks, chunks};
pub(crate) use self::find::{__path_find, find};
pub(crate) use self::text::{__path_text, text};
use crate::problem::Problem;

/// A file of a Testrun, which has to be there.
///
/// # Errors
/// It is not.
fn check_file(run: &Testrun, file: Option<u32>) -> Result<(), Problem> {
    let is_there = |file: u32| usize::try_from(file).is_ok_and(|file| file < run.files.len());
    if file.is_none_or(is_there) {
        return Ok(());
    }
    Err(Problem::invalid(
        "file",
        format!("Testrun {} has {} files, counted from 0", run.id(), run.files.len()),
    ))
}
