//! A Redis server of the test's own, to be killed.

use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use libtest_mimic::{Completion, Failed, Trial};

use crate::bench::{missing, run, until};

/// Runs until it is dropped. Keeps nothing on the disk.
pub(crate) struct Server {
    pub(crate) port: u16,
    program: PathBuf,
    folder: tempfile::TempDir,
    child: Option<Child>,
}

impl Server {
    fn new(program: PathBuf) -> Self {
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
        Self { port, program, folder: tempfile::tempdir().expect("a folder"), child: None }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// Starts it, empty, and waits until it listens.
    pub(crate) async fn start(&mut self, settings: &[&str]) {
        let mut command = Command::new(&self.program);
        command.args(["--bind", "127.0.0.1", "--port", &self.port.to_string(), "--save", ""]);
        command.args(settings).current_dir(self.folder.path()).stdin(Stdio::null()).stdout(Stdio::null());
        self.child = Some(command.spawn().expect("redis-server starts"));
        let port = self.port;
        until("redis-server listens", || async { TcpStream::connect(("127.0.0.1", port)).is_ok() }).await;
    }

    /// Kills it.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A test with a server of its own, that it has to start.
pub(crate) fn trial<F>(name: &str, test: impl FnOnce(Server) -> F + Send + 'static) -> Trial
where
    F: Future<Output = ()> + Send + 'static,
{
    Trial::ignorable_test(name, move || {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let found =
            std::env::split_paths(&path).map(|folder| folder.join("redis-server")).find(|it| it.is_file());
        let Some(program) = found else { return missing("redis-server is not installed".to_owned()) };
        run(async {
            let ended = tokio::spawn(test(Server::new(program))).await;
            ended.map(|()| Completion::Completed).map_err(|panic| Failed::from(panic.to_string()))
        })
    })
}
