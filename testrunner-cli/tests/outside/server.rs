//! `testrunner serve` with data of its own.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::blocking::{Client, RequestBuilder, multipart};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::Result;

/// Longest wait for anything; the first server may have to build an environment.
pub(crate) const PATIENCE: Duration = Duration::from_secs(240);
const PAUSE: Duration = Duration::from_millis(20);

pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
    pub(crate) token: String,
    client: Client,
    folder: tempfile::TempDir,
}

impl Server {
    /// Starts it, on a port of its choice.
    pub(crate) fn start() -> Result<Self> {
        Self::start_with(&[], &[])
    }

    /// The same, with more options: of every command, and of this one.
    pub(crate) fn start_with(global: &[&str], own: &[&str]) -> Result<Self> {
        let shared = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let folder = tempfile::tempdir_in(shared)?;
        let data = folder.path().join("data");
        std::fs::create_dir_all(&data)?;
        std::fs::create_dir_all(shared.join("environments"))?;
        std::os::unix::fs::symlink(shared.join("environments"), data.join("environments"))?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_testrunner"));
        command.arg("--data-dir").arg(&data).args(global).args(["serve", "--bind", "127.0.0.1:0"]);
        command.args(own);
        command.env_remove("TESTRUNNER_SERVER").env_remove("TESTRUNNER_TOKEN").current_dir(folder.path());
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(folder.path().join("stderr"))?);
        let mut child = command.spawn()?;
        let said = || std::fs::read_to_string(folder.path().join("stderr")).unwrap_or_default();
        let url = until("the server listens", || {
            if let Some(status) = child.try_wait()? {
                return Err(format!("the server ended, {status}: {}", said()).into());
            }
            let Ok(text) = std::fs::read_to_string(data.join("server.json")) else { return Ok(None) };
            Ok(serde_json::from_str::<Value>(&text)
                .ok()
                .and_then(|told| Some(told["url"].as_str()?.to_owned())))
        })?;
        let token = std::fs::read_to_string(data.join("token"))?.trim().to_owned();
        let client = Client::builder().timeout(PATIENCE).build()?;
        Ok(Self { child, url, token, client, folder })
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What it said on standard error.
    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("stderr")).unwrap_or_default()
    }

    pub(crate) fn port(&self) -> Result<u16> {
        let port = self.url.rsplit(':').next().ok_or("an address has a port")?;
        Ok(port.trim_end_matches('/').parse()?)
    }

    fn ask(&self, request: RequestBuilder) -> Result<Value> {
        let answer = request.bearer_auth(&self.token).send()?;
        let (status, text) = (answer.status(), answer.text()?);
        if !status.is_success() {
            return Err(format!("{status}: {text}").into());
        }
        Ok(serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// What is answered to the owner of this token.
    pub(crate) fn status(&self, path: &str, token: &str) -> Result<u16> {
        Ok(self.client.get(format!("{}{path}", self.url)).bearer_auth(token).send()?.status().as_u16())
    }

    pub(crate) fn get(&self, path: &str) -> Result<Value> {
        self.ask(self.client.get(format!("{}{path}", self.url)))
    }

    /// A stream, from its beginning to its end.
    pub(crate) fn stream(&self, path: &str) -> Result<String> {
        let request = self.client.get(format!("{}{path}", self.url)).header("Accept", "text/event-stream");
        Ok(request.bearer_auth(&self.token).send()?.error_for_status()?.text()?)
    }

    pub(crate) fn post(&self, path: &str) -> Result<Value> {
        self.ask(self.client.post(format!("{}{path}", self.url)))
    }

    /// Submits one file and tells the id.
    pub(crate) fn submit(&self, text: &str) -> Result<i64> {
        let part = multipart::Part::text(text.to_owned()).file_name("test_it.py");
        let form = multipart::Form::new().part("files", part);
        let made = self.ask(self.client.post(format!("{}/api/v1/testruns", self.url)).multipart(form))?;
        made["id"].as_i64().ok_or_else(|| format!("no id in {made}").into())
    }

    /// Waits until a Testrun has this status.
    pub(crate) fn wait(&self, run: i64, status: &str) -> Result<Value> {
        until(status, || {
            let run = self.get(&format!("/api/v1/testruns/{run}"))?;
            Ok((run["status"] == status).then_some(run))
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::TERM);
            let _ = kill_process(pid, Signal::TERM);
        }
        let _ = self.child.wait();
    }
}

/// Asks until there is an answer.
pub(crate) fn until<T>(what: &str, mut ask: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if let Some(answer) = ask()? {
            return Ok(answer);
        }
        std::thread::sleep(PAUSE);
    }
    Err(format!("in vain: {what}").into())
}
