#![doc = include_str!("../README.md")]

mod command;
mod coverage;
pub mod environment;
mod executor;
mod frame;
mod keeper;
mod listen;
mod options;
mod runtime;
mod seal;
mod select;
mod session;
mod verdict;
mod warm;

pub use environment::{Environment, Origin};
pub use executor::{Builder, PytestExecutor};
pub use select::{PytestSettings, select, settings};
