#![doc = include_str!("../README.md")]

mod address;
mod builder;
mod client;
mod error;
mod insights;
mod list;
mod reading;
mod request;
mod retry;
mod selection;
mod stream;
mod submit;
mod system;
mod verbs;
mod work;

pub use address::is_this_machine;
pub use builder::ClientBuilder;
pub use client::Client;
pub use error::ClientError;
pub use insights::{CaseName, Insight};
pub use reading::CaseFilter;
pub use stream::{Change, Changes, Follow, Step};
pub use submit::{Content, Upload, UploadFile};
/// The words of the API.
pub use testrunner_api as api;
pub use work::{RemoteBell, RemoteStore, RemoteStoreBuilder};
