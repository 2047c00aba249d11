//! All statements, one module per noun. Everything here works on a connection that is inside the right kind
//! of transaction already; what is to happen is decided in [`verbs`](crate::verbs).

pub(crate) mod archive;
pub(crate) mod backlog;
pub(crate) mod blobs;
pub(crate) mod cases;
pub(crate) mod changes;
pub(crate) mod claims;
pub(crate) mod documents;
pub(crate) mod events;
pub(crate) mod files;
pub(crate) mod health;
pub(crate) mod items;
pub(crate) mod janitor;
pub(crate) mod leases;
pub(crate) mod listing;
pub(crate) mod processes;
pub(crate) mod runs;
pub(crate) mod space;
pub(crate) mod summaries;
pub(crate) mod texts;
pub(crate) mod timings;
pub(crate) mod workers;
