//! A server of a test's own, to be stopped at will.

use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;

const SOON: Duration = Duration::from_secs(30);

pub(crate) struct Private {
    programs: PathBuf,
    folder: TempDir,
    url: String,
    port: u16,
    /// The server itself, and as whom it runs.
    child: Mutex<Child>,
    user: Option<u32>,
}

impl Private {
    pub(crate) async fn start() -> Self {
        let programs = programs().expect("initdb");
        let folder = tempfile::tempdir().expect("a folder");
        let user = server_user(folder.path());
        let data = folder.path().join("data");
        let mut init = command(&programs.join("initdb"), user);
        init.arg("-D").arg(&data).args(["-U", "postgres", "-A", "trust", "--no-instructions"]);
        assert!(init.stdout(Stdio::null()).status().expect("initdb").success());
        let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its number").port();
        let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
        let child = Mutex::new(spawn(&programs, &data, port, user));
        let this = Self { programs, folder, url, port, child, user };
        this.wait().await;
        this
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Stops in mode `immediate`, as after a crash, and starts again.
    pub(crate) async fn restart(&self) {
        self.stop();
        *self.child.lock().expect("not poisoned") = spawn(&self.programs, &self.data(), self.port, self.user);
        self.wait().await;
    }

    /// From here on a password is needed, and there is none that is right.
    pub(crate) async fn ask_for_passwords(&self) {
        let rules = "host all all 127.0.0.1/32 scram-sha-256\n";
        std::fs::write(self.data().join("pg_hba.conf"), rules).expect("the rules");
        let mut reload = command(&self.programs.join("pg_ctl"), self.user);
        reload.arg("-D").arg(self.data()).arg("reload").stdout(Stdio::null());
        assert!(reload.status().expect("pg_ctl").success());
        let end = tokio::time::Instant::now() + SOON;
        while PgConnection::connect(&self.url).await.is_ok() {
            assert!(tokio::time::Instant::now() < end, "the rules are not read");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn stop(&self) {
        let mut stop = command(&self.programs.join("pg_ctl"), self.user);
        stop.arg("-D").arg(self.data()).args(["-m", "immediate", "-w", "stop"]).stdout(Stdio::null());
        let _ = stop.status();
        let _ = self.child.lock().expect("not poisoned").wait();
    }

    async fn wait(&self) {
        let end = tokio::time::Instant::now() + SOON;
        while PgConnection::connect(&self.url).await.is_err() {
            assert!(tokio::time::Instant::now() < end, "the server does not come");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A program, as this user.
pub(crate) fn command(program: &Path, user: Option<u32>) -> Command {
    let mut command = Command::new(program);
    if let Some(user) = user {
        command.uid(user);
    }
    command
}

fn spawn(programs: &Path, data: &Path, port: u16, user: Option<u32>) -> Child {
    let mut server = command(&programs.join("postgres"), user);
    server.arg("-D").arg(data).args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
    server.args(["-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "max_connections=40"]);
    server.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("postgres")
}

/// The newest that is installed where distributions put it, or in the search path.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    found.sort();
    found.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    found.into_iter().rev().find(|folder| folder.join("initdb").is_file())
}

/// What has to be installed and is not.
pub(crate) fn missing() -> Option<&'static str> {
    programs().is_none().then_some("initdb of PostgreSQL")
}

/// The server does not run as root: then it is whoever the package made for it.
pub(crate) fn server_user(folder: &Path) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    if std::fs::metadata(folder).expect("the folder").uid() != 0 {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").expect("users");
    let line = users.lines().find(|line| line.starts_with("postgres:")).expect("a user postgres");
    let uid = line.split(':').nth(2).expect("a number").parse().expect("a number");
    std::os::unix::fs::chown(folder, Some(uid), None).expect("chown");
    Some(uid)
}
