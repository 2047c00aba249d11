//! kill -9 at random instants, of everything that there is, again and again over the same data: what was
//! acknowledged is there, nothing is stuck, nothing is judged twice, nothing is left.

mod embedder;
mod late;
mod server;
mod world;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use testrunner_core::TestrunId;
use testrunner_executor_pytest::PytestExecutor;
use testrunner_store_sqlite::SqliteStore;

use self::world::World;
use crate::harness::Result;
use crate::witness::book::{Book, Checked};
use crate::witness::dice::Dice;
use crate::witness::files::FILES;
use crate::witness::victim::{Victim, Whom};
use crate::witness::{number, say};

/// The engine's own.
const LEASE: Duration = Duration::from_secs(15);
/// How long anything may take after a death.
const SOON: Duration = Duration::from_secs(20);
/// Deaths are before this: about as long as a program lives when it is left alone.
const LIFE: Duration = Duration::from_millis(900);
/// Deaths over one data folder.
const CHAPTER: u64 = 25;

/// Takes `TESTRUNNER_DEATH_CYCLES` and `TESTRUNNER_DEATH_SEED`.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_by_kill_9_at_any_instant() -> Result {
    let cycles = number("TESTRUNNER_DEATH_CYCLES").unwrap_or(25);
    let seed = number("TESTRUNNER_DEATH_SEED").unwrap_or(u64::from(std::process::id()));
    let python = python().await?;
    let (mut dice, mut tally, begun) = (Dice::of(seed), Tally::default(), Instant::now());
    while tally.deaths() < cycles {
        let world = World::new(&python, &FILES)?;
        let mut checked = Checked::default();
        let chapter = cycles.min(tally.deaths() + CHAPTER);
        while tally.deaths() < chapter {
            let lived = live_and_die(&world, &mut dice, &mut tally, chapter).await;
            checked = lived
                .map_err(|error| {
                    let said = world.complaints();
                    format!("TESTRUNNER_DEATH_SEED={seed}: {error}\n{tally:?}\nthe victims said:\n{said}")
                })?
                .unwrap_or(checked);
        }
        tally.checked.add(checked);
    }
    assert!(
        tally.checked.submits > 0 && tally.checked.verdicts > 0,
        "death came before anything was done: {tally:?}"
    );
    say(&format!("{cycles} cycles of seed {seed} in {:?}: {tally:?}", begun.elapsed()));
    Ok(())
}

/// What was done and seen.
#[derive(Debug, Default)]
struct Tally {
    kills: BTreeMap<Whom, u64>,
    lives: u64,
    ended_before: u64,
    checks: u64,
    checked: Checked,
    slowest_recovery: Duration,
}

impl Tally {
    fn deaths(&self) -> u64 {
        self.kills.values().sum()
    }
}

/// The interpreter that all use, so that no cycle looks for one.
async fn python() -> Result<PathBuf> {
    let executor = PytestExecutor::builder().data_folder(env!("CARGO_TARGET_TMPDIR")).build()?;
    Ok(executor.prepare(Path::new("/")).await?.python)
}

/// One or two programs, one of which dies or loses one of its own. Now and then the next ones find what they
/// left, else a program brings it to an end and all is checked.
async fn live_and_die(
    world: &World,
    dice: &mut Dice,
    tally: &mut Tally,
    chapter: u64,
) -> Result<Option<Checked>> {
    tally.lives += 1;
    let keys = |count: u64| (0..count).map(|n| format!("{}-{n}", tally.lives)).collect::<Vec<_>>();
    let (is_cli, has_bystander) = (dice.once_in(2), dice.once_in(5));
    let submits = keys(1 + dice.below(2));
    let start =
        |cli: bool| Victim::start(if cli { world.program()? } else { world.embedder(&submits, LEASE)? });
    let mut victim = start(is_cli)?;
    // Of another kind, or of the same and with the same submits.
    let bystander = if has_bystander { Some(start(dice.once_in(2))?) } else { None };
    let whom =
        dice.one_of(&[Whom::Program, Whom::Program, Whom::Zygote, Whom::Keeper, Whom::Child, Whom::All]);
    // The one place where time is the point: death comes at any instant.
    tokio::time::sleep(dice.before(LIFE)).await;
    let killed = victim.kill(whom)?;
    if killed {
        *tally.kills.entry(whom).or_default() += 1;
    } else {
        tally.ended_before += 1;
    }
    let status = victim.end(SOON)?;
    if !killed || !matches!(whom, Whom::Program | Whom::All) {
        // What it lost is a matter of the tests; the program itself goes on.
        let code = if is_cli { Some(1) } else { Some(0) };
        let good = status.code() == code || is_cli && killed && status.code() == Some(3);
        if !good {
            return Err(format!("without {whom:?} the program ended {status}").into());
        }
    }
    if let Some(mut other) = bystander {
        let status = other.end(SOON)?;
        if !matches!(status.code(), Some(0 | 1)) {
            return Err(format!("the program beside the victim ended {status}").into());
        }
    }
    if tally.deaths() < chapter && dice.once_in(3) {
        return Ok(None);
    }
    recover(world, tally).await.map(Some)
}

/// A program after the dead: it ends what they began, and nothing of them is left.
async fn recover(world: &World, tally: &mut Tally) -> Result<Checked> {
    let begun = Instant::now();
    let status = Victim::start(world.embedder(&[], LEASE)?)?.end(SOON)?;
    if !status.success() {
        return Err(format!("the program after the dead ended {status}").into());
    }
    tally.slowest_recovery = tally.slowest_recovery.max(begun.elapsed());
    let checked = nothing_is_left(world).await?;
    tally.checks += 1;
    Ok(checked)
}

/// No process, no folder, nothing open, nothing missing, nothing that `fsck` finds.
async fn nothing_is_left(world: &World) -> Result<Checked> {
    let begun = Instant::now();
    let mut left = world.processes()?;
    while !left.is_empty() && begun.elapsed() < SOON {
        tokio::time::sleep(Duration::from_millis(5)).await;
        left = world.processes()?;
    }
    if !left.is_empty() {
        return Err(format!("these processes are left: {left:#?}").into());
    }
    let folders = world.left_behind()?;
    if !folders.is_empty() {
        return Err(format!("these folders are left: {folders:#?}").into());
    }
    let store = SqliteStore::open(world.place.data().join("testrunner.db")).await?;
    let book = Book::read(&store, TestrunId(0)).await;
    store.close().await;
    let checked = book?.check(&world.told()?, &world.executed()?)?;
    let fsck = world.place.run(["fsck"])?;
    if fsck.code != Some(0) {
        return Err(format!("fsck: {fsck}").into());
    }
    Ok(checked)
}
