//! The nursery: keeps a stem for the Testruns to come, and zygotes that wait for them.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use fs_err as fs;
use testrunner_core::executor::Scratch;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::stem::Stem;
use crate::command::{self, Settings};
use crate::keeper::{self, Process, Waiting};
use crate::options::PytestOptions;

/// How long all is kept when no Testrun comes.
const IDLE: Duration = Duration::from_mins(30);
/// So long files count as they were found. Whether something was installed is looked at each time.
const FOUND: Duration = Duration::from_millis(100);
/// How long after a stem that failed another one is tried.
const PAUSE: Duration = Duration::from_mins(5);

/// What Testruns must have in common with a stem to be served by its forks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    /// The interpreter.
    pub(crate) python: PathBuf,
    /// Our own program for it.
    pub(crate) supervisor: PathBuf,
    /// Variables that are set for tests.
    pub(crate) environment: BTreeMap<String, String>,
}

/// Where zygotes come from that are there ahead of need.
#[derive(Debug)]
pub(crate) struct Nursery {
    /// How many zygotes wait; none: nothing is started ahead.
    size: usize,
    /// Makes a folder for a stem.
    make: fn() -> io::Result<Scratch>,
    state: Mutex<Option<State>>,
    /// Held by who starts something.
    turn: Mutex<()>,
}

#[derive(Debug)]
struct State {
    kind: Kind,
    /// None where it could not be had.
    stem: Option<Stem>,
    waiting: VecDeque<Waiting>,
    used: Instant,
    /// When what is installed was found as it was.
    found: Option<Instant>,
}

impl Nursery {
    pub(crate) fn new(size: usize, make: fn() -> io::Result<Scratch>) -> Arc<Self> {
        Arc::new(Self { size, make, state: Mutex::default(), turn: Mutex::default() })
    }

    /// Whether anything is started ahead.
    pub(crate) const fn is_kept(&self) -> bool {
        self.size > 0
    }

    /// A zygote for one Testrun; `prepared`: with what pytest is told by default. `None` where none is ready of this
    /// kind, or what it was made of has changed. Others follow in its place.
    pub(crate) async fn take(self: &Arc<Self>, kind: &Kind, prepared: bool) -> Option<Waiting> {
        if !self.is_kept() {
            return None;
        }
        let taken = {
            let mut state = self.state.lock().await;
            match state.take().filter(|state| state.kind == *kind) {
                None => None,
                Some(mut old) => match old.take(prepared).await {
                    Ok(taken) => {
                        *state = Some(old);
                        taken
                    }
                    Err(why) => {
                        tracing::debug!(%why, "what was started ahead is given up");
                        None
                    }
                },
            }
        };
        self.tend(kind.clone());
        taken
    }

    /// Sees to it, in the background, that there is what the next Testrun needs.
    fn tend(self: &Arc<Self>, kind: Kind) {
        let nursery = Arc::clone(self);
        tokio::spawn(async move {
            if let Err(error) = nursery.warm_up(kind).await {
                tracing::warn!(%error, "Testruns start cold");
            }
        });
    }

    /// Sees to it that there is what the next Testrun needs.
    ///
    /// # Errors
    /// It cannot be had.
    pub(crate) async fn warm_up(self: &Arc<Self>, kind: Kind) -> io::Result<()> {
        if self.is_kept()
            && let Some(stem) = self.grow(kind).await?
        {
            self.watch(stem);
        }
        Ok(())
    }

    /// Starts what is missing. Returns the process of a stem that is new.
    async fn grow(&self, kind: Kind) -> io::Result<Option<Process>> {
        let _turn = self.turn.lock().await;
        let is_there = self.state.lock().await.as_mut().is_some_and(|state| state.is_good_for(&kind));
        let mut new = None;
        if !is_there {
            let started = self.start(&kind).await;
            let (stem, failed) = match started {
                Ok((stem, process)) => {
                    new = Some(process);
                    (Some(stem), Ok(()))
                }
                Err(error) => (None, Err(error)),
            };
            let used = Instant::now();
            *self.state.lock().await =
                Some(State { kind, stem, waiting: VecDeque::new(), used, found: None });
            failed?;
        }
        while let Some(state) = self.state.lock().await.as_mut() {
            let Some(stem) = state.stem.as_ref().filter(|_| state.waiting.len() < self.size) else { break };
            match stem.fork(true).await {
                Ok(waiting) => state.waiting.push_back(waiting),
                Err(error) => {
                    state.stem = None;
                    return Err(error);
                }
            }
        }
        Ok(new)
    }

    async fn start(&self, kind: &Kind) -> io::Result<(Stem, Process)> {
        let make = self.make;
        let made = tokio::task::spawn_blocking(move || {
            let scratch = make()?;
            let root = scratch.path().join("root");
            fs::create_dir(&root)?;
            Ok::<_, io::Error>((scratch, root))
        });
        let (scratch, root) = made.await??;
        let mut command = keeper::command(&kind.python, &kind.supervisor);
        command::surround_upload(&mut command, &root, &kind.environment);
        let args = command::args(&root, None, &PytestOptions::default(), Settings::NothingAboveRoot);
        let args = args.map_err(|error| io::Error::other(error.message))?;
        let stem = Stem::start(command, scratch, &args).await?;
        let process = stem.process()?;
        Ok((stem, process))
    }

    /// Ends all when nobody came for long, and when the stem has died: what was forked of it would wait for nobody.
    fn watch(self: &Arc<Self>, mut stem: Process) {
        let nursery = Arc::downgrade(self);
        tokio::spawn(async move {
            let mut until = Instant::now() + IDLE;
            loop {
                let has_died = tokio::time::timeout_at(until, stem.wait()).await.is_ok();
                let Some(nursery) = nursery.upgrade() else { return };
                let mut kept = nursery.state.lock().await;
                let Some(state) = kept.as_mut() else { return };
                // There may be another stem by now, which is watched on its own.
                if has_died && state.stem.as_mut().is_some_and(|stem| !stem.is_dead()) {
                    return;
                }
                until = state.used + IDLE;
                if has_died || until <= Instant::now() {
                    *kept = None;
                    return;
                }
            }
        });
    }
}

impl State {
    /// Whether nothing has to be started for such Testruns, or that would fail again.
    fn is_good_for(&mut self, kind: &Kind) -> bool {
        let is_well = match &mut self.stem {
            Some(stem) => !stem.is_dead(),
            None => self.used.elapsed() < PAUSE,
        };
        self.kind == *kind && is_well
    }

    /// A zygote, if there is something to fork it from.
    ///
    /// # Errors
    /// Why nothing here is of use any more.
    async fn take(&mut self, prepared: bool) -> io::Result<Option<Waiting>> {
        let Some(stem) = &mut self.stem else { return Ok(None) };
        if stem.is_dead() {
            return Err(io::Error::other("it has died"));
        }
        let now = Instant::now();
        let is_new = self.found.is_some_and(|found| now - found <= FOUND);
        let loaded = Arc::clone(stem.loaded());
        let look = move || if is_new { loaded.has_grown() } else { loaded.has_changed() };
        if tokio::task::spawn_blocking(look).await? {
            return Err(io::Error::other("what is installed has changed"));
        }
        if !is_new {
            self.found = Some(now);
        }
        self.used = now;
        // What waits was forked of the template, if there is one.
        let is_for_it = prepared || !stem.has_template();
        let ahead = if is_for_it { self.waiting.pop_front() } else { None };
        match ahead {
            Some(waiting) => Ok(Some(waiting)),
            None => stem.fork(prepared).await.map(Some),
        }
    }
}
