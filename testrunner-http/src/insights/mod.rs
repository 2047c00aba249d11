//! What many Testruns tell together: folds over those that ended last.

mod durations;
mod flaky;
mod history;
mod slow;
mod trend;
mod window;

pub(crate) use self::flaky::{__path_flaky, flaky};
pub(crate) use self::history::{__path_history, history};
pub(crate) use self::slow::{__path_cases, __path_files, cases, files};
pub(crate) use self::trend::{__path_trend, trend};
