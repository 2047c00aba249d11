//! What the store promises: the shared suite, and what is SQLite's alone.

mod conformance;
mod damage;
mod disk_full;
mod folder;
mod handles;
mod kill;
mod refusals;
mod writing;
