//! Drives the real program, as a shell would.

mod doctor;
mod faults;
mod harness;
mod junit;
mod refusals;
mod run;
mod samples;
mod stop;
mod stored;
