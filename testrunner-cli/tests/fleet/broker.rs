//! A RabbitMQ node of the fleet's own.

use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::net::{Host, Net};
use crate::witness::Result;
use crate::witness::victim::Victim;

const SOON: Duration = Duration::from_secs(120);
/// Of Erlang's own daemon that knows ports: apart from the machine's.
const NAMES_PORT: &str = "14369";

pub(crate) struct Broker {
    host: Host,
    hub: Host,
    programs: PathBuf,
    folder: PathBuf,
    /// The script that waits for the node.
    process: Option<Victim>,
}

impl Broker {
    pub(crate) fn start(net: &Net, host: Host, programs: &Path) -> Result<Self> {
        let folder = net.folder().join("rabbitmq");
        std::fs::create_dir(&folder)?;
        std::fs::write(folder.join("plugins"), "[].\n")?;
        let address = host.address;
        let settings =
            format!("listeners.tcp.1 = {address}:5672\nloopback_users = none\nlog.file.level = error\n");
        std::fs::write(folder.join("rabbitmq.conf"), settings)?;
        let mut broker = Self { host, hub: net.hub(), programs: programs.to_owned(), folder, process: None };
        broker.up()?;
        Ok(broker)
    }

    pub(crate) fn url(&self) -> String {
        format!("amqp://guest:guest@{}:5672/%2f", self.host.address)
    }

    /// Holds the node as it is: connections stay and nobody answers.
    pub(crate) fn hold(&self, pause: Duration) -> Result {
        let held = Held::new(self.node()?)?;
        std::thread::sleep(pause);
        drop(held);
        Ok(())
    }

    /// Kills the node and starts it again on what it has on its disk.
    pub(crate) fn crash(&mut self, pause: Duration) -> Result {
        for pid in self.node()?.into_iter().filter_map(Pid::from_raw) {
            let _ = kill_process(pid, Signal::KILL);
        }
        if let Some(mut process) = self.process.take() {
            process.end(SOON)?;
        }
        std::thread::sleep(pause);
        self.up()
    }

    /// Deletes the queues under those who use them.
    pub(crate) fn delete_queues(&self) -> Result {
        for queue in self.queues()?.iter().filter_map(|line| line.split_whitespace().next()) {
            self.control(&["delete_queue", queue])?;
        }
        Ok(())
    }

    /// Forgets everything: queues, messages, users.
    pub(crate) fn wipe(&self) -> Result {
        for verb in ["stop_app", "force_reset", "start_app"] {
            self.control(&[verb])?;
        }
        self.answers()
    }

    /// Name and number of consumers of each queue.
    pub(crate) fn queues(&self) -> Result<Vec<String>> {
        let listed = self.control(&["--silent", "list_queues", "name", "consumers", "--no-table-headers"])?;
        Ok(listed.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect())
    }

    fn up(&mut self) -> Result {
        let mut command = self.program("rabbitmq-server");
        let log = std::fs::File::options().append(true).create(true).open(self.folder.join("stdout"))?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        self.process = Some(self.host.start(command)?);
        self.answers()
    }

    /// Waits until it takes connections.
    fn answers(&self) -> Result {
        let address = SocketAddr::from((self.host.address, 5672));
        let begun = Instant::now();
        while begun.elapsed() < SOON {
            let connected =
                self.hub.within(|| Ok(TcpStream::connect_timeout(&address, Duration::from_secs(1))?));
            if connected.is_ok() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Err("RabbitMQ does not start".into())
    }

    /// The processes of the node, without the daemon of names.
    fn node(&self) -> Result<Vec<i32>> {
        let is_of_node = |pid: &i32| {
            let read = |name: &str| std::fs::read(format!("/proc/{pid}/{name}")).unwrap_or_default();
            let is_ours = String::from_utf8_lossy(&read("environ")).contains(NAMES_PORT);
            is_ours && !read("comm").starts_with(b"epmd")
        };
        Ok(self.host.processes()?.into_iter().filter(is_of_node).collect())
    }

    fn control(&self, arguments: &[&str]) -> Result<String> {
        let mut command = self.program("rabbitmqctl");
        command.args(arguments);
        self.host.run(command)
    }

    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("HOME", &self.folder);
        command
            .env("ERL_EPMD_PORT", NAMES_PORT)
            .env("RABBITMQ_NODENAME", "fleet@localhost")
            .env("LANG", "C.UTF-8");
        for (variable, name) in [
            ("RABBITMQ_MNESIA_BASE", "mnesia"),
            ("RABBITMQ_LOG_BASE", "log"),
            ("RABBITMQ_CONFIG_FILE", "rabbitmq.conf"),
            ("RABBITMQ_ENABLED_PLUGINS_FILE", "plugins"),
            ("RABBITMQ_PID_FILE", "pid"),
            ("RABBITMQ_CONF_ENV_FILE", "none"),
        ] {
            command.env(variable, self.folder.join(name));
        }
        // One scheduler: the machine is small and others need it.
        command.env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "+S 1:1").env("RABBITMQ_CTL_ERL_ARGS", "+S 1:1");
        command.current_dir(&self.folder);
        command
    }
}

/// Processes that are stopped, until this is dropped.
struct Held(Vec<i32>);

impl Held {
    fn new(pids: Vec<i32>) -> Result<Self> {
        let held = Self(pids);
        held.send(Signal::STOP);
        Ok(held)
    }

    fn send(&self, signal: Signal) {
        for pid in self.0.iter().copied().filter_map(Pid::from_raw) {
            let _ = kill_process(pid, signal);
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.send(Signal::CONT);
    }
}
