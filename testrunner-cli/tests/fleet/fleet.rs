//! All programs of a fleet, and what they know of each other.

use std::fs::File;
use std::io::Write as _;
use std::net::Ipv4Addr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use testrunner_executor_pytest::PytestExecutor;
use testrunner_store_postgres::PostgresStore;

use super::broker::Broker;
use super::database::Database;
use super::needs::Programs;
use super::net::{Host, Net};
use super::worker::{By, Worker};
use crate::witness::Result;
use crate::witness::follow::Door;
use crate::witness::victim::Victim;

/// The hosts, in order.
pub(crate) const HOSTS: [&str; 3] = ["db", "w1", "w2"];
const PORT: u16 = 7878;
const SOON: Duration = Duration::from_secs(60);
/// A janitor takes nothing back before it has seen the database well for a lease.
const JANITORS: Duration = Duration::from_secs(16);

/// What programs are told.
pub(crate) struct Setup {
    folder: PathBuf,
    pub(crate) python: PathBuf,
    pub(crate) store: String,
    queue: Option<String>,
    address: Ipv4Addr,
}

pub(crate) struct Fleet {
    pub(crate) setup: Setup,
    pub(crate) door: Door,
    pub(crate) workers: [Worker; 2],
    pub(crate) broker: Option<Broker>,
    pub(crate) database: Database,
    server: Option<Victim>,
    pub(crate) host: Host,
    hub: Host,
    steady: Instant,
}

impl Fleet {
    /// Database, broker if wanted, and server; no worker yet.
    pub(crate) async fn start(
        net: &Net,
        programs: &Programs,
        python: PathBuf,
        has_broker: bool,
        slots: u16,
    ) -> Result<Self> {
        let (hub, host) = (net.hub(), net.host(0));
        let database = Database::start(net, host.clone(), &programs.postgres)?;
        let broker = has_broker.then(|| Broker::start(net, host.clone(), &programs.rabbitmq)).transpose()?;
        let setup = Setup {
            folder: net.folder().to_owned(),
            python,
            store: database.url(),
            queue: broker.as_ref().map(Broker::url),
            address: host.address,
        };
        for role in ["submitter", "worker"] {
            let mut command = setup.program("server")?;
            command.args(["token", "create", "--role", role, "--name", role]);
            command.args(["--store", &setup.store]);
            // For nobody else to read, else no program would take it.
            let mut file =
                File::options().write(true).create_new(true).mode(0o600).open(setup.token_file(role))?;
            file.write_all(hub.run(command)?.as_bytes())?;
        }
        let token = std::fs::read_to_string(setup.token_file("submitter"))?.trim().to_owned();
        let door = Door { url: setup.url(), token };
        let workers = [Worker::new("w1", net.host(1), slots), Worker::new("w2", net.host(2), slots)];
        let mut fleet =
            Self { setup, door, workers, broker, database, server: None, host, hub, steady: Instant::now() };
        fleet.start_server()?;
        fleet.answers().await?;
        Ok(fleet)
    }

    pub(crate) fn start_server(&mut self) -> Result {
        let mut command = self.setup.program("server")?;
        command.args(["serve", "--slots", "0", "--isolation", "none", "--drain", "5s"]);
        command.arg("--bind").arg(format!("{}:{PORT}", self.setup.address));
        command.arg("--allowed-host").arg(self.setup.address.to_string());
        command.args(["--submits-per-minute", "100000", "--submit-burst", "1000", "--streams", "1000"]);
        self.setup.at_database(&mut command);
        self.server = Some(self.host.start(command)?);
        self.unsettle();
        Ok(())
    }

    pub(crate) fn server(&mut self) -> Result<&mut Victim> {
        Ok(self.server.as_mut().ok_or("the server is not there")?)
    }

    pub(crate) fn start_worker(&mut self, place: usize, by: By) -> Result {
        self.workers[place].start(by, &self.setup)
    }

    /// Janitors were just started, or have seen a database that was not well.
    pub(crate) fn unsettle(&mut self) {
        self.steady = Instant::now() + JANITORS;
    }

