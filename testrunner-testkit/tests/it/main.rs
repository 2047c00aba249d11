//! The suites over what core brings along, and the suites' own proof.

mod executors;
mod faults;
mod hints;
mod ledger;
mod memory;
mod mutants;
mod queues;
mod stage;
