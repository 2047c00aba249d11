//! All settings.

use clap::ValueEnum;

use super::key::{Fallback, Key, Kind};
use crate::cli::values::{self, Grouping, Isolation, LogFormat, Sandbox};

/// Tables of the file.
pub(super) const TABLES: [&str; 2] = ["serve", "worker"];

const DATA: &str = "a checkout must not say where your data is kept";
const TOKEN: &str = "a checkout must not say whom your token is sent to";
const PROGRAM: &str = "a checkout must not say which program is started";
const WHO: &str = "a checkout must not say who you are";
const SERVER: &str = "a checkout must not say how your server is reached and what it keeps";

const WORKER: &str = "a checkout must not say whose code your machine runs";

const RUN: &[&str] = &["run", "plan", "submit"];
const TOLD: &[&str] = &["run", "rerun", "submit"];

/// A setting of all commands, or of those that follow.
const fn key(
    name: &'static str,
    kind: Kind,
    check: fn(&str) -> Result<(), String>,
    fallback: Fallback,
) -> Key {
    let (table, variable, not_in_a_project) = (None, None, None);
    let commands: &[&str] = &[];
    Key { table, name, commands, variable, kind, check, fallback, not_in_a_project }
}

/// A setting of `serve`.
const fn serve(
    name: &'static str,
    kind: Kind,
    check: fn(&str) -> Result<(), String>,
    fallback: Fallback,
) -> Key {
    Key { table: Some("serve"), commands: &["serve"], ..key(name, kind, check, fallback) }.own(SERVER)
}

/// A setting of `worker`.
const fn worker(
    name: &'static str,
    kind: Kind,
    check: fn(&str) -> Result<(), String>,
    fallback: Fallback,
) -> Key {
    Key { table: Some("worker"), commands: &["worker"], ..key(name, kind, check, fallback) }.own(WORKER)
}

impl Key {
    const fn of(self, commands: &'static [&'static str]) -> Self {
        Self { commands, ..self }
    }

    const fn variable(self, variable: &'static str) -> Self {
        Self { variable: Some(variable), ..self }
    }

    /// Not for a project to say.
    const fn own(self, why: &'static str) -> Self {
        Self { not_in_a_project: Some(why), ..self }
    }
}

use Fallback::{Value, Words};

/// In the order in which they are shown.
pub(super) static KEYS: &[Key] = &[
    key("data_dir", Kind::Path, any, Words("testrunner in $XDG_DATA_HOME"))
        .variable("TESTRUNNER_DATA_DIR")
        .own(DATA),
    key("store", Kind::Text, store, Words("testrunner.db in the data folder"))
        .variable("TESTRUNNER_STORE")
        .own(DATA),
    key("server", Kind::Text, server, Words("none: what is stored here"))
        .variable("TESTRUNNER_SERVER")
        .own(TOKEN),
    key("token_file", Kind::Path, any, Words("token in the data folder"))
        .variable("TESTRUNNER_TOKEN_FILE")
        .own(TOKEN),
    key("color", Kind::Text, one_of::<clap::ColorChoice>, Value("auto")),
    key("username", Kind::Text, username, Words("$USER")).of(RUN).variable("TESTRUNNER_USERNAME").own(WHO),
    key("jobs", Kind::Number, jobs, Words("one for each processor"))
        .of(&["run", "plan", "rerun"])
        .variable("TESTRUNNER_JOBS"),
    key("python", Kind::Path, any, Words("the active or the nearest environment that has pytest"))
        .of(&["run", "rerun", "doctor", "serve", "worker"])
        .variable("TESTRUNNER_PYTHON")
        .own(PROGRAM),
    key("isolation_level", Kind::Text, one_of::<Isolation>, Value("file")).of(RUN),
    key("plan", Kind::Text, one_of::<Grouping>, Value("weighted")).of(RUN),
    key("timeout", Kind::Measure, timeout, Value("10m")).of(RUN),
    key("grace", Kind::Measure, grace, Value("10s")).of(RUN),
    key("maxfail", Kind::Number, positive, Words("run all")).of(RUN),
    key("max_log", Kind::Measure, size, Value("256MiB")).of(&["run"]),
    key("slow", Kind::Measure, mark, Value("10s")).of(TOLD),
    serve("bind", Kind::Text, address, Value("127.0.0.1:7878")),
    serve("allowed_hosts", Kind::Texts, host, Words("none")),
    serve("https", Kind::Switch, truth, Value("false")),
    serve("slots", Kind::Number, slots, Words("one for each processor")),
    serve("warm", Kind::Number, warm, Value("1")),
    serve("queue", Kind::Text, queue, Value("store")).variable("TESTRUNNER_QUEUE"),
    serve("bell", Kind::Text, bell, Value("store")).variable("TESTRUNNER_BELL"),
    serve("drain", Kind::Measure, duration, Value("60s")),
    serve("min_free", Kind::Measure, size, Value("256MiB")),
    serve("retention_age", Kind::Measure, age, Value("90d")),
    serve("retention_count", Kind::Number, at_least_one, Words("any number")),
    serve("retention_size", Kind::Measure, size, Value("10GiB")),
    serve("queue_limit", Kind::Number, at_least_one, Value("10000")),
    serve("submits_per_minute", Kind::Number, positive, Value("20")),
    serve("submit_burst", Kind::Number, positive, Value("60")),
    serve("streams", Kind::Number, positive, Value("64")),
    serve(
        "isolation",
        Kind::Text,
        one_of::<Sandbox>,
        Words("none, unless others can reach the server: then it must be said"),
    ),
    serve("log_format", Kind::Text, one_of::<LogFormat>, Value("text")),
    worker("slots", Kind::Number, jobs, Words("one for each processor")),
    worker("warm", Kind::Number, warm, Value("1")),
    worker("name", Kind::Text, worker_name, Words("the machine's")),
    worker("labels", Kind::Texts, label, Words("none")),
    worker("queue", Kind::Text, queue, Value("store")).variable("TESTRUNNER_QUEUE"),
    worker("bell", Kind::Text, bell, Value("store")).variable("TESTRUNNER_BELL"),
    worker("drain", Kind::Measure, duration, Value("60s")),
    worker("isolation", Kind::Text, one_of::<Sandbox>, Words("none, where it need not be said")),
    worker("plain_http", Kind::Switch, truth, Value("false")),
    worker("log_format", Kind::Text, one_of::<LogFormat>, Value("text")),
];

