//! A PostgreSQL of the fleet's own, as an operator would have it: every commit is on the disk.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::net::{Host, Net};
use crate::witness::Result;
use crate::witness::victim::Victim;

const SOON: Duration = Duration::from_secs(60);

pub(crate) struct Database {
    host: Host,
    hub: Host,
    programs: PathBuf,
    folder: PathBuf,
    process: Option<Victim>,
}

impl Database {
    /// A new one, which takes connections.
    pub(crate) fn start(net: &Net, host: Host, programs: &Path) -> Result<Self> {
        let folder = net.folder().join("postgres");
        std::fs::create_dir(&folder)?;
        let user = id("-u")?;
        std::os::unix::fs::chown(&folder, Some(user), Some(id("-g")?))?;
        let mut database =
            Self { host, hub: net.hub(), programs: programs.to_owned(), folder, process: None };
        let mut init = database.program("initdb");
        init.args(["--pgdata", "data", "--username", "postgres", "--auth", "trust"]);
        init.args(["--encoding", "UTF8", "--no-locale"]);
        database.host.run(init)?;
        let rules = "local all all trust\nhost all all 198.18.0.0/24 trust\n";
        std::fs::write(database.folder.join("data/pg_hba.conf"), rules)?;
        database.up()?;
        Ok(database)
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@{}/postgres", self.host.address)
    }

    /// As `pg_ctl restart -m immediate`: nobody is told, nothing is written any more; what was committed is found in the
    /// log.
    pub(crate) fn crash(&mut self, pause: Duration) -> Result {
        let mut process = self.process.take().ok_or("the database runs")?;
        process.signal(Signal::QUIT)?;
        process.end(SOON)?;
        std::thread::sleep(pause);
        self.up()
    }

    fn up(&mut self) -> Result {
        let mut command = self.program("postgres");
        command.args([
            "-D",
            "data",
            "-c",
            "fsync=on",
            "-c",
            "synchronous_commit=on",
            "-c",
            "shared_buffers=32MB",
        ]);
        command.arg("-c").arg(format!("listen_addresses={}", self.host.address));
        command.arg("-c").arg(format!("unix_socket_directories={}", self.folder.display()));
        let log = std::fs::File::options().append(true).create(true).open(self.folder.join("log"))?;
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.process = Some(self.host.start(command)?);
        let begun = Instant::now();
        while begun.elapsed() < SOON {
            let mut ask = Command::new(self.programs.join("pg_isready"));
            ask.args(["--quiet", "--host", &self.host.address.to_string()]);
            if self.hub.run(ask).is_ok() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err(format!("PostgreSQL does not start:\n{}", self.said()).into())
    }

    /// What it has written to its log.
    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// As its own user, which alone it starts under.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
        command.arg(self.programs.join(name)).current_dir(&self.folder);
        command.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C");
        command
    }
}

fn id(which: &str) -> Result<u32> {
    let output = Command::new("id").args([which, "postgres"]).output()?;
    Ok(String::from_utf8(output.stdout)?.trim().parse().map_err(|_| "there is no user postgres")?)
}
