//! The server, and the commands that ask it.

mod alike;
mod life;
mod locked;
mod refusals;
mod tokens;
mod warm;

use rustix::process::Signal;
use serde_json::Value;

use crate::harness::{Done, Place, Result, Running, at};

/// A server on the data folder of a place. Dropped, it is killed.
struct Server {
    running: Running,
    url: String,
}

impl Server {
    /// On a free port.
    fn start(place: &Place) -> Result<Self> {
        Self::start_with(place, &["--bind", "127.0.0.1:0"])
    }

    fn start_with(place: &Place, args: &[&str]) -> Result<Self> {
        let mut running = place.start([&["serve", "-j", "2"], args].concat())?;
        let line = running.wait_for("testrunner serves ")?;
        let url = line.trim_start_matches("testrunner serves ").to_owned();
        Ok(Self { running, url })
    }

    /// Asks it to end, and waits for that.
    fn end(self) -> Result<Done> {
        self.running.signal(Signal::TERM)?;
        self.running.end()
    }

    fn run(&self, place: &Place, args: &[&str]) -> Result<Done> {
        place.run([&["--server", &self.url], args].concat())
    }
}

/// The Testrun that a command printed as JSON.
fn testrun(done: &Done) -> Result<Value> {
    let last = done.documents()?.pop().ok_or("nothing was printed")?;
    Ok(at(&last, "/testrun").clone())
}

/// A test that goes on until a file is there.
fn hangs(place: &Place) -> String {
    let file = place.work().join("go on");
    format!(
        "import os, time\ndef test_hangs():\n    print('it hangs', flush=True)\n    \
         while not os.path.exists({file:?}):\n        time.sleep(0.02)\n"
    )
}