    /// Whether there is a janitor that takes back at once.
    pub(crate) fn is_steady(&self) -> bool {
        Instant::now() >= self.steady
    }

    /// Waits until the server answers, and tells how long that took.
    pub(crate) async fn answers(&self) -> Result<Duration> {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(2)).build()?;
        let begun = Instant::now();
        while begun.elapsed() < SOON {
            if let Ok(answer) = http.get(format!("{}/readyz", self.door.url)).send().await
                && answer.status().is_success()
            {
                return Ok(begun.elapsed());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err("the server does not answer".into())
    }

    /// A handle of the test's own to the ledger.
    pub(crate) async fn store(&self) -> Result<PostgresStore> {
        Ok(PostgresStore::open(&self.setup.store).await?)
    }

    /// What `testrunner fsck` finds is an error.
    pub(crate) fn fsck(&self) -> Result {
        let mut command = self.setup.program("server")?;
        command.args(["fsck", "--store", &self.setup.store]);
        self.hub.run(command).map(drop)
    }

    /// Ends all in order; then nothing is left.
    pub(crate) fn stop(&mut self) -> Result {
        for worker in &mut self.workers {
            worker.stop()?;
            let left: Vec<_> = std::fs::read_dir(self.setup.temporary(worker.name))?.flatten().collect();
            if !left.is_empty() {
                return Err(format!("{} left {left:?}", worker.name).into());
            }
        }
        let server = self.server()?;
        server.signal(rustix::process::Signal::TERM)?;
        let status = server.end(SOON)?;
        if status.success() { Ok(()) } else { Err(format!("the server ended {status}").into()) }
    }

    /// The last words of all programs, for a failure.
    pub(crate) fn said(&self) -> String {
        let mut said = String::new();
        for name in ["server", "w1", "w2"] {
            let text =
                std::fs::read_to_string(self.setup.folder.join(format!("{name}.log"))).unwrap_or_default();
            said.push_str(&format!("--- {name}\n{}\n", last(&text)));
        }
        format!("{said}--- PostgreSQL\n{}", last(&self.database.said()))
    }
}

/// The end of a text.
fn last(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(60)..].join("\n")
}

impl Setup {
    pub(crate) fn url(&self) -> String {
        format!("http://{}:{PORT}", self.address)
    }

    /// The file in which tests write that they were executed.
    pub(crate) fn executions(&self) -> PathBuf {
        self.folder.join("executed")
    }

    pub(crate) fn journal(&self, number: u64) -> PathBuf {
        self.folder.join(format!("{number}.journal"))
    }

    pub(crate) fn token_file(&self, role: &str) -> PathBuf {
        self.folder.join(format!("{role}.token"))
    }

    /// Where a program of this name lays out what it runs.
    pub(crate) fn temporary(&self, name: &str) -> PathBuf {
        self.folder.join(name).join("tmp")
    }

    /// `testrunner`, with folders and a log of this name.
    pub(crate) fn program(&self, name: &str) -> Result<Command> {
        let temporary = self.temporary(name);
        std::fs::create_dir_all(&temporary)?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_testrunner"));
        let path = std::env::var_os("PATH").unwrap_or_default();
        command.env_clear().env("PATH", path).env("LANG", "C.UTF-8").env("HOME", self.folder.join(name));
        command.env("TMPDIR", temporary).env("TESTRUNNER_DATA_DIR", self.folder.join(name).join("data"));
        let log = File::options().append(true).create(true).open(self.folder.join(format!("{name}.log")))?;
        command.current_dir(&self.folder).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        Ok(command)
    }

    /// Next to the database, and to the broker if there is one.
    pub(crate) fn at_database(&self, command: &mut Command) {
        command.args(["--store", &self.store]);
        if let Some(queue) = &self.queue {
            command.args(["--queue", queue]);
        }
    }
}

/// The interpreter that all use, so that no worker builds one.
pub(crate) fn python() -> Result<PathBuf> {
    let executor = PytestExecutor::builder().data_folder(env!("CARGO_TARGET_TMPDIR")).build()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(executor.prepare(Path::new("/")))?.python)
}
