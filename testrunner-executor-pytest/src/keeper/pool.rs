//! The zygote of a session and its idle keepers.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use tokio::process::Command;
use tokio::sync::Mutex;

use super::zygote::{Waiting, Zygote};
use super::{Job, Keeper, sweep};

/// What a zygote is started with.
pub(crate) trait Origin: Send + Sync {
    /// The command that runs the supervisor, with the surroundings that all files share.
    fn command(&self) -> Command;
    /// A name that no other zygote has.
    fn cell(&self) -> String;
    /// A file for what it says on standard error.
    fn stderr(&self) -> PathBuf;
    /// Whether there are enough files for a rehearsal to pay.
    fn rehearses(&self) -> bool;
    /// One that was started ahead of need, where there is one for files like this.
    fn waiting(&self, first: &Job) -> impl Future<Output = Option<Waiting>> + Send;
    /// What such a one is told: the folder of the tests, that of the session, and variables.
    fn root(&self) -> &Path;
    fn folder(&self) -> &Path;
    fn variables(&self) -> BTreeMap<String, String>;
}

/// Lends keepers, one for each file that runs; starts the zygote that they are forked from when it is needed.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    zygote: Option<Zygote>,
    idle: Vec<Keeper>,
}

impl Pool {
    /// A keeper that runs nothing: an idle one, else a new one. Should a zygote have to be started for it, that
    /// prepares for files like this one.
    pub(crate) async fn take(&self, origin: &impl Origin, first: &Job) -> io::Result<Keeper> {
        let mut state = self.state.lock().await;
        if let Some(zygote) = &mut state.zygote
            && zygote.is_dead()
        {
            // Its keepers are of no use any more: nobody is there who would clean up after them.
            state.idle.clear();
            state.zygote = None;
        }
        if let Some(keeper) = state.idle.pop() {
            return Ok(keeper);
        }
        let zygote = match state.zygote.take() {
            Some(zygote) => zygote,
            None => Zygote::start(origin, first).await?,
        };
        state.zygote.insert(zygote).keeper()
    }

    /// Takes a keeper back whose file is done and all of it dead.
    pub(crate) async fn give_back(&self, keeper: Keeper) {
        let mut state = self.state.lock().await;
        if state.zygote.as_ref().is_some_and(|zygote| zygote.is_of(&keeper)) {
            state.idle.push(keeper);
        }
    }

    /// Cleans up after a keeper that is dead or does not answer. Returns what was said on standard error.
    pub(crate) async fn bury(&self, keeper: Keeper) -> String {
        let mut state = self.state.lock().await;
        keeper.child.kill();
        let mut said = String::new();
        if let Some(zygote) = state.zygote.as_mut().filter(|zygote| zygote.is_of(&keeper)) {
            if zygote.bury(keeper.number).await {
                said = zygote.said();
            } else {
                state.idle.clear();
                if let Some(zygote) = state.zygote.take() {
                    said = zygote.kill().await;
                }
            }
        }
        let mark = keeper.mark();
        // Closes its socket, should it still be there.
        drop(keeper);
        drop(state);
        let _ = tokio::task::spawn_blocking(move || sweep::sweep(&mark)).await;
        said
    }

    /// Returns when the zygote and all keepers have left.
    pub(crate) async fn close(&self) {
        let mut state = self.state.lock().await;
        state.idle.clear();
        if let Some(zygote) = state.zygote.take() {
            zygote.leave().await;
        }
    }
}
