//! The ledger for a worker that has nothing but a server's address and a token.

mod bell;
mod blob_cache;
mod book;
mod builder;
mod call;
mod listener;
mod refusal;
mod store;

pub use self::bell::RemoteBell;
pub use self::builder::RemoteStoreBuilder;
pub use self::store::RemoteStore;
