//! What the store promises: the shared suite, and what is SQLite's alone.

mod backup;
mod conformance;
mod copy;
mod damage;
mod disk_full;
mod folder;
mod handles;
mod kill;
mod many;
mod refusals;
mod upgrade;
mod writing;
