//! The executor against real Python: every way in which a test file can end.

mod conformance;
mod coverage;
mod ending;
mod harness;
mod isolation;
mod leaks;
mod levels;
mod liars;
mod outcome;
mod output;
mod plain;
mod plugins;
mod retries;
mod samples;
mod selection;
mod settings;
mod tiers;
mod warm;
