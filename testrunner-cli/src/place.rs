//! The data folder, the database in it, and the server that is asked instead.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use testrunner_store_postgres::PostgresStore;
use testrunner_store_sqlite::SqliteStore;

use crate::cli::values::ServerName;
use crate::cli::{Global, StoreName};
use crate::config::Config;
use crate::failure::{Failure, Result, os_reason};
use crate::storage::Storage;

const DATABASE: &str = "testrunner.db";

/// Where everything is kept.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    folder: PathBuf,
    /// It was named on the command line, so that a later command must name it again.
    named: bool,
    store: Chosen<StoreName>,
    server: Option<Chosen<String>>,
    /// The server was not chosen by the user.
    guessed: bool,
    token_file: Option<Chosen<PathBuf>>,
}

/// A value, and whether it was named on the command line.
#[derive(Clone, Debug)]
struct Chosen<T> {
    value: T,
    named: bool,
}

impl Place {
    /// # Errors
    /// No folder was given and none can be derived.
    pub(crate) fn of(global: &Global, config: &Config) -> Result<Self> {
        let folder = match &global.data_dir {
            Some(folder) => folder.clone(),
            None => default_folder()?,
        };
        let folder = std::path::absolute(&folder).map_err(|error| {
            Failure::usage(format!("the data folder {}: {}", folder.display(), os_reason(&error)))
        })?;
        let server = match &global.server {
            Some(ServerName::Url(url)) => {
                Some(Chosen { value: url.clone(), named: config.is_flag("server") })
            }
            Some(ServerName::Local) | None => None,
        };
        let token_file = global.token_file.clone();
        let token_file = token_file.map(|value| Chosen { value, named: config.is_flag("token_file") });
        let store = global.store.clone().unwrap_or(StoreName::Folder);
        let store = Chosen { value: store, named: config.is_flag("store") };
        Ok(Self { folder, named: config.is_flag("data_dir"), store, server, guessed: false, token_file })
    }

