#![doc = include_str!("../README.md")]

mod document;
mod error;
mod headline;
mod text;

pub use document::document;
pub use error::JunitError;
pub use headline::headline;
