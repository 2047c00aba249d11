//! Who asks: tokens, what they may do, and the file that holds them.

mod disk;
mod edit;
mod error;
mod file;
mod identity;
mod record;
mod secret;

pub use error::TokenError;
pub use file::TokenFile;
pub use identity::{AllowAll, Authenticator, Identity};
pub use record::TokenRecord;
pub use secret::Secret;
pub use testrunner_api::Role;
