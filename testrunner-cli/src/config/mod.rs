//! Settings: flag, before environment, before project file, before user file, before system file, before default.
//!
//! * project: `testrunner.toml` in the current folder or the nearest one above it, up to the one that has `.git`
//! * user: `$XDG_CONFIG_HOME/testrunner/config.toml`
//! * system: `/etc/testrunner/config.toml`
//!
//! `--config PATH` (or `TESTRUNNER_CONFIG`) is read instead of all three. What a file says becomes the default of the
//! option of that name, so that a value is read and checked in one place, wherever it comes from.
//!
//! A project's file comes with a checkout, from whoever wrote it. It may say how its tests are run, but not where
//! your data or your token goes, who you are, or which program is started: see `Key::not_in_a_project`.

mod file;
mod key;
mod keys;
mod load;
mod near;
mod origin;
mod search;

pub(crate) use self::key::{Fallback, Kind};
pub(crate) use self::load::{Config, Setting};
pub(crate) use self::origin::Origin;
