//! Which Testruns are listed and counted.

use std::time::Duration;

use testrunner_core::store::{LabelQuery, ListQuery, NewTestrun, StatusCounts};
use testrunner_core::testrun::{StopWhy, Summary};
use testrunner_core::{
    Clock as _, FailReason, FileOutcome, Labels, Status, StoreErrorKind, TestrunId, Timestamp,
};

use super::bench::refusal;
use super::factory::whole;
use super::{Bench, StoreHarness};

fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn label(text: &str) -> LabelQuery {
    text.parse().expect("a label query")
}

/// One Testrun of each fate, ten seconds apart, oldest first.
async fn five(bench: &Bench) -> Vec<Summary> {
    let fates: [(&str, &[(&str, &str)]); 5] = [
        ("ada", &[("branch", "main")]),
        ("bob", &[("branch", "dev"), ("nightly", "")]),
        ("ada", &[("branch", "main"), ("nightly", "yes")]),
        ("bob", &[]),
        ("ada", &[("ci/job", "Main-7")]),
    ];
    let mut runs = Vec::new();
    for (n, (username, pairs)) in fates.into_iter().enumerate() {
        let mut new = NewTestrun { username: username.to_owned(), labels: labels(pairs), ..whole(1) };
        new.files[0].path = format!("Suite_{n}/test.py");
        let run = bench.submit(&new).await.id();
        match n {
            0 => drop(bench.stop(run, StopWhy::Cancel).await),
            1 => bench.pass_all("w").await,
            2 => {
                let lease = bench.claim_one("w").await;
                bench.complete(&lease, FileOutcome::Failed).await;
            }
            3 => drop(bench.claim_one("w").await),
            _ => {}
        }
        runs.push(bench.get(run).await.summary);
        bench.advance(Duration::from_secs(10));
    }
    runs
}

async fn listed(bench: &Bench, query: &ListQuery) -> Vec<TestrunId> {
    let page = bench.store.list(query).await.expect("list");
    page.rows.into_iter().map(|summary| summary.id).collect()
}

/// What each filter means, said once more.
fn is_wanted(run: &Summary, query: &ListQuery) -> bool {
    let has = |wanted: &LabelQuery| {
        run.labels
            .iter()
            .any(|(key, value)| *key == wanted.key && wanted.value.as_ref().is_none_or(|it| it == value))
    };
    let words = run.labels.iter().flat_map(|(key, value)| [key, value]).chain([&run.username]);
    let text = query.text.as_deref().unwrap_or_default().to_lowercase();
    (query.statuses.is_empty() || query.statuses.contains(&run.status))
        && (query.reasons.is_empty() || run.reason.is_some_and(|reason| query.reasons.contains(&reason)))
        && query.username.as_ref().is_none_or(|name| *name == run.username)
        && query.labels.iter().all(has)
        && words.into_iter().any(|word| word.to_lowercase().contains(&text))
        && query.created_from.is_none_or(|from| run.created_at >= from)
        && query.created_before.is_none_or(|before| run.created_at < before)
}

/// Every filter alone and with every other: listings and counts have what matches, and nothing else.
pub async fn filters_choose_alone_and_together(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let runs = five(&bench).await;
    let at = |n: usize| runs[n].created_at;
    let mut asked = 0;
    for statuses in [vec![], vec![Status::Failed], vec![Status::Running, Status::Created, Status::Running]] {
        for reasons in [vec![], vec![FailReason::Cancelled], vec![FailReason::TestsFailed, FailReason::Infra]]
        {
            for username in [None, Some("ada"), Some("AD")] {
                for wanted in [vec![], vec!["branch"], vec!["branch=main"], vec!["nightly", "branch=main"]] {
                    for text in [None, Some("MAIN"), Some("o")] {
                        for (from, before) in [(None, None), (Some(at(1)), None), (None, Some(at(3)))] {
                            let query = ListQuery {
                                statuses: statuses.clone(),
                                reasons: reasons.clone(),
                                username: username.map(str::to_owned),
                                labels: wanted.iter().map(|text| label(text)).collect(),
                                text: text.map(str::to_owned),
                                created_from: from,
                                created_before: before,
                                before: None,
                                limit: 0,
                            };
                            hold(&bench, &runs, &query).await;
                            asked += 1;
                        }
                    }
                }
            }
        }
    }
    assert_eq!(asked, 972);
    bench.check_all().await;
}

async fn hold(bench: &Bench, runs: &[Summary], query: &ListQuery) {
    let wanted = runs.iter().rev().filter(|run| is_wanted(run, query)).map(|run| run.id);
    assert_eq!(listed(bench, query).await, wanted.collect::<Vec<_>>(), "{query:?}");
    let whatever = ListQuery { statuses: Vec::new(), ..query.clone() };
    let mut counts = StatusCounts::default();
    runs.iter().filter(|run| is_wanted(run, &whatever)).for_each(|run| counts.add(run.status, 1));
    // What chooses a page is not for counting.
    let all = ListQuery { before: Some(runs[2].id), limit: 0, ..query.clone() };
    assert_eq!(bench.store.counts(&all).await.expect("counts"), counts, "{all:?}");
    for limit in [1, 2] {
        let some = ListQuery { limit, ..all.clone() };
        let counted = bench.store.counts(&some).await.expect("counts");
        if counted.more {
            assert!(counted.total() >= u64::from(limit), "it ended too early: {some:?}: {counted:?}");
        } else {
            assert_eq!(counted, counts, "{some:?}");
        }
        let numbers = |counts: StatusCounts| [counts.created, counts.running, counts.failed, counts.success];
        let least = numbers(counted).into_iter().zip(numbers(counts)).all(|(some, all)| some <= all);
        assert!(least, "more than there are: {some:?}: {counted:?}");
    }
}

