//! Hosts: network namespaces on a bridge that stands in one more, where the test itself is. Nothing of it can be seen from
//! the machine's own network, and nothing in it can see out.

use std::fs::File;
use std::net::Ipv4Addr;
use std::os::fd::AsFd as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::process::{Pid, Signal, kill_process};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use crate::witness::Result;
use crate::witness::victim::Victim;

/// How all names begin; the number of the process follows.
pub(crate) const MARK: &str = "trf";
/// Where `ip` keeps them.
const NAMESPACES: &str = "/run/netns";
/// Of the range that is meant for tests of networks.
const NETWORK: [u8; 3] = [198, 18, 0];

/// All hosts of one fleet, and a folder for what they write. Dropped, all that runs in them is killed and they are gone.
pub(crate) struct Net {
    name: String,
    hosts: Vec<Host>,
    folder: tempfile::TempDir,
}

/// One of them.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    namespace: String,
    pub(crate) address: Ipv4Addr,
}

impl Net {
    /// One with these hosts, beside that of the test. What earlier ones left is swept first.
    pub(crate) fn new(hosts: &[&str]) -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        super::sweep::sweep();
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{MARK}{}n{number}", std::process::id());
        let folder = tempfile::Builder::new().prefix(&format!("{name}-")).tempdir()?;
        // The database's user has to come through.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755))?;
        let mut net = Self { name, hosts: Vec::new(), folder };
        let hub = net.add("hub")?.namespace.clone();
        ip(&["-n", &hub, "link", "add", "bridge", "type", "bridge"])?;
        ip(&["-n", &hub, "address", "add", &format!("{}/24", net.hosts[0].address), "dev", "bridge"])?;
        ip(&["-n", &hub, "link", "set", "bridge", "up"])?;
        for name in hosts {
            let host = net.add(name)?.clone();
            let there = &host.namespace;
            let peer = ["type", "veth", "peer", "name", "uplink", "netns", there];
            ip(&[&["-n", &hub, "link", "add", name][..], &peer].concat())?;
            ip(&["-n", &hub, "link", "set", name, "master", "bridge", "up"])?;
            ip(&["-n", there, "address", "add", &format!("{}/24", host.address), "dev", "uplink"])?;
            ip(&["-n", there, "link", "set", "uplink", "up"])?;
        }
        Ok(net)
    }

    fn add(&mut self, name: &str) -> Result<&Host> {
        let namespace = format!("{}-{name}", self.name);
        ip(&["netns", "add", &namespace])?;
        let [a, b, c] = NETWORK;
        let address = Ipv4Addr::new(a, b, c, u8::try_from(self.hosts.len() + 1)?);
        self.hosts.push(Host { namespace: namespace.clone(), address });
        ip(&["-n", &namespace, "link", "set", "lo", "up"])?;
        Ok(self.hosts.last().ok_or("it was just added")?)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where the test is.
    pub(crate) fn hub(&self) -> Host {
        self.hosts[0].clone()
    }

    /// The host at this place of the names that were given.
    pub(crate) fn host(&self, place: usize) -> Host {
        self.hosts[place + 1].clone()
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        for host in &self.hosts {
            // Nothing more can be done than to try; the sweep of the next one tries again.
            let _ = remove(&host.namespace);
        }
    }
}

impl Host {
    /// Does something there: threads and processes that it starts stay there.
    pub(crate) fn within<T: Send>(&self, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                let there = File::open(Path::new(NAMESPACES).join(&self.namespace))?;
                move_into_link_name_space(there.as_fd(), Some(LinkNameSpaceType::Network))?;
                work()
            });
            thread.join().map_err(|_| "a thread in a namespace panicked")?
        })
    }

    /// Starts a program there.
    pub(crate) fn start(&self, command: Command) -> Result<Victim> {
        self.within(|| Victim::start(command))
    }

    /// Runs a program there to its end, and fails with what it said unless it ends well.
    pub(crate) fn run(&self, mut command: Command) -> Result<String> {
        self.within(|| run(&mut command))
    }

    /// Kills all that runs there, also what others were just starting.
    pub(crate) fn clear(&self) -> Result {
        clear(&self.namespace)
    }

    /// What runs there.
    pub(crate) fn processes(&self) -> Result<Vec<i32>> {
        processes(&self.namespace)
    }

    /// What is sent there to the other is lost without a word.
    pub(crate) fn lose_what_goes_to(&self, other: &Self) -> Result {
        self.blackhole("add", other)
    }

    /// No longer.
    pub(crate) fn let_through_to(&self, other: &Self) -> Result {
        self.blackhole("delete", other)
    }

    fn blackhole(&self, verb: &str, other: &Self) -> Result {
        let only = format!("{}/32", other.address);
        ip(&["-n", &self.namespace, "route", verb, "blackhole", &only]).map(drop)
    }
}

/// Kills all that runs in a namespace.
fn clear(namespace: &str) -> Result {
    // What is killed cannot start anything; what it was just starting is found by the next look.
    for _ in 0..50 {
        let found = processes(namespace)?;
        if found.is_empty() {
            break;
        }
        for pid in found.into_iter().filter_map(Pid::from_raw) {
            let _ = kill_process(pid, Signal::KILL);
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    Ok(())
}

/// Kills all that runs in a namespace, and removes it.
pub(crate) fn remove(namespace: &str) -> Result {
    clear(namespace)?;
    ip(&["netns", "delete", namespace]).map(drop)
}

fn processes(namespace: &str) -> Result<Vec<i32>> {
    let there = std::fs::metadata(Path::new(NAMESPACES).join(namespace))?.ino();
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc")?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else {
            continue;
        };
        // This process has threads in it.
        let is_own = u32::try_from(pid).is_ok_and(|pid| pid == std::process::id());
        if !is_own && std::fs::metadata(entry.path().join("ns/net")).is_ok_and(|ns| ns.ino() == there) {
            found.push(pid);
        }
    }
    Ok(found)
}

/// The namespaces that there are.
pub(crate) fn namespaces() -> Vec<String> {
    let entries = std::fs::read_dir(PathBuf::from(NAMESPACES)).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

fn ip(arguments: &[&str]) -> Result<String> {
    run(Command::new("ip").args(arguments))
}

fn run(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).output()?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Err(format!("{command:?}: {}\n{said}\n{errors}", output.status).into())
}