    /// The same place with another ledger, that was named on the command line.
    pub(crate) fn with_store(&self, store: StoreName) -> Self {
        Self { store: Chosen { value: store, named: true }, server: None, ..self.clone() }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file of the database, where it is one.
    pub(crate) fn database(&self) -> Option<PathBuf> {
        match &self.store.value {
            StoreName::Folder => Some(self.folder.join(DATABASE)),
            StoreName::Sqlite(path) => Some(path.clone()),
            StoreName::Postgres(_) => None,
        }
    }

    /// Whether the database is one for many machines.
    pub(crate) const fn is_shared(&self) -> bool {
        matches!(self.store.value, StoreName::Postgres(_))
    }

    /// The ledger, as it may be shown.
    pub(crate) fn ledger(&self) -> String {
        match &self.store.value {
            StoreName::Folder => self.folder.display().to_string(),
            other => other.shown(),
        }
    }

    /// The address of the server that is asked instead of the database.
    pub(crate) fn server(&self) -> Option<&str> {
        self.server.as_ref().map(|server| server.value.as_str())
    }

    /// Whether that address stood on the command line.
    pub(crate) fn server_is_named(&self) -> bool {
        self.server.as_ref().is_some_and(|server| server.named)
    }

    /// Whether the database stood on the command line.
    pub(crate) const fn store_is_named(&self) -> bool {
        self.store.named
    }

    /// For what is of this machine alone; `instead` goes on after "leave --server out".
    ///
    /// # Errors
    /// A server was named on the command line.
    pub(crate) fn refuse_server(&self, why: &str, instead: &str) -> Result<()> {
        if self.server_is_named() {
            return Err(Failure::usage(why).hint(format!("leave --server out{instead}")));
        }
        Ok(())
    }

    /// The same place, with a server that nobody has chosen.
    pub(crate) fn with_server(&self, url: &str) -> Self {
        Self { server: Some(Chosen { value: url.to_owned(), named: true }), guessed: true, ..self.clone() }
    }

    /// Whether the server is one that the user chose.
    pub(crate) const fn server_is_chosen(&self) -> bool {
        self.server.is_some() && !self.guessed
    }

    /// The file of a token, and whether it was named on the command line.
    pub(crate) fn token_file(&self) -> (Option<&Path>, bool) {
        let file = self.token_file.as_ref();
        (file.map(|file| file.value.as_path()), file.is_some_and(|file| file.named))
    }

    /// How the program is called for the same Testruns: for hints.
    pub(crate) fn command(&self, rest: &str) -> String {
        let mut command = "testrunner".to_owned();
        if self.named {
            command.push_str(&format!(" --data-dir {}", quoted(&self.folder.to_string_lossy())));
        }
        if self.store.named {
            command.push_str(&format!(" --store {}", quoted(&self.store.value.shown())));
        }
        if let Some(server) = self.server.as_ref().filter(|server| server.named) {
            command.push_str(&format!(" --server {}", quoted(&server.value)));
        }
        if let Some(file) = self.token_file.as_ref().filter(|file| file.named) {
            command.push_str(&format!(" --token-file {}", quoted(&file.value.to_string_lossy())));
        }
        format!("{command} {rest}")
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
    pub(crate) async fn open(&self) -> Result<Storage> {
        self.create()?;
        self.connect().await
    }

    /// Opens the database to look at what is there; `None` when nothing was ever stored. Opening also ends what
    /// belonged to programs that are gone, so that it is not shown as running. Nothing is executed.
    ///
    /// # Errors
    /// As [`Place::open`].
    pub(crate) async fn open_existing(&self) -> Result<Option<Storage>> {
        match self.database().map(std::fs::metadata) {
            Some(Err(error)) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            _ => self.connect().await.map(Some),
        }
    }

    /// Opens the database, as it is.
    ///
    /// # Errors
    /// As [`Place::open`].
    pub(crate) async fn connect(&self) -> Result<Storage> {
        let opened = match &self.store.value {
            StoreName::Postgres(url) => PostgresStore::open(url).await.map(Storage::Postgres),
            StoreName::Folder => SqliteStore::open(self.folder.join(DATABASE)).await.map(Storage::Sqlite),
            StoreName::Sqlite(path) => SqliteStore::open(path).await.map(Storage::Sqlite),
        };
        opened.map_err(|error| {
            let failure = Failure::infrastructure(error.to_string());
            failure.hint(match self.store.value {
                StoreName::Folder => {
                    "give another data folder with --data-dir, or look closer with `testrunner doctor`"
                }
                StoreName::Sqlite(_) | StoreName::Postgres(_) => {
                    "is --store right? look closer with `testrunner doctor`"
                }
            })
        })
    }
}

/// As a shell takes it for one word.
fn quoted(word: &str) -> String {
    let plain = word.chars().all(|c| c.is_alphanumeric() || "/._-+@:,".contains(c));
    if plain { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

/// Who asks, by the system's word.
pub(crate) fn user() -> String {
    let name = std::env::var("USER").ok().filter(|name| !name.trim().is_empty());
    name.unwrap_or_else(|| "local".to_owned())
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
        let place = |folder: &str, named| Place {
            folder: folder.into(),
            named,
            store: Chosen { value: StoreName::Folder, named: false },
            server: None,
            guessed: false,
            token_file: None,
        };
        let command = |folder, named| place(folder, named).command("show 1");
        assert_eq!(command("/a", false), "testrunner show 1");
        assert_eq!(command("/a/b-c", true), "testrunner --data-dir /a/b-c show 1");
        assert_eq!(command("/a b/it's", true), r"testrunner --data-dir '/a b/it'\''s' show 1");
        let remote = place("/a", false).with_server("http://x:1");
        assert_eq!(remote.command("show 1"), "testrunner --server http://x:1 show 1");
        let value = StoreName::Postgres("postgres://u:p@h/d".to_owned());
        let fleet = Place { store: Chosen { value, named: true }, ..place("/a", false) };
        assert_eq!(fleet.command("show 1"), "testrunner --store 'postgres://u:***@h/d' show 1");
    }
}
