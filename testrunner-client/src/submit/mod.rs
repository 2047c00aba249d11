//! Submitting: what is sent, checked before, and sent again without harm.

mod folder;
mod form;
mod send;
mod upload;
mod wait;

pub use upload::{Content, Upload, UploadFile};
