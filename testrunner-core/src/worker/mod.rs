//! The worker: takes items while it has free slots, runs them, and keeps their leases alive.

pub(crate) mod announce;
mod builder;
mod dispatch;
mod drained;
mod flush;
mod handle;
mod item;
mod lease;
mod parts;
mod presence;
mod retry;
mod running;
mod session;
mod settings;
mod status;
mod workspace;

pub use self::builder::WorkerBuilder;
pub use self::drained::Drained;
pub use self::handle::Worker;
pub(crate) use self::parts::{Executors, Parts, by_name};
pub(crate) use self::running::Running;
pub(crate) use self::settings::Settings;
pub use self::status::WorkerStatus;
