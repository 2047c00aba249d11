//! The executor against real Python: every way in which a test file can end.

mod ending;
mod harness;
mod isolation;
mod outcome;
mod output;
mod samples;
mod selection;
mod settings;
