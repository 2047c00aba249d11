//! What a server keeps ready, and that it ends with the server.

use std::path::Path;

use rustix::process::Signal;

use super::{Server, testrun};
use crate::harness::{Place, Result, at, until};

/// Processes of Python that were started from this data folder.
fn started(data: &Path) -> Result<usize> {
    let runtime = data.join("runtime").into_os_string().into_encoded_bytes();
    let processes = std::fs::read_dir("/proc")?.filter_map(|entry| Some(entry.ok()?.path()));
    let lines = processes.filter_map(|process| std::fs::read(process.join("cmdline")).ok());
    Ok(lines.filter(|line| line.windows(runtime.len()).any(|part| part == runtime)).count())
}

fn serve(place: &Place, warm: &str) -> Result<Server> {
    let temporary = place.work().join("temporary");
    std::fs::create_dir_all(&temporary)?;
    let mut command = place.command(["serve", "-j", "2", "--bind", "127.0.0.1:0", "--warm", warm]);
    let mut running = crate::harness::Running::start(command.env("TMPDIR", temporary))?;
    let line = running.wait_for("testrunner serves ")?;
    Ok(Server { running, url: line.trim_start_matches("testrunner serves ").to_owned() })
}

#[test]
fn a_killed_server_leaves_no_process_behind() -> Result {
    let place = Place::new()?;
    let server = serve(&place, "2")?;
    // What two are forked of, and these.
    until("all are ready", || Ok(started(&place.data())? == 4))?;
    place.write("test_it.py", "def test_it(): pass\n")?;
    let done = server.run(&place, &["submit", "--wait", "--format", "json", "test_it.py"])?.expect(0);
    assert_eq!(at(&testrun(&done)?, "/status"), "SUCCESS");
    until("what was used is replaced", || Ok(started(&place.data())? == 4))?;
    server.running.signal(Signal::KILL)?;
    until("all have left", || Ok(started(&place.data())? == 0))?;
    Ok(())
}

#[test]
fn nothing_is_kept_ready_unless_wanted() -> Result {
    let place = Place::new()?;
    let server = serve(&place, "0")?;
    place.write("test_it.py", "def test_it(): pass\n")?;
    server.run(&place, &["submit", "--wait", "--format", "json", "test_it.py"])?.expect(0);
    until("the Testrun's own processes have left", || Ok(started(&place.data())? == 0))?;
    server.end()?.expect(0);
    Ok(())
}
