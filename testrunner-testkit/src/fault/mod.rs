//! Ports that fail as networks, disks and brokers do, on purpose and always in the same way.

mod bell;
mod plan;
mod queue;
mod store;

pub use bell::SilentBell;
pub use plan::{Fault, Faults, Verb};
pub use queue::TicketQueue;
pub use store::FaultStore;
