//! The server against programs from outside: a real browser, and a client that tries everything that the OpenAPI
//! document allows; copies into a real PostgreSQL server, and several servers on one. Where such a program is missing its test is ignored and
//! says so, but for `TESTRUNNER_REQUIRE_SERVICES`, with which it fails.

mod attacker;
mod browser;
mod console;
mod copy;
mod postgres;
mod schemathesis;
mod server;
mod servers;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Failed, Trial};

type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> ExitCode {
    let playwright = || console::playwright(chromium());
    let schemathesis = || find("TESTRUNNER_TEST_SCHEMATHESIS", &["schemathesis"]);
    let mut trials = vec![
        trial("browser::other_origins_get_nothing", "Chromium", chromium, browser::other_origins_get_nothing),
        trial("browser::other_names_get_nothing", "Chromium", chromium, browser::other_names_get_nothing),
        trial(
            "console::in_a_browser",
            "Chromium, or what `npm ci` in testrunner-http/console installs,",
            playwright,
            console::in_a_browser,
        ),
        trial("schemathesis::the_server_keeps_its_word", "schemathesis", schemathesis, schemathesis::run),
    ];
    trials.extend(copy::trials());
    trials.extend(servers::trials());
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn chromium() -> Option<PathBuf> {
    find("TESTRUNNER_TEST_CHROMIUM", &["chromium", "chromium-browser", "google-chrome"])
}

fn trial(
    name: &str,
    needs: &'static str,
    find: impl Fn() -> Option<PathBuf> + Send + 'static,
    test: fn(PathBuf) -> Result,
) -> Trial {
    Trial::ignorable_test(name, move || match find() {
        Some(program) => {
            test(program).map(|()| Completion::Completed).map_err(|error| Failed::from(error.to_string()))
        }
        None if std::env::var_os("TESTRUNNER_REQUIRE_SERVICES").is_some() => {
            Err(Failed::from(format!("{needs} is required and not installed")))
        }
        None => Ok(Completion::ignored_with(format!("{needs} is not installed"))),
    })
}

/// A program that a variable names, or the first of these in the search path.
fn find(variable: &str, names: &[&str]) -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(variable) {
        return Some(named.into());
    }
    let folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH")?).collect();
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|path| path.is_file())
}
