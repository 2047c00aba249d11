//! Live events: of one Testrun, and of all.

mod all;
mod following;
mod position;
mod run;
mod stream;

pub(crate) use self::all::{__path_all, all};
pub(crate) use self::run::{__path_run, run};
pub(crate) use self::stream::{RETRY, respond};
