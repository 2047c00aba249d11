//! Who asks: tokens, what they may do, and where they are kept.

mod book;
mod disk;
mod edit;
mod error;
mod file;
mod first_of;
mod identity;
mod record;
mod secret;
mod shared;

pub use error::TokenError;
pub use file::TokenFile;
pub use first_of::FirstOf;
pub use identity::{AllowAll, Authenticator, Identity};
pub use record::TokenRecord;
pub use secret::Secret;
pub use shared::{SharedTokens, Shelf};
pub use testrunner_api::Role;
