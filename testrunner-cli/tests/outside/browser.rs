//! A real browser that is signed in, and pages that are not ours.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::Result;
use crate::attacker::Attacker;
use crate::server::{Server, until};

const ENDS: &str = "def test_secret(): print('the secret of the log')\n";
const RUNS: &str = "import time\ndef test_long(): time.sleep(3600)\n";

/// What the console shows to who is signed in, and to who is not.
const SIGNED_IN: &str = ">New Testrun<";
const SIGN_IN: &str = "Sign in to TestRunner";

/// Chromium without a window, with a profile of its own; nothing is looked up outside.
struct Browser {
    program: PathBuf,
    profile: tempfile::TempDir,
}

impl Browser {
    fn new(program: PathBuf, folder: &Path) -> Result<Self> {
        Ok(Self { program, profile: tempfile::tempdir_in(folder)? })
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]);
        command.args(["--disable-background-networking", "--disable-component-update", "--disable-sync"]);
        command.args(["--disable-dev-shm-usage", "--host-resolver-rules=MAP evil.test 127.0.0.1"]);
        command.arg(format!("--user-data-dir={}", self.profile.path().display()));
        command.stdin(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// What a page looks like after its scripts have run.
    fn shows(&self, url: &str) -> Result<String> {
        let output = self.command().args(["--virtual-time-budget=8000", "--dump-dom", url]).output()?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Opens a page until the end of the test.
    fn open(&self, url: &str) -> Result<Open> {
        Ok(Open(self.command().arg("--remote-debugging-port=0").arg(url).stdout(Stdio::null()).spawn()?))
    }
}

struct Open(Child);

impl Drop for Open {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A server with something to lose: a Testrun that has ended and one that runs.
struct Victim {
    server: Server,
    ended: i64,
    running: i64,
}

impl Victim {
    fn start() -> Result<Self> {
        let server = Server::start()?;
        let ended = server.submit(ENDS)?;
        server.wait(ended, "SUCCESS")?;
        let running = server.submit(RUNS)?;
        server.wait(running, "RUNNING")?;
        Ok(Self { server, ended, running })
    }

    /// Signs the browser in, and shows that it is.
    fn sign_in(&self, browser: &Browser) -> Result {
        let code = self.server.post("/api/v1/session/codes")?;
        let code = code["code"].as_str().ok_or("there is no code")?.to_owned();
        let page = browser.shows(&format!("{}/#t={code}", self.server.url))?;
        assert!(page.contains(SIGNED_IN), "with the code: {page}");
        let page = browser.shows(&format!("{}/", self.server.url))?;
        assert!(page.contains(SIGNED_IN), "with the cookie: {page}");
        let page = browser.shows(&format!("{}/#t={code}", self.server.url))?;
        assert!(page.contains(SIGN_IN), "the code works twice: {page}");
        Ok(())
    }

    fn refusals(&self) -> Result<u64> {
        let metrics = self.server.get("/metrics")?;
        let lines =
            metrics.as_str().unwrap_or_default().lines().filter(|line| line.contains("status=\"403\""));
        Ok(lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum())
    }

    /// All is as it was.
    fn is_unharmed(&self) -> Result {
        let list = self.server.get("/api/v1/testruns")?;
        assert_eq!(list["testruns"].as_array().map(Vec::len), Some(2), "{list}");
        let running = self.server.get(&format!("/api/v1/testruns/{}", self.running))?;
        assert_eq!((&running["status"], &running["stop"]), (&"RUNNING".into(), &Value::Null), "{running}");
        Ok(())
    }

    /// Has the page of somebody else's try everything from this name.
    fn attack(&self, browser: &Browser, from: &str, target: &str) -> Result<Value> {
        let attacker = Attacker::start()?;
        let (ended, running) = (self.ended, self.running);
        let port = attacker.port;
        let page = format!("http://{from}:{port}/attack?target={target}&ended={ended}&running={running}");
        let _page = browser.open(&page)?;
        let report = attacker.report()?;
        let tries = report.as_object().ok_or("a report is an object")?;
        assert!(tries.len() > 30, "{report}");
        for (name, outcome) in tries {
            assert_eq!(outcome["bytes"], 0, "{name} read something: {report}");
        }
        Ok(report)
    }
}

/// Another port of the same machine is the same site: cookies go along, and are not enough.
pub(crate) fn other_origins_get_nothing(chromium: PathBuf) -> Result {
    let victim = Victim::start()?;
    let browser = Browser::new(chromium, victim.server.folder())?;
    victim.sign_in(&browser)?;
    for (from, target) in [("127.0.0.1", "127.0.0.1"), ("localhost", "127.0.0.1"), ("localhost", "localhost")]
    {
        let before = victim.refusals()?;
        victim.attack(&browser, from, &format!("http://{target}:{}", victim.server.port()?))?;
        // They did arrive.
        until("the refusals are counted", || Ok((victim.refusals()? >= before + 15).then_some(())))?;
        victim.is_unharmed()?;
    }
    Ok(())
}

/// A name that leads here, as rebinding makes one, is not ours.
pub(crate) fn other_names_get_nothing(chromium: PathBuf) -> Result {
    let victim = Victim::start()?;
    let browser = Browser::new(chromium, victim.server.folder())?;
    victim.sign_in(&browser)?;
    let here = format!("http://evil.test:{}", victim.server.port()?);
    for path in ["/", "/api/v1/testruns", "/openapi.json", "/docs/", "/healthz"] {
        let page = browser.shows(&format!("{here}{path}"))?;
        assert!(page.contains("host-not-allowed"), "{path}: {page}");
    }
    victim.attack(&browser, "evil.test", &here)?;
    victim.attack(&browser, "127.0.0.1", &here)?;
    victim.is_unharmed()
}
