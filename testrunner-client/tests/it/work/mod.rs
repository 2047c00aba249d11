//! The ledger over HTTP, against real servers on loopback.

mod conformance;
mod fleet;
mod lost;
mod over;
mod proxy;
mod refused;
mod restart;
mod workers;
