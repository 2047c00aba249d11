//! `testrunner copy`, from one file into another; into a server's database in `tests/outside`.

use std::sync::Arc;

use rustix::process::Signal;
use testrunner_core::store::Archive;
use testrunner_core::{ManualClock, Store as _, TestrunId};
use testrunner_store_sqlite::SqliteStore;
use testrunner_testkit::copy::fill;
use testrunner_testkit::store::Bench;
use testrunner_testkit::store::factory::{per_file, whole};

use crate::harness::{Place, Result};

/// A ledger in the working folder.
async fn ledger(place: &Place, name: &str) -> Result<(SqliteStore, Bench)> {
    let clock = ManualClock::default();
    let options = SqliteStore::options().clock(Arc::new(clock.clone()));
    let store = options.open(place.work().join(name)).await?;
    let bench = Bench { store: Arc::new(store.clone()), clock };
    Ok((store, bench))
}

/// All that is stored of every Testrun in both.
async fn expect_same(one: &SqliteStore, two: &SqliteStore, runs: &[TestrunId]) -> Result {
    for run in runs {
        assert_eq!(one.record(*run).await?, two.record(*run).await?);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_is_copied_once() -> Result {
    let place = Place::new()?;
    let (store, bench) = ledger(&place, "from.db").await?;
    fill(&bench).await;
    let runs = bench.runs().await;
    let copy = ["copy", "--from", "sqlite:from.db", "--to", "sqlite:to.db"];
    let copied = place.run(copy)?.expect(0);
    let begins = format!("{} Testruns, ", runs.len());
    assert!(
        copied.stdout.starts_with(&begins) && copied.stdout.ends_with(" copied; both sides checked\n"),
        "{copied}"
    );
    assert_eq!(copied.stderr, "");
    let again = place.run(copy)?.expect(0).stdout;
    let known = runs.len();
    assert_eq!(
        again,
        format!("0 Testruns, 0 events, 0 bytes copied ({known} there already); both sides checked\n")
    );
    let (target, _) = ledger(&place, "to.db").await?;
    expect_same(&store, &target, &runs).await?;
    let checked = place.run(["--store", "sqlite:to.db", "fsck"])?.expect(0);
    assert_eq!(checked.stdout, format!("{known} Testruns checked, all in order\n"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn open_testruns_are_copied_when_they_are_asked_for() -> Result {
    let place = Place::new()?;
    let (_, bench) = ledger(&place, "from.db").await?;
    bench.submit(&whole(1)).await;
    bench.pass_all("w").await;
    bench.submit(&per_file(2)).await;
    bench.claim_one("w").await;
    let copy = ["copy", "--from", "sqlite:from.db", "--to", "sqlite:to.db"];
    let refused = place.run(copy)?.expect(2);
    assert!(refused.stderr.starts_with("error: 1 Testrun has not ended in the source: 2\n"), "{refused}");
    assert!(refused.stderr.contains("--with-open"), "{refused}");
    let copied = place.run(copy.iter().copied().chain(["--with-open"]))?.expect(0);
    assert!(
        copied.stdout.starts_with("2 Testruns, ") && copied.stdout.contains("\n1 Testrun not ended: "),
        "{copied}"
    );
    let (_, target) = ledger(&place, "to.db").await?;
    target.expire();
    target.reap().await;
    target.pass_all("other").await;
    assert!(target.get(TestrunId(2)).await.status().is_terminal());
    let refused = place.run(copy.iter().copied().chain(["--with-open"]))?.expect(2);
    assert!(refused.stderr.contains("another Testrun 2: it has gone on there"), "{refused}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_killed_is_completed() -> Result {
    const RUNS: usize = 400;
    let place = Place::new()?;
    let (store, bench) = ledger(&place, "from.db").await?;
    for _ in 0..RUNS {
        bench.submit(&whole(1)).await;
    }
    bench.pass_all("w").await;
    let (target, _) = ledger(&place, "to.db").await?;
    let copy = ["copy", "--from", "sqlite:from.db", "--to", "sqlite:to.db"];
    let running = place.start(copy)?;
    let stored = || async { Ok::<_, testrunner_core::StoreError>(target.numbers().await?.change) };
    // Changes are noted with each Testrun that is there.
    while stored().await? == 0 {
        tokio::task::yield_now().await;
    }
    running.signal(Signal::KILL)?;
    assert_eq!(running.end()?.code, None);
    let there = target.counts(&Default::default()).await?.total();
    assert!(there > 0 && there < RUNS as u64, "{there} of {RUNS} were there");
    let copied = place.run(copy)?.expect(0).stdout;
    assert!(copied.contains(&format!("({there} there already)")), "{there} were there: {copied}");
    assert!(copied.starts_with(&format!("{} Testruns, ", RUNS as u64 - there)), "{copied}");
    expect_same(&store, &target, &bench.runs().await).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_copied_is_refused() -> Result {
    let place = Place::new()?;
    let (_, bench) = ledger(&place, "from.db").await?;
    bench.submit(&whole(1)).await;
    bench.pass_all("w").await;
    let (_, other) = ledger(&place, "other.db").await?;
    other.submit(&per_file(2)).await;
    for (code, from, to, words) in [
        (2, "sqlite:none.db", "sqlite:to.db", "there is no database sqlite:none.db\n  is --from right?"),
        (2, "sqlite:from.db", "sqlite:from.db", "name the same database"),
        (2, "sqlite:from.db", "sqlite:./from.db", "name the same database"),
        (2, "mysql://h/d", "sqlite:to.db", "write it like postgres://user@host/database"),
        (2, "sqlite:from.db", "to.db", "write it like postgres://user@host/database"),
        (2, "sqlite:from.db", "sqlite:other.db", "the target has another Testrun 1: its "),
        (3, "sqlite:from.db", "sqlite:missing/to.db", "the folder missing does not exist"),
        (3, "postgres://u:s3cret@127.0.0.1:1/d", "sqlite:to.db", "is --from right?"),
        (3, "sqlite:from.db", "postgres://u:s3cret@127.0.0.1:1/d", "is --to right?"),
    ] {
        let refused = place.run(["copy", "--from", from, "--to", to])?.expect(code);
        assert!(refused.stderr.contains(words), "{from} to {to}: {refused}");
        assert!(!format!("{refused}").contains("s3cret"), "{refused}");
        assert!(!place.work().join("to.db").exists(), "{from} to {to} made the target");
    }
    let both = ["copy", "--from", "sqlite:from.db", "--to", "sqlite:to.db"];
    for more in [["--store", "sqlite:x.db"], ["--server", "http://127.0.0.1:1"]] {
        let refused = place.run(both.iter().copied().chain(more))?.expect(2);
        assert!(refused.stderr.contains("leave --"), "{refused}");
    }
    assert!(place.run(["copy", "--from", "sqlite:from.db"])?.expect(2).stderr.contains("--to"));
    assert_eq!(other.runs().await, [TestrunId(1)]);
    let copied = place.run(["copy", "--from", "sqlite:from.db", "--to", "local"])?.expect(0);
    assert!(copied.stdout.contains("both sides checked"), "{copied}");
    assert_eq!(place.list()?.len(), 1);
    Ok(())
}
