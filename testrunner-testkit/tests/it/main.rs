//! The suite over the stores that core brings along.

mod memory;
