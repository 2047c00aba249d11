//! The client against small servers that answer as told, and the ledger over real ones.

mod calls;
mod follow;
mod server;
mod submit;
mod work;
