//! What a worker is made of.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Settings;
use crate::doorbell::Doorbell;
use crate::engine::EngineError;
use crate::executor::Executor;
use crate::id::ProcessId;
use crate::queue::Queue;
use crate::store::WorkStore;

/// Executors by name.
pub(crate) type Executors = BTreeMap<String, Arc<dyn Executor>>;

/// What a worker is made of.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) store: Arc<dyn WorkStore>,
    pub(crate) queue: Arc<dyn Queue>,
    pub(crate) bell: Arc<dyn Doorbell>,
    pub(crate) executors: Arc<Executors>,
    /// Directory Testruns of this process are taken.
    pub(crate) process: Option<ProcessId>,
    /// Testruns that belong to no process are taken.
    pub(crate) shared: bool,
    pub(crate) settings: Arc<Settings>,
}

/// Executors, each known by its name.
///
/// # Errors
/// Two have one name.
pub(crate) fn by_name(executors: Vec<Arc<dyn Executor>>) -> Result<Executors, EngineError> {
    let mut by_name = Executors::new();
    for executor in executors {
        let name = executor.name().to_owned();
        if by_name.insert(name.clone(), executor).is_some() {
            return Err(EngineError::Config(format!("two executors are called {name:?}")));
        }
    }
    Ok(by_name)
}
