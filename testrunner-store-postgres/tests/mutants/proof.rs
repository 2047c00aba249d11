//! Runs the cases with each mutant, and without any.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use async_trait::async_trait;
use libtest_mimic::{Completion, Failed, Trial};
use testrunner_core::{ManualClock, Store};
use testrunner_testkit::store::{Case, StoreHarness, cases};

use crate::PostgresStore;
use crate::list::MUTANTS;
use crate::seam::{self, Edit};
use crate::server::{Server, find};

/// Longest time for a case. That a mutant makes one run for ever is seen, but is no proof.
const AT_MOST: Duration = Duration::from_secs(60);
/// Cases that run at the same time; most of their time they wait for the server.
const AT_ONCE: usize = 4;

/// A mistake in the statements of the store.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mutant {
    pub(crate) name: &'static str,
    pub(crate) wrong: &'static str,
    pub(crate) edits: &'static [Edit],
    /// Each of these has to catch it.
    pub(crate) caught_by: &'static [&'static str],
}

struct Mutated(Arc<Server>);

#[async_trait]
impl StoreHarness for Mutated {
    async fn fresh(&self, clock: ManualClock) -> Arc<dyn Store> {
        self.0.fresh();
        self.reopen(clock).await
    }

    async fn reopen(&self, clock: ManualClock) -> Arc<dyn Store> {
        let options = PostgresStore::options().schema(self.0.last()).connections(5).clock(Arc::new(clock));
        Arc::new(options.open(self.0.url()).await.expect("open"))
    }
}

/// How a case ended.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Ending {
    Content,
    /// It panicked, which is how a case says that something is wrong; with its first line.
    Caught(String),
    RanForEver,
}

/// Runs a case over a store with these mistakes, on one thread that is its own.
fn run(case: &Case<Mutated>, edits: &'static [Edit], url: &'static str) -> (Ending, Statements) {
    seam::mutate(edits);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let ending = runtime.block_on(async {
        let (play, server) = (case.run, Server::new(url));
        let harness = Mutated(Arc::clone(&server));
        let task = tokio::spawn(async move { play(&harness).await });
        let ending = match tokio::time::timeout(AT_MOST, task).await {
            Ok(Ok(())) => Ending::Content,
            Ok(Err(panic)) => Ending::Caught(first_line(&*panic.into_panic())),
            Err(_) => Ending::RanForEver,
        };
        server.tidy().await;
        ending
    });
    runtime.shutdown_background();
    (ending, Statements { fixed: seam::seen(), built: seam::built() })
}

/// What a case wanted to run.
#[derive(Default)]
struct Statements {
    fixed: BTreeSet<&'static str>,
    built: BTreeSet<String>,
}

/// All that the suite runs. Whether its cases end well is told by the suite itself. The heavy ones run
/// nothing that others do not.
pub(crate) fn statements(url: &'static str) -> BTreeSet<String> {
    let is_small = |case: &Case<Mutated>| {
        !["random", "model"].contains(&case.noun)
            && !["ten_thousand", "who_missed_changes"].iter().any(|part| case.name.starts_with(part))
    };
    let cases = cases().into_iter().filter(is_small).collect();
    let ran = all(cases, |case| run(&case, &[], url).1);
    ran.into_iter().flat_map(|ran| ran.fixed.into_iter().map(str::to_owned).chain(ran.built)).collect()
}

fn first_line(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or_default();
    text.lines().next().unwrap_or_default().to_owned()
}

/// Does all of these, some at the same time. The answers are in the order of the jobs.
fn all<J: Send, A: Send>(jobs: Vec<J>, work: impl Fn(J) -> A + Sync) -> Vec<A> {
    let waiting = Mutex::new(jobs.into_iter().enumerate());
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
    let mut done = thread::scope(|scope| {
        let worker = || std::iter::from_fn(next).map(|(n, job)| (n, work(job))).collect::<Vec<_>>();
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker")).collect::<Vec<_>>()
    });
    done.sort_by_key(|(n, _)| *n);
    done.into_iter().map(|(_, answer)| answer).collect()
}

/// What the cases do without a mistake: all end content, and every change fits one statement that they run.
fn check_sound(names: &BTreeSet<&'static str>, url: &'static str) {
    let jobs: Vec<_> = names.iter().map(|name| case(name)).collect();
    let ran: BTreeMap<_, _> = names.iter().zip(all(jobs, |case| run(&case, &[], url))).collect();
    for (name, (ending, _)) in &ran {
        assert_eq!(*ending, Ending::Content, "{name} without a mistake");
    }
    for mutant in MUTANTS {
        let statements: BTreeSet<_> = mutant.caught_by.iter().flat_map(|name| &ran[name].1.fixed).collect();
        for edit in mutant.edits {
            let fits: Vec<_> = statements.iter().filter(|statement| edit.fits(statement)).collect();
            let places: usize = fits.iter().map(|statement| statement.matches(edit.cut).count()).sum();
            let name = mutant.name;
            assert_eq!(
                (fits.len(), places),
                (1, 1),
                "{name}: {edit:?} does not fit one place in one statement"
            );
        }
    }
}

fn case(name: &str) -> Case<Mutated> {
    let found = cases().into_iter().find(|case| format!("{}::{}", case.noun, case.name) == name);
    found.unwrap_or_else(|| panic!("there is no case {name}"))
}

pub(crate) fn trial() -> Trial {
    Trial::ignorable_test("every_mutant_is_caught_by_the_cases_that_it_names", || match find() {
        Ok(url) => {
            prove(url);
            Ok(Completion::Completed)
        }
        Err(why) if std::env::var_os("TESTRUNNER_REQUIRE_SERVICES").is_some() => Err(Failed::from(why)),
        Err(why) => Ok(Completion::ignored_with(why)),
    })
}

#[expect(clippy::print_stdout, reason = "the table is to be read")]
fn prove(url: &'static str) {
    check_sound(&MUTANTS.iter().flat_map(|mutant| mutant.caught_by).copied().collect(), url);
    let pairs = MUTANTS.iter().flat_map(|mutant| mutant.caught_by.iter().map(move |name| (mutant, *name)));
    let endings = all(pairs.clone().collect(), |(mutant, name)| run(&case(name), mutant.edits, url).0);
    let mut missed = Vec::new();
    let mut table =
        vec!["| mutant | what is wrong | caught by | which says |\n| --- | --- | --- | --- |".to_owned()];
    for ((mutant, name), ending) in pairs.zip(endings) {
        let said = match ending {
            Ending::Caught(said) => said,
            other => {
                missed.push((mutant.name, name));
                format!("**{other:?}**")
            }
        };
        table.push(format!("| {} | {} | {name} | {said:.80} |", mutant.name, mutant.wrong));
    }
    println!("{}", table.join("\n"));
    assert!(missed.is_empty(), "not caught: {missed:?}");
}
