//! Live events: streams that go on by themselves when the connection breaks.

mod changes;
mod follow;
mod link;
mod source;

pub use changes::{Change, Changes};
pub use follow::Follow;
pub(crate) use link::open;
pub use source::Step;
