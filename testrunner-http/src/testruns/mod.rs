//! Testruns: one verb a file.

pub(crate) mod cancel;
pub(crate) mod cases;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod etag;
pub(crate) mod files;
pub(crate) mod get;
pub(crate) mod junit;
pub(crate) mod list;
pub(crate) mod log;
pub(crate) mod rerun;
mod schedule;
pub(crate) mod selection;
mod submission;

pub(crate) use self::schedule::Schedules;
