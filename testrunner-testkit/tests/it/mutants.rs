//! The suite catches every mistake that a mutant of the ledger makes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use strum::IntoEnumIterator as _;
use testrunner_testkit::ledger::Mutant;
use testrunner_testkit::store::{Case, cases, model};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::ledger::Ledgers;

/// Steps of the long walk that is taken with each mutant.
const STEPS: usize = 2_000;
/// Longest time for a case. A mutant may make one run for ever; that is seen, but is no proof.
const AT_MOST: Duration = Duration::from_secs(20);
/// Cases with random histories: they would find most mutants too, but shrink for long.
const RANDOM: [&str; 2] = ["random", "model"];

/// How one case ended with one mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Content,
    /// It panicked, which is how a case says that something is wrong.
    Caught,
    RanForEver,
}

async fn run(case: Case<Ledgers>, mutant: Option<Mutant>) -> Ending {
    let task = tokio::spawn(async move { (case.run)(&Ledgers(mutant)).await });
    ending(task).await
}

async fn walk(mutant: Option<Mutant>) -> Ending {
    ending(tokio::spawn(async move {
        let _took = model::walk(&Ledgers(mutant), STEPS, 1).await;
    }))
    .await
}

async fn ending(mut task: tokio::task::JoinHandle<()>) -> Ending {
    match tokio::time::timeout(AT_MOST, &mut task).await {
        Ok(Ok(())) => Ending::Content,
        Ok(Err(_)) => Ending::Caught,
        Err(_) => {
            task.abort();
            Ending::RanForEver
        }
    }
}

/// The names of the cases that do not end content.
async fn caught_by(mutant: Option<Mutant>) -> BTreeMap<String, Ending> {
    let at_once = Arc::new(Semaphore::new(4));
    let mut running = JoinSet::new();
    for case in cases::<Ledgers>().into_iter().filter(|case| !RANDOM.contains(&case.noun)) {
        let at_once = Arc::clone(&at_once);
        running.spawn(async move {
            let _turn = at_once.acquire().await.expect("never closed");
            (format!("{}::{}", case.noun, case.name), run(case, mutant).await)
        });
    }
    running.spawn(async move { ("model::walk".to_owned(), walk(mutant).await) });
    let endings = running.join_all().await;
    endings.into_iter().filter(|(_, ending)| *ending != Ending::Content).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[expect(clippy::print_stdout, reason = "the table is to be read")]
async fn every_mutant_is_caught_by_a_case() {
    let mut missed = Vec::new();
    let mut idle: BTreeSet<String> = BTreeSet::new();
    for mutant in Mutant::iter() {
        let endings = caught_by(Some(mutant)).await;
        let by = |wanted| {
            let names =
                endings.iter().filter(move |(_, ending)| **ending == wanted).map(|(name, _)| name.as_str());
            names.collect::<Vec<_>>()
        };
        let (caught, stuck) = (by(Ending::Caught), by(Ending::RanForEver));
        println!("{mutant} -> {}", caught.join(", "));
        if !stuck.is_empty() {
            println!("    ran for ever: {}", stuck.join(", "));
        }
        let named = caught.iter().any(|name| *name != "model::walk");
        if !named {
            missed.push(mutant);
        }
        if !caught.contains(&"model::walk") {
            idle.insert(mutant.to_string());
        }
    }
    println!("not seen by the walk of {STEPS} steps: {idle:?}");
    assert!(missed.is_empty(), "not caught by any named case: {missed:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_ledger_without_a_mistake_passes_all() {
    assert_eq!(caught_by(None).await, BTreeMap::new());
}
