//! Two programs on one database: one is stopped past its lease and goes on, one is killed.

use std::time::Duration;

use rustix::process::Signal;
use testrunner_core::queue::Ticket;
use testrunner_core::store::{EventLimit, ListQuery};
use testrunner_core::{Event, FailReason, Seq, Status, Store as _, TestrunId};
use testrunner_store_sqlite::SqliteStore;

use super::world::World;
use super::{LEASE, SOON, nothing_is_left, python};
use crate::harness::{Result, until};
use crate::witness::files::FILES;
use crate::witness::journal::Told;
use crate::witness::victim::{Victim, Whom};

/// Waits for ever in the hands of the first who has it.
const WAITS: [(&str, &str); 1] = [(
    "test_waits.py",
    "def test_a():\n    executed()\n    while os.environ['TESTRUNNER_EPOCH'] == '1': time.sleep(0.02)\n",
)];
const SHORT: Duration = Duration::from_secs(2);

fn store_options() -> testrunner_store_sqlite::SqliteOptions {
    SqliteStore::options().busy_timeout(Duration::from_millis(200))
}

async fn log(store: &SqliteStore, run: TestrunId) -> Result<Vec<Event>> {
    let all = EventLimit { events: 100_000, bytes: usize::MAX };
    Ok(store.events(run, Seq(0), all).await?.events)
}

async fn taken_back(store: &SqliteStore) -> Result<Vec<Ticket>> {
    loop {
        let ready = store.reap(10).await?.ready;
        if !ready.is_empty() {
            return Ok(ready);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_stopped_past_its_lease_comes_too_late() -> Result {
    let world = World::new(&python().await?, &WAITS)?;
    let mut stopped = Victim::start(world.embedder(&["one".to_owned()], SHORT)?)?;
    until("the test runs", || Ok(!world.executed()?.is_empty()))?;
    let store = store_options().open(world.place.data().join("testrunner.db")).await?;
    // Stopped in the middle of a transaction it would hold up everybody; that is another story.
    loop {
        stopped.signal(Signal::STOP)?;
        if store.put_blobs(&[b"is the database free?".to_vec()]).await.is_ok() {
            break;
        }
        stopped.signal(Signal::CONT)?;
    }
    // To the database it is alive, so it has all of its time.
    let ready = tokio::time::timeout(SOON, taken_back(&store)).await??;
    let run = ready[0].run;
    let ended = Victim::start(world.embedder(&[], LEASE)?)?.end(SOON)?;
    assert!(ended.success(), "{ended}: {}", world.complaints());
    assert_eq!(store.get(run).await?.status(), Status::Success);
    let before = log(&store, run).await?;
    stopped.signal(Signal::CONT)?;
    let ended = stopped.end(SOON)?;
    assert!(ended.success(), "{ended}: {}", world.complaints());
    assert_eq!(log(&store, run).await?, before, "who comes too late changes nothing");
    store.close().await;
    let epochs: Vec<_> = world.executed()?.iter().map(|executed| executed.epoch).collect();
    assert_eq!(epochs, [1, 3], "once by each");
    let checked = nothing_is_left(&world).await?;
    assert_eq!((checked.runs, checked.verdicts), (1, 1));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_killed_beside_another_loses_nothing_of_either() -> Result {
    let world = World::new(&python().await?, &FILES)?;
    let keys = |whose: &str, many| (0..many).map(|n| format!("{whose}-{n}")).collect::<Vec<_>>();
    let mut killed = Victim::start(world.embedder(&keys("one", 6), LEASE)?)?;
    let mut other = Victim::start(world.embedder(&keys("other", 3), LEASE)?)?;
    // Of either something was acknowledged, and of the one to be killed far more is left than happens meanwhile.
    until("there is something to lose", || {
        let submits = world.told()?.iter().filter(|told| matches!(told, Told::Submitted { .. })).count();
        Ok(submits >= 7 && world.executed()?.len() >= 2)
    })?;
    assert!(killed.kill(Whom::Program)?, "it had ended already: {}", world.complaints());
    killed.end(SOON)?;
    let ended = other.end(SOON)?;
    assert!(ended.success(), "{ended}: {}", world.complaints());
    let after = Victim::start(world.embedder(&[], LEASE)?)?.end(SOON)?;
    assert!(after.success(), "{after}: {}", world.complaints());
    let checked = nothing_is_left(&world).await?;
    assert!(checked.submits >= 7 && checked.verdicts == 3 * checked.runs, "{checked:?}");
    let store = store_options().open(world.place.data().join("testrunner.db")).await?;
    for run in store.list(&ListQuery::default()).await?.rows {
        assert_eq!((run.status, run.reason), (Status::Failed, Some(FailReason::TestsFailed)), "{run:?}");
    }
    store.close().await;
    Ok(())
}
