//! What each writing verb does inside its transaction. One file per verb; the statements stand in
//! [`sql`](crate::sql).

pub(crate) mod archive;
pub(crate) mod blobs;
pub(crate) mod claim;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod reap;
pub(crate) mod renew;
pub(crate) mod report;
pub(crate) mod stop;
pub(crate) mod workers;
