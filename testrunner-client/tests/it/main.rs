//! The client against small servers that answer as told.

mod calls;
mod follow;
mod server;
mod submit;
