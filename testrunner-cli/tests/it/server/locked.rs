//! A database that another program holds while the server is to end.

use rustix::process::Signal;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, SqliteConnection};
use tokio::runtime::Runtime;

use super::{Server, hangs};
use crate::harness::{Done, Place, Result, until};

/// Nobody else can write to the database of a place until this is dropped.
struct Hold {
    runtime: Runtime,
    conn: Option<SqliteConnection>,
}

impl Hold {
    fn on(place: &Place) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let options = SqliteConnectOptions::new().filename(place.data().join("testrunner.db"));
        let conn = runtime.block_on(async {
            let mut conn = options.connect().await?;
            sqlx::query("BEGIN IMMEDIATE").execute(&mut conn).await?;
            Ok::<_, sqlx::Error>(conn)
        })?;
        Ok(Self { runtime, conn: Some(conn) })
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if let Some(conn) = self.conn.take() {
            // Closing it ends its transaction, however the closing goes.
            let _ = self.runtime.block_on(sqlx::Connection::close(conn));
        }
    }
}

/// A server that runs a test with a short grace, and its database in other hands.
fn held(place: &Place) -> Result<(Server, Hold)> {
    place.write("test_hangs.py", &hangs(place))?;
    let server = Server::start_with(place, &["--bind", "127.0.0.1:0", "--drain", "0"])?;
    place.run(["submit", "test_hangs.py", "--grace", "0"])?.expect(0);
    let mut logs = place.start(["logs", "1", "-f"])?;
    logs.wait_for("it hangs")?;
    Ok((server, Hold::on(place)?))
}

/// Says what is wrong, and leaves what the next server can go on with.
fn assert_told(place: &Place, done: Done, hold: Hold) -> Result {
    let done = done.expect(3);
    assert!(done.stderr.contains("error: the database did not answer in time"), "{done}");
    assert!(!place.data().join("server.json").exists(), "{done}");
    drop(hold);
    assert!(place.run(["fsck"])?.expect(0).stdout.contains("all in order"));
    place.write("go on", "")?;
    let server = Server::start(place)?;
    until("the rest was run", || Ok(place.list()?.iter().all(|run| run["status"] == "SUCCESS")))?;
    server.end()?.expect(0);
    Ok(())
}

#[test]
fn one_signal_ends_a_server_whose_database_does_not_answer() -> Result {
    let place = Place::new()?;
    let (server, hold) = held(&place)?;
    let done = server.end()?;
    assert_told(&place, done, hold)
}

#[test]
fn the_second_signal_does_not_wait_for_the_database() -> Result {
    let place = Place::new()?;
    let (mut server, hold) = held(&place)?;
    server.running.signal(Signal::TERM)?;
    server.running.wait_for_error("ending: ")?;
    server.running.signal(Signal::TERM)?;
    server.running.wait_for_error("killing")?;
    let done = server.running.end()?;
    assert_told(&place, done, hold)
}