/// Text is found where people look for it, as it stands, whatever it means to a database.
pub async fn text_is_found_as_it_stands(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let runs = five(&bench).await;
    let submit = async |username: &str| {
        let new = NewTestrun { username: username.to_owned(), ..whole(1) };
        bench.submit(&new).await.id()
    };
    let odd = submit("100%_o'Hara\\").await;
    let (said, foreign) = (submit("\"AND\" NOT near*").await, submit("Ökonomin").await);
    let id = |n: usize| runs[n].id;
    for (text, wanted) in [
        ("SUITE_3/", vec![id(3)]),
        ("suite_", vec![id(4), id(3), id(2), id(1), id(0)]),
        ("ci/JOB", vec![id(4)]),
        ("main-", vec![id(4)]),
        ("%", vec![odd]),
        ("0%_O'h", vec![odd]),
        ("\\", vec![odd]),
        ("\"and\" n", vec![said]),
        ("AND\"", vec![said]),
        ("near*", vec![said]),
        ("ar*", vec![said]),
        ("*", vec![said]),
        ("Ökonom", vec![foreign]),
        ("ÖKO", vec![foreign]),
        ("Ö", vec![foreign]),
        ("ökonom", vec![]),
        ("ada bob", vec![]),
        ("suite_\0", vec![]),
        ("pytest", vec![]),
    ] {
        let query = ListQuery { text: Some(text.to_owned()), ..ListQuery::default() };
        assert_eq!(listed(&bench, &query).await, wanted, "{text}");
        assert_eq!(bench.store.counts(&query).await.expect("counts").total(), wanted.len() as u64, "{text}");
    }
    let empty = ListQuery { text: Some(String::new()), ..ListQuery::default() };
    assert_eq!(listed(&bench, &empty).await.len(), 8);
    // A number is a Testrun's when it is the whole number.
    let number = ListQuery { text: Some(odd.to_string()), ..ListQuery::default() };
    assert!(listed(&bench, &number).await.contains(&odd));
    let longer = ListQuery { text: Some(format!("{odd}{odd}{odd}{odd}")), ..ListQuery::default() };
    assert_eq!(listed(&bench, &longer).await, []);
}

/// A filtered listing read page by page is the listing, and ends where it ends.
pub async fn filtered_pages_make_up_the_listing(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    for n in 0..23 {
        let value = if n % 3 == 0 { "a" } else { "b" };
        let username = if n % 2 == 0 { "ada" } else { "bob" }.to_owned();
        let new = NewTestrun { username, labels: labels(&[("k", value)]), ..whole(1) };
        let run = bench.submit(&new).await.id();
        if n % 4 == 0 {
            bench.stop(run, StopWhy::Cancel).await;
        }
        bench.advance(Duration::from_secs(1));
    }
    let all = ListQuery::default;
    for query in [
        all(),
        ListQuery { statuses: vec![Status::Created, Status::Failed], ..all() },
        ListQuery { reasons: vec![FailReason::Cancelled, FailReason::NoTests], ..all() },
        ListQuery { username: Some("ada".to_owned()), ..all() },
        ListQuery { labels: vec![label("k=b")], ..all() },
        ListQuery { labels: vec![label("k")], statuses: vec![Status::Created], ..all() },
        ListQuery { text: Some("BO".to_owned()), ..all() },
        ListQuery { created_from: Some(Timestamp(0)), created_before: Some(bench.clock.now()), ..all() },
    ] {
        let whole = listed(&bench, &query).await;
        assert!(whole.len() > 4 && whole.is_sorted_by(|a, b| a > b), "{query:?}: {whole:?}");
        let (mut read, mut before) = (Vec::new(), None);
        loop {
            let page = ListQuery { before, limit: 4, ..query.clone() };
            let page = bench.store.list(&page).await.expect("list");
            assert_eq!(page.next, page.rows.last().map(|last| last.id).filter(|_| page.next.is_some()));
            read.extend(page.rows.into_iter().map(|summary| summary.id));
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(read, whole, "{query:?}");
    }
}

/// Labels come back as they were given; those that break a rule are refused, and nothing is stored.
pub async fn labels_are_kept_or_refused(h: &impl StoreHarness) {
    let bench = Bench::new(h).await;
    let good = labels(&[("a", ""), ("B-2/x.y_z", "any = \"Wörd\" '%_"), ("9", &"é".repeat(128))]);
    let run = bench.submit(&NewTestrun { labels: good.clone(), ..whole(1) }).await;
    assert_eq!(run.summary.labels, good);
    assert_eq!(bench.get(run.id()).await.summary.labels, good);
    let many: Labels = (0..17).map(|n| (format!("k{n}"), String::new())).collect();
    for bad in [
        many,
        labels(&[("", "x")]),
        labels(&[("a b", "x")]),
        labels(&[("-a", "x")]),
        labels(&[(&"k".repeat(64), "x")]),
        labels(&[("a", "line\nbreak")]),
        labels(&[("a", "\u{202e}")]),
        labels(&[("a", &"x".repeat(129))]),
    ] {
        let refused = bench.store.create(&NewTestrun { labels: bad.clone(), ..whole(1) }).await;
        assert_eq!(refusal(refused), StoreErrorKind::Invalid, "{bad:?}");
    }
    assert_eq!(bench.runs().await, [run.id()]);
    // With the Testrun its labels go.
    bench.stop(run.id(), StopWhy::Cancel).await;
    bench.store.delete(run.id()).await.expect("delete");
    let query = ListQuery { labels: vec![label("a")], ..ListQuery::default() };
    assert_eq!(listed(&bench, &query).await, []);
    assert_eq!(bench.store.counts(&query).await.expect("counts").total(), 0);
}
