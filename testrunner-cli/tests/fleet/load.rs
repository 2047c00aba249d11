//! Clients that submit and follow all the time.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use testrunner_client::UploadFile;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::fleet::Fleet;
use crate::witness::Result;
use crate::witness::dice::Dice;
use crate::witness::files::{FILES, upload};
use crate::witness::follow::{Door, submit_and_follow};
use crate::witness::journal::Journal;

/// Nothing may stand still for longer than this once all is mended: a lease, a sweep, and time to breathe.
const STANDSTILL: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(100);
/// How many submit small Testruns, one after another: enough that every slot is taken nearly always.
const CLIENTS: u64 = 8;
const LARGE: usize = 40;
const LONG: &str = "def test_a():\n    executed()\n    time.sleep(1.5)\n";
const TRIVIAL: &str = "def test_a():\n    executed()\n    time.sleep(0.05)\n";

pub(crate) struct Load {
    clients: JoinSet<Result>,
    journal: Arc<Journal>,
    executions: PathBuf,
    /// How long that file was before.
    before: u64,
    enough: CancellationToken,
}

impl Load {
    /// Starts clients, one of which submits one large Testrun.
    pub(crate) fn start(fleet: &Fleet, cycle: u64, dice: &mut Dice) -> Result<Self> {
        let journal = Arc::new(Journal::new(&fleet.setup.journal(cycle))?);
        let (mut clients, enough) = (JoinSet::new(), CancellationToken::new());
        let executions = fleet.setup.executions();
        let before = length(&executions);
        for client in 0..CLIENTS {
            let (journal, enough) = (Arc::clone(&journal), enough.clone());
            let one = Client {
                door: fleet.door.clone(),
                name: format!("{cycle}-{client}"),
                executions: executions.clone(),
            };
            clients.spawn(one.submit_small(Dice::of(dice.below(u64::MAX)), journal, enough));
        }
        let (journal_of_large, door) = (Arc::clone(&journal), fleet.door.clone());
        clients.spawn(async move {
            let names: Vec<String> = (0..LARGE).map(|n| format!("test_{n:02}.py")).collect();
            let files = upload(names.iter().map(|name| (name.as_str(), TRIVIAL)), &executions);
            submit_and_follow(&door, &format!("{cycle}-large"), files, &journal_of_large).await
        });
        Ok(Self { clients, journal, executions: fleet.setup.executions(), before, enough })
    }

    /// Waits until workers have begun with it: before that a fault has nothing to hit.
    pub(crate) async fn is_under_way(&self) -> Result {
        let begun = Instant::now();
        while length(&self.executions) == self.before {
            if begun.elapsed() > STANDSTILL {
                return Err(format!("no test is executed within {STANDSTILL:?}").into());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// Lets the clients come to their ends.
    ///
    /// # Errors
    /// Nothing happens any more, or a client was told what it must not be told.
    pub(crate) async fn finish(mut self) -> Result {
        self.enough.cancel();
        let mut seen = (Instant::now(), self.journal.lines());
        loop {
            match tokio::time::timeout(PAUSE, self.clients.join_next()).await {
                Ok(None) => return Ok(()),
                Ok(Some(ended)) => ended??,
                Err(_) if self.journal.lines() != seen.1 => seen = (Instant::now(), self.journal.lines()),
                Err(_) if seen.0.elapsed() > STANDSTILL => {
                    let stuck = self.clients.len();
                    return Err(
                        format!("{stuck} clients are stuck: nothing happens for {STANDSTILL:?}").into()
                    );
                }
                Err(_) => {}
            }
        }
    }
}

fn length(file: &Path) -> u64 {
    std::fs::metadata(file).map_or(0, |file| file.len())
}

struct Client {
    door: Door,
    name: String,
    executions: PathBuf,
}

impl Client {
    async fn submit_small(self, mut dice: Dice, journal: Arc<Journal>, enough: CancellationToken) -> Result {
        let mut number = 0;
        while !enough.is_cancelled() {
            number += 1;
            let key = format!("{}-{number}", self.name);
            submit_and_follow(&self.door, &key, self.files(&mut dice), &journal).await?;
            tokio::time::sleep(dice.before(PAUSE)).await;
        }
        Ok(())
    }

    fn files(&self, dice: &mut Dice) -> Vec<UploadFile> {
        let long = [("test_long.py", LONG)];
        let files: &[(&str, &str)] = if dice.once_in(2) { &long } else { &FILES };
        upload(files.iter().copied(), &self.executions)
    }
}