fn any(_: &str) -> Result<(), String> {
    Ok(())
}

fn one_of<T: ValueEnum>(text: &str) -> Result<(), String> {
    T::from_str(text, false).map(drop).map_err(|_| {
        let known: Vec<String> = T::value_variants()
            .iter()
            .filter_map(|one| Some(one.to_possible_value()?.get_name().to_owned()))
            .collect();
        format!("it is one of {}", known.join(", "))
    })
}

fn jobs(text: &str) -> Result<(), String> {
    let number: Option<u16> = text.parse().ok().filter(|n| (1..=1024).contains(n));
    number.map(drop).ok_or_else(|| "it is a number from 1 to 1024".to_owned())
}

fn slots(text: &str) -> Result<(), String> {
    let number: Option<u16> = text.parse().ok().filter(|n| *n <= 1024);
    number.map(drop).ok_or_else(|| "it is a number from 0 to 1024".to_owned())
}

fn warm(text: &str) -> Result<(), String> {
    values::warm(text).map(drop)
}

fn worker_name(text: &str) -> Result<(), String> {
    crate::cli::worker::name(text).map(drop)
}

fn label(text: &str) -> Result<(), String> {
    values::label(text).map(drop)
}

fn queue(text: &str) -> Result<(), String> {
    crate::cli::hints::queue(text).map(drop)
}

fn bell(text: &str) -> Result<(), String> {
    crate::cli::hints::bell(text).map(drop)
}

fn positive(text: &str) -> Result<(), String> {
    let number: Option<u32> = text.parse().ok().filter(|n| *n > 0);
    number.map(drop).ok_or_else(|| format!("it is a number from 1 to {}", u32::MAX))
}

fn truth(text: &str) -> Result<(), String> {
    text.parse::<bool>().map(drop).map_err(|_| "it is true or false".to_owned())
}

fn at_least_one(text: &str) -> Result<(), String> {
    let number: Option<u64> = text.parse().ok().filter(|n| *n > 0);
    number.map(drop).ok_or_else(|| "it is a number from 1 on".to_owned())
}

fn username(text: &str) -> Result<(), String> {
    values::username(text).map(drop)
}

fn timeout(text: &str) -> Result<(), String> {
    values::timeout(text).map(drop)
}

fn grace(text: &str) -> Result<(), String> {
    values::grace(text).map(drop)
}

fn host(text: &str) -> Result<(), String> {
    values::host(text).map(drop)
}

fn duration(text: &str) -> Result<(), String> {
    values::duration(text).map(drop)
}

fn age(text: &str) -> Result<(), String> {
    values::age(text).map(drop)
}

fn mark(text: &str) -> Result<(), String> {
    values::mark(text).map(drop)
}

fn size(text: &str) -> Result<(), String> {
    values::size(text).map(drop)
}

fn server(text: &str) -> Result<(), String> {
    values::server(text).map(drop)
}

fn store(text: &str) -> Result<(), String> {
    crate::cli::storage::store(text).map(drop)
}

fn address(text: &str) -> Result<(), String> {
    values::bind(text).map(drop)
}
