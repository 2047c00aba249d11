//! A worker of either kind.

use std::collections::BTreeMap;
use std::time::Duration;

use testrunner_client::{RemoteStore, is_this_machine};
use testrunner_core::{Drained, Engine, Labels, Worker};
use testrunner_executor_pytest::PytestExecutor;

use super::super::executor::processors;
use crate::cli::WorkerArgs;
use crate::drain::Works;
use crate::failure::{Failure, Result};
use crate::hints;
use crate::place::Place;
use crate::server::token;
use crate::storage::Storage;

/// Bytes of test files that are kept, so that each is fetched from the server once.
const CACHE: u64 = 1 << 30;

/// What does the work.
#[derive(Debug)]
pub(super) enum Body {
    /// Next to the database; also takes back what others leave behind.
    Database { engine: Engine, storage: Storage },
    /// By a server, which does all else.
    Server(Worker),
}

impl Body {
    /// # Errors
    /// The database cannot be opened, or a setting cannot be used.
    pub(super) async fn by_database(
        args: &WorkerArgs,
        place: &Place,
        id: &str,
        executor: PytestExecutor,
    ) -> Result<Self> {
        let storage = place.open().await?;
        let builder = Engine::builder_shared(storage.shared())
            .slots(slots(args))
            .worker_name(id)
            .worker_labels(labels(args))
            .executor(executor);
        let built = hints::put_into(builder, &args.hints).and_then(|builder| Ok(builder.build()?));
        match built {
            Ok(engine) => Ok(Self::Database { engine, storage }),
            Err(failure) => {
                storage.close().await;
                Err(failure)
            }
        }
    }

    /// # Errors
    /// The server cannot be asked, does not know the token, or a setting cannot be used.
    pub(super) async fn by_server(
        args: &WorkerArgs,
        place: &Place,
        url: &str,
        id: &str,
        executor: PytestExecutor,
    ) -> Result<Self> {
        let mut builder = RemoteStore::builder(url).cache(place.folder().join("files"), CACHE);
        if args.plain_http && !is_this_machine(url) {
            builder = builder.allow_plain_http();
        }
        let secret = token::find(url, place)?.ok_or_else(|| {
            Failure::usage(format!("there is no token for {url}")).hint(
                "make one there with `testrunner token create --role worker --name NAME`, and name its file with \
                 --token-file",
            )
        })?;
        let store = builder.token(secret.as_str()).build()?;
        store.check().await?;
        let worker = store
            .worker()
            .slots(slots(args))
            .worker_name(id)
            .worker_labels(labels(args))
            .executor(executor)
            .build()?;
        Ok(Self::Server(worker))
    }

    pub(super) fn start(&self) {
        match self {
            Self::Database { engine, .. } => engine.start(),
            Self::Server(worker) => worker.start(),
        }
    }

    /// Closes the database, where it has one.
    pub(super) async fn close(&self) {
        if let Self::Database { storage, .. } = self {
            storage.close().await;
        }
    }
}

impl Works for Body {
    async fn shutdown(&self, grace: Duration) -> Drained {
        match self {
            Self::Database { engine, .. } => engine.shutdown(grace).await,
            Self::Server(worker) => worker.shutdown(grace).await,
        }
    }

    fn halt(&self) {
        match self {
            Self::Database { engine, .. } => engine.halt(),
            Self::Server(worker) => worker.halt(),
        }
    }
}

fn slots(args: &WorkerArgs) -> usize {
    args.slots.map_or_else(processors, usize::from)
}

fn labels(args: &WorkerArgs) -> Labels {
    args.labels.iter().cloned().collect::<BTreeMap<_, _>>()
}
