//! The routes of workers that have nothing but this API: claim, renew, append, finish, files, a bell, and that they are there.
//!
//! A worker's token may do this and nothing else, and each write only about what it holds: a lease travels signed for the
//! token that claimed it. Whether it is still the newest is the store's business, as everywhere.

mod append;
mod bell;
mod blob;
mod caller;
mod check;
mod claim;
mod files;
mod finish;
mod held;
mod key;
mod lease;
mod presence;
mod refusal;
mod renew;
mod unclaimed;

pub use self::key::WorkKey;

pub(crate) use self::append::{__path_append, append};
pub(crate) use self::bell::{__path_bell, bell};
pub(crate) use self::blob::{__path_blob, blob};
pub(crate) use self::claim::{__path_claim, claim};
pub(crate) use self::files::{__path_files, files};
pub(crate) use self::finish::{__path_finish, finish};
pub(crate) use self::held::HeldRuns;
pub(crate) use self::presence::{__path_presence, presence};
pub(crate) use self::refusal::{Refused, Why};
pub(crate) use self::renew::{__path_renew, renew};
