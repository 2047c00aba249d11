#![doc = include_str!("../README.md")]

mod config;
#[cfg_attr(not(feature = "console"), path = "console/none.rs")]
mod console;
mod content;
mod cursor;
mod docs;
mod download;
mod events;
pub mod extract;
pub mod guard;
mod health;
mod insights;
mod metrics;
mod openapi;
mod paging;
mod problem;
mod queue;
mod reserve;
mod router;
mod serve;
pub mod session;
mod state;
mod testruns;
pub mod token;
mod turns;
pub mod upload;
mod work;

pub use config::HttpConfig;
pub use content::{Kind, user_content};
pub use openapi::document;
pub use problem::Problem;
pub use reserve::Reserve;
pub use router::router;
pub use serve::{Farewell, ServeLimits, serve};
pub use work::WorkKey;
