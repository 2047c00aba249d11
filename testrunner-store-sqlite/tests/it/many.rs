//! Listings of a large ledger: figures to be read, and that every filter finds what is there.

use std::time::Instant;

use testrunner_core::store::{ListQuery, NewTestrun};
use testrunner_core::testrun::StopWhy;
use testrunner_core::{FailReason, Status, Store, Timestamp};
use testrunner_testkit::store::factory;

use crate::folder::{Folder, submit};

/// The one Testrun that is there, so many times, a second apart; every thousandth is another's and bears a label.
macro_rules! copies {
    ($count:literal) => {
        concat!("
    WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ",
            $count,
            ")
    INSERT INTO testruns (id, username, executor, source, suite, options, limits, priority, max_lost, max_infra,
                          created_at, status, reason, finished_at, labels)
    SELECT i, iif(i % 1000 = 7, 'rare', 'ada'), executor, source, suite, options, limits, priority, max_lost,
           max_infra, i * 1000000,
           CASE WHEN i % 50000 = 7 THEN 'RUNNING' WHEN i % 10 = 0 THEN 'FAILED' ELSE 'SUCCESS' END,
           CASE WHEN i % 50000 = 7 THEN NULL WHEN i % 5000 = 0 THEN 'infra' WHEN i % 10 = 0 THEN 'tests_failed' END,
           iif(i % 50000 = 7, NULL, i * 1000000 + 5),
           iif(i % 1000 = 7, '{\"branch\":\"rare\"}', '{\"branch\":\"main\"}')
    FROM n, testruns WHERE id = 1;
    INSERT INTO labels (run, key, value)
    SELECT id, 'branch', iif(id % 1000 = 7, 'rare', 'main') FROM testruns WHERE id > 1;
    INSERT INTO run_counters
    SELECT t.id, c.last_seq, c.log_bytes, c.failures, c.items_total, c.items_open, c.items_passed, c.items_failed,
           c.items_cancelled, c.files, c.cases
    FROM testruns t, run_counters c WHERE c.run = 1 AND t.id > 1;
    INSERT INTO files (run, idx, path, role, size) SELECT id, 0, 'tests/test_a.py', 'test', 1
    FROM testruns WHERE id > 1"
        )
    };
}

#[tokio::test]
#[ignore = "for its figures: cargo test --release -p testrunner-store-sqlite --test it -- --ignored many --nocapture"]
#[expect(clippy::print_stdout, reason = "figures to be read")]
async fn a_hundred_thousand_testruns_are_listed_by_any_filter() {
    let folder = Folder::new();
    let store = folder.open().await;
    submit(&store, 1).await;
    folder.tamper(copies!(100000)).await;
    let all = || ListQuery { limit: 50, ..ListQuery::default() };
    let at = |i: i64| Some(Timestamp(i * 1_000_000));
    let label = |text: &str| vec![text.parse().expect("a query")];
    let queries = [
        ("nothing", 50, all()),
        ("an old place", 50, ListQuery { before: Some(testrunner_core::TestrunId(500)), ..all() }),
        ("a rare status", 2, ListQuery { statuses: vec![Status::Running], ..all() }),
        ("two statuses", 50, ListQuery { statuses: vec![Status::Running, Status::Failed], ..all() }),
        ("a rare reason", 20, ListQuery { reasons: vec![FailReason::Infra], ..all() }),
        ("two reasons", 50, ListQuery { reasons: vec![FailReason::Infra, FailReason::TestsFailed], ..all() }),
        ("a rare user", 50, ListQuery { username: Some("rare".to_owned()), ..all() }),
        ("an unknown user", 0, ListQuery { username: Some("nobody".to_owned()), ..all() }),
        ("a label's key", 50, ListQuery { labels: label("branch"), ..all() }),
        ("a rare label", 50, ListQuery { labels: label("branch=rare"), ..all() }),
        ("an unknown label", 0, ListQuery { labels: label("none"), ..all() }),
        ("all since long ago", 50, ListQuery { created_from: at(10), ..all() }),
        ("the last minute", 41, ListQuery { created_from: at(99_960), created_before: at(200_000), ..all() }),
        ("before long ago", 50, ListQuery { created_before: at(60), ..all() }),
        ("text", 50, ListQuery { text: Some("RARE".to_owned()), ..all() }),
        ("unknown text", 0, ListQuery { text: Some("nowhere".to_owned()), ..all() }),
    ];
    for (name, wanted, query) in queries {
        let found = store.list(&query).await.expect("list").rows.len();
        let begun = Instant::now();
        for _ in 0..5 {
            assert_eq!(store.list(&query).await.expect("list").rows.len(), found);
        }
        let listed = begun.elapsed() / 5;
        let begun = Instant::now();
        let counts = store.counts(&query).await.expect("counts").total();
        println!("{name}: page in {listed:.1?}, {counts} counted in {:.1?}", begun.elapsed());
        assert_eq!(found, wanted, "{name}");
    }
    store.close().await;
}

