//! Drives the real program, as a shell would.

mod config;
mod copy;
mod death;
mod doctor;
mod faults;
mod harness;
mod junit;
mod plan;
mod refusals;
mod repeat;
mod run;
mod samples;
mod server;
mod slow;
mod stop;
mod stored;
#[path = "../witness/mod.rs"]
mod witness;
