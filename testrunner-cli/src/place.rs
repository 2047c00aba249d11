//! The data folder, and the database in it.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use testrunner_store_sqlite::SqliteStore;

use crate::cli::Global;
use crate::failure::{Failure, Result, os_reason};

const DATABASE: &str = "testrunner.db";

/// Where everything is kept.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    folder: PathBuf,
    /// It was named on the command line, so that a later command must name it again.
    named: bool,
}

impl Place {
    /// # Errors
    /// No folder was given and none can be derived.
    pub(crate) fn of(global: &Global) -> Result<Self> {
        let from_environment = std::env::var_os("TESTRUNNER_DATA_DIR").map(PathBuf::from);
        let folder = match &global.data_dir {
            Some(folder) => folder.clone(),
            None => default_folder()?,
        };
        let folder = std::path::absolute(&folder).map_err(|error| {
            Failure::usage(format!("the data folder {}: {}", folder.display(), os_reason(&error)))
        })?;
        Ok(Self { folder, named: global.data_dir.is_some() && global.data_dir != from_environment })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.join(DATABASE)
    }

    /// How the program is called with the same data: for hints.
    pub(crate) fn command(&self, rest: &str) -> String {
        if !self.named {
            return format!("testrunner {rest}");
        }
        let folder = self.folder.to_string_lossy();
        let plain = folder.chars().all(|c| c.is_alphanumeric() || "/._-+@:,".contains(c));
        let folder = if plain { folder.into_owned() } else { format!("'{}'", folder.replace('\'', "'\\''")) };
        format!("testrunner --data-dir {folder} {rest}")
    }

    /// Makes the folder, for nobody else to read, where it is not there yet.
    ///
    /// # Errors
    /// It cannot be made.
    pub(crate) fn create(&self) -> Result<()> {
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder);
        made.map_err(|error| {
            let folder = self.folder.display();
            Failure::infrastructure(format!("cannot make the data folder {folder}: {}", os_reason(&error)))
                .hint("give another one with --data-dir, or set TESTRUNNER_DATA_DIR")
        })
    }

    /// Opens the database to write to it, and makes it where it is not there yet.
    ///
    /// # Errors
    /// It cannot be opened: damaged, read-only, newer than this program.
    pub(crate) async fn open(&self) -> Result<SqliteStore> {
        self.create()?;
        self.connect().await
    }

    /// Opens the database to look at what is there; `None` when nothing was ever stored. Opening also ends what
    /// belonged to programs that are gone, so that it is not shown as running. Nothing is executed.
    ///
    /// # Errors
    /// As [`Place::open`].
    pub(crate) async fn open_existing(&self) -> Result<Option<SqliteStore>> {
        match std::fs::metadata(self.database()) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Ok(_) | Err(_) => self.connect().await.map(Some),
        }
    }

    /// Opens the database, as it is.
    ///
    /// # Errors
    /// As [`Place::open`].
    pub(crate) async fn connect(&self) -> Result<SqliteStore> {
        SqliteStore::open(self.database()).await.map_err(|error| {
            Failure::infrastructure(error.to_string())
                .hint("give another data folder with --data-dir, or look closer with `testrunner doctor`")
        })
    }
}

fn default_folder() -> Result<PathBuf> {
    let strategy = etcetera::base_strategy::Xdg::new().map_err(|_| {
        Failure::usage("cannot tell your home folder")
            .hint("name a data folder with --data-dir, or set TESTRUNNER_DATA_DIR")
    })?;
    Ok(strategy.data_dir().join("testrunner"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_can_be_pasted() {
        let command = |folder: &str, named| Place { folder: folder.into(), named }.command("show 1");
        assert_eq!(command("/a", false), "testrunner show 1");
        assert_eq!(command("/a/b-c", true), "testrunner --data-dir /a/b-c show 1");
        assert_eq!(command("/a b/it's", true), r"testrunner --data-dir '/a b/it'\''s' show 1");
    }
}