/// More than are sorted for one page: the listing goes along another index, and says the same.
#[tokio::test]
async fn a_long_time_is_listed_newest_first() {
    let folder = Folder::new();
    let store = folder.open().await;
    submit(&store, 1).await;
    folder.tamper(copies!(5000)).await;
    let at = |i: i64| Some(Timestamp(i * 1_000_000));
    for (from, until, before, wanted) in [
        (at(10), None, None, vec![5_000, 4_999, 4_998]),
        (at(10), at(4_000), None, vec![3_999, 3_998, 3_997]),
        (None, at(4_000), Some(100), vec![99, 98, 97]),
        (at(98), at(4_000), Some(100), vec![99, 98]),
        (at(4_999), None, None, vec![5_000, 4_999]),
    ] {
        let query = ListQuery {
            created_from: from,
            // The first one is of today.
            created_before: until.or(at(5_001)),
            before: before.map(testrunner_core::TestrunId),
            limit: 3,
            ..ListQuery::default()
        };
        let found = store.list(&query).await.expect("list").rows;
        assert_eq!(found.iter().map(|run| run.id.0).collect::<Vec<_>>(), wanted, "{query:?}");
    }
    store.close().await;
}

/// However many have a text, and however many texts there are: what is found is what is there.
#[tokio::test]
async fn a_text_is_found_among_many() {
    const LAST: i64 = 12_000;
    let folder = Folder::new();
    let store = folder.open().await;
    submit(&store, 1).await;
    folder.tamper(copies!(12000)).await;
    // A text that each has for itself.
    folder
        .tamper("INSERT INTO labels (run, key, value) SELECT id, 'commit', printf('c%05dx', id) FROM testruns WHERE id > 1")
        .await;
    let is_rare = |i: i64| i % 1000 == 7;
    let has = |i: i64, text: &str| {
        let branch = if is_rare(i) { "rare" } else { "main" };
        [branch, "commit", "branch", "test_a", &format!("c{i:05}x")].iter().any(|word| word.contains(text))
    };
    for text in [
        "c0700", "C0700", "c07", "c0", "0700", "main", "rare", "commit", "c00007x", "70", "c12001x", "test_a",
    ] {
        for (user, failed, limit) in [
            (false, false, 0),
            (true, false, 0),
            (false, true, 0),
            (false, false, 30),
            (true, true, 30),
            (false, true, 30),
        ] {
            let query = ListQuery {
                text: Some(text.to_owned()),
                username: user.then(|| "rare".to_owned()),
                statuses: if failed { vec![Status::Failed] } else { Vec::new() },
                limit,
                ..ListQuery::default()
            };
            let lower = text.to_lowercase();
            let found = |i: &i64| (has(*i, &lower) || i.to_string() == text) && (!user || is_rare(*i));
            let wanted: Vec<i64> = (2..=LAST).rev().filter(found).collect();
            let page = (if limit == 0 { 100 } else { limit }) as usize;
            let shown: Vec<i64> =
                wanted.iter().copied().filter(|i| !failed || i % 10 == 0).take(page).collect();
            let listed = store.list(&query).await.expect("list").rows;
            assert_eq!(listed.iter().map(|run| run.id.0).collect::<Vec<_>>(), shown, "{query:?}");
            let counts = store.counts(&query).await.expect("counts");
            if counts.more {
                assert!(
                    limit > 0 && wanted.len() > page && counts.total() > u64::from(limit),
                    "{query:?}: {counts:?}"
                );
            } else {
                assert_eq!(counts.total(), wanted.len() as u64, "{query:?}");
            }
        }
    }
    store.close().await;
}

/// Nobody is named in the ledger any more of whom there is no Testrun.
#[tokio::test]
async fn texts_go_with_the_last_testrun_that_has_them() {
    let folder = Folder::new();
    let store = folder.open().await;
    store.put_blobs(&[factory::CONTENT.to_vec()]).await.expect("put_blobs");
    let create = async |username: &str| {
        let labels =
            [("branch".to_owned(), "branch".to_owned()), (username.to_owned(), String::new())].into();
        let new = NewTestrun { username: username.to_owned(), labels, ..factory::per_file(3) };
        store.create(&new).await.expect("create").run.id()
    };
    let delete = async |run| {
        store.request_stop(run, StopWhy::Cancel, "eve").await.expect("stop");
        store.delete(run).await.expect("delete");
    };
    let rows = async |what: &str| {
        let count = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {what}"));
        sqlx::query_scalar::<_, i64>(count).fetch_one(&mut folder.raw().await).await.expect("a number")
    };
    let (ada, bob) = (create("ada").await, create("bob").await);
    delete(ada).await;
    let mut left: Vec<String> =
        sqlx::query_scalar("SELECT text FROM texts").fetch_all(&mut folder.raw().await).await.expect("texts");
    left.sort();
    assert_eq!(left.len(), 6, "{left:?}");
    assert_eq!(left[..3], ["", "bob", "branch"]);
    assert_eq!(rows("text_parts WHERE text_parts MATCH 'ada'").await, 0);
    assert_eq!(rows("text_parts WHERE text_parts MATCH 'bob'").await, 1);
    delete(bob).await;
    assert_eq!((rows("texts").await, rows("text_uses").await), (0, 0));
    folder.tamper("INSERT INTO text_parts (text_parts, rank) VALUES ('integrity-check', 1)").await;
    store.close().await;
}
