//! How a worker has ended.

/// How a worker has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drained {
    /// All that it held is finished or handed back.
    InOrder,
    /// The store did not answer in time. What was held goes to others when its leases have run out.
    Unanswered,
}
