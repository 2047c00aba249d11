//! Servers that are not there, tokens that are wrong, and addresses that are not safe.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;

use super::Server;
use crate::harness::{Done, Place, Result};

/// An address where nobody listens.
fn nowhere() -> Result<String> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    Ok(format!("http://{}", listener.local_addr()?))
}

#[test]
fn a_server_that_is_not_there_has_a_code_of_its_own() -> Result {
    let place = Place::new()?;
    place.write("test_a.py", "def test_a(): pass\n")?;
    let url = nowhere()?;
    for args in [
        &["list"][..],
        &["show", "1"],
        &["logs", "1"],
        &["cancel", "1"],
        &["junit", "1"],
        &["submit", "test_a.py"],
    ] {
        let done = place.run([&["--server", &url], args].concat())?.expect(69);
        assert!(
            done.stderr.starts_with(&format!("error: the server at {url} cannot be reached: ")),
            "{done}"
        );
        assert!(done.stderr.contains("testrunner serve"), "{done}");
    }
    let mut listed = place.command(["list"]);
    Done::of(listed.env("TESTRUNNER_SERVER", &url))?.expect(69);
    let mut listed = place.command(["list", "--server", "local"]);
    Done::of(listed.env("TESTRUNNER_SERVER", &url))?.expect(0);
    for odd in ["127.0.0.1:1", "ftp://x", ""] {
        place.run(["list", "--server", odd])?.expect(2);
    }
    let run = place.run(["run", "--server", &url])?.expect(2);
    assert!(run.stderr.contains("testrunner submit"), "{run}");
    Ok(())
}

#[test]
fn an_address_that_is_not_quite_right_is_told() -> Result {
    let place = Place::new()?;
    let server = Server::start(&place)?;
    let list = |url: &str| place.run(["--server", url, "list"]);
    let path = list(&format!("{}/api/v1", server.url))?.expect(2);
    assert!(path.stderr.contains("without a path"), "{path}");
    let elsewhere = list(&nowhere()?)?.expect(69);
    assert!(elsewhere.stderr.contains(&format!("is at {}", server.url)), "{elsewhere}");
    let other = std::net::TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", other.local_addr()?);
    let answering = std::thread::spawn(move || -> std::io::Result<()> {
        let (mut asked, _) = other.accept()?;
        let mut request = [0; 4096];
        let _ = asked.read(&mut request)?;
        asked.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi")
    });
    let odd = list(&url)?.expect(3);
    assert!(odd.stderr.contains("is --server right?"), "{odd}");
    answering.join().map_err(|_| "the other server panicked")??;
    server.end()?.expect(0);
    let tls = list(&nowhere()?.replace("http:", "https:"))?.expect(69);
    assert!(tls.stderr.contains("itself speaks http"), "{tls}");
    Ok(())
}

#[test]
fn a_stale_note_of_a_server_is_not_believed() -> Result {
    let place = Place::new()?;
    place.write("test_a.py", "def test_a(): pass\n")?;
    let server = Server::start(&place)?;
    let url = server.url.clone();
    server.running.signal(rustix::process::Signal::KILL)?;
    server.running.end()?;
    assert!(place.data().join("server.json").exists(), "nobody took it away");
    // A server of somebody else may listen at the usual address; then it is that which refuses.
    let done = place.run(["submit", "test_a.py"])?;
    assert!(matches!(done.code, Some(69 | 2)) && !done.stderr.contains(&url), "{done}");
    let server = Server::start(&place)?;
    place.run(["submit", "test_a.py", "--wait"])?.expect(0);
    server.end()?.expect(0);
    Ok(())
}

#[test]
fn no_token_goes_to_an_address_that_no_server_holds() -> Result {
    let place = Place::new()?;
    place.write("test_a.py", "def test_a(): pass\n")?;
    // Leaves a token in the data folder.
    Server::start(&place)?.end()?.expect(0);
    // A process that lives and has the word in its command line is no server of ours.
    let mut other = std::process::Command::new("sh");
    let mut other = other.args(["-c", "read line", "serve"]).stdin(std::process::Stdio::piped()).spawn()?;
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let url = format!("http://{}", listener.local_addr()?);
    let note = serde_json::json!({ "url": url, "pid": other.id() });
    std::fs::write(place.data().join("server.json"), note.to_string())?;
    let done = place.run(["submit", "test_a.py"])?;
    drop(other.stdin.take());
    other.wait()?;
    assert!(matches!(done.code, Some(69 | 2)) && !done.stderr.contains(&url), "{done}");
    assert!(listener.accept().is_err(), "it was asked all the same");
    // The next server puts its own in the place.
    let server = Server::start(&place)?;
    place.run(["submit", "test_a.py", "--wait"])?.expect(0);
    server.end()?.expect(0);
    Ok(())
}

#[test]
fn tokens_that_are_wrong_open_or_missing() -> Result {
    let place = Place::new()?;
    let server = Server::start(&place)?;
    let wrong = place.write("wrong", "tr_wrong\n")?;
    let list = ["list", "--token-file", "wrong"];
    let done = server.run(&place, &list)?.expect(2);
    assert!(done.stderr.contains("others can read") && done.stderr.contains("chmod 600"), "{done}");
    std::fs::set_permissions(&wrong, std::fs::Permissions::from_mode(0o600))?;
    let done = server.run(&place, &list)?.expect(2);
    assert!(done.stderr.contains("does not let us in") && done.stderr.contains("token create"), "{done}");
    assert!(!done.stderr.contains("tr_wrong"), "{done}");
    let with = |token: &str| {
        Done::of(place.command(["--server", &server.url, "list"]).env("TESTRUNNER_TOKEN", token))
    };
    with("tr_wrong")?.expect(2);
    let good = std::fs::read_to_string(place.data().join("token"))?;
    with(good.trim())?.expect(0);
    // Another data folder has no token for this server.
    let other = Place::new()?;
    other.run(["--server", &server.url, "list"])?.expect(2);
    server.end()?.expect(0);
    Ok(())
}

#[test]
fn beyond_this_machine_everything_must_be_said() -> Result {
    let place = Place::new()?;
    let serve = |args: &[&str]| place.run([&["serve", "--bind", "0.0.0.0:0"], args].concat());
    let all = serve(&[])?.expect(2);
    for part in ["other machines", "--allowed-host", "token create", "--isolation none", "this user's rights"]
    {
        assert!(all.stderr.contains(part), "{part:?}: {all}");
    }
    let two = serve(&["--allowed-host", "example.org", "--isolation", "none"])?.expect(2);
    assert!(two.stderr.contains("token create") && !two.stderr.contains("--allowed-host"), "{two}");
    // The local token, which a server makes for itself, is not one for others.
    Server::start(&place)?.end()?.expect(0);
    serve(&["--allowed-host", "example.org", "--isolation", "none"])?.expect(2);
    place.run(["token", "create", "--role", "submitter", "--name", "ada"])?.expect(0);
    serve(&["--allowed-host", "example.org"])?.expect(2);
    serve(&["--isolation", "none"])?.expect(2);
    let open = ["--bind", "0.0.0.0:0", "--allowed-host", "example.org", "--isolation", "none"];
    let server = Server::start_with(&place, &open)?;
    assert!(server.url.starts_with("http://127.0.0.1:"), "{}", server.url);
    server.run(&place, &["list"])?.expect(0);
    server.end()?.expect(0);
    Ok(())
}

#[test]
fn a_port_that_is_taken_is_named() -> Result {
    let place = Place::new()?;
    let server = Server::start(&place)?;
    let bind = server.url.trim_start_matches("http://");
    let done = place.run(["serve", "--bind", bind])?.expect(2);
    assert!(done.stderr.contains(bind) && done.stderr.contains("--bind"), "{done}");
    // On another port a second one works, over the same data.
    let second = Server::start(&place)?;
    second.run(&place, &["list"])?.expect(0);
    second.end()?.expect(0);
    server.run(&place, &["list"])?.expect(0);
    server.end()?.expect(0);
    Ok(())
}

#[test]
fn settings_of_the_server_come_from_the_users_file() -> Result {
    let place = Place::new()?;
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let bind = taken.local_addr()?.to_string();
    place.write("own.toml", &format!("[serve]\nbind = '{bind}'\n"))?;
    let done = place.run(["--config", "own.toml", "serve"])?.expect(2);
    assert!(done.stderr.contains(&bind), "{done}");
    place.write("testrunner.toml", "[serve]\nbind = '0.0.0.0:1'\n")?;
    let done = place.run(["serve"])?.expect(2);
    assert!(done.stderr.contains("may not set `serve.bind`"), "{done}");
    Ok(())
}

#[test]
fn what_a_folder_must_not_or_cannot_send_is_refused() -> Result {
    let place = Place::new()?;
    let url = nowhere()?;
    let refused = |what: &str| -> Result {
        let done = place.run(["--server", &url, "submit", "."])?.expect(2);
        assert!(done.stderr.contains(what), "{done}");
        Ok(())
    };
    place.write("test_a.py", "def test_a(): pass\n")?;
    let (secret, link) = (place.data().join("secret.txt"), place.work().join("data.txt"));
    std::fs::write(&secret, "mine")?;
    std::os::unix::fs::symlink(&secret, &link)?;
    refused("it is a link that leads out of the folder")?;
    std::fs::remove_file(&link)?;
    let odd = place.work().join(std::ffi::OsStr::new("test_b.py"));
    let socket = std::os::unix::net::UnixListener::bind(&odd)?;
    refused("it is neither a file nor a folder")?;
    drop(socket);
    std::fs::remove_file(&odd)?;
    let name = <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"test_\xff.py");
    std::fs::write(place.work().join(name), "")?;
    refused("its name is not UTF-8")
}

#[test]
fn what_is_of_this_machine_alone_takes_no_server() -> Result {
    let place = Place::new()?;
    let url = nowhere()?;
    for args in [&["fsck"][..], &["backup", "copy.db"]] {
        let done = place.run([&["--server", &url], args].concat())?.expect(2);
        assert!(done.stderr.contains("leave --server out"), "{done}");
    }
    assert!(!place.work().join("copy.db").exists());
    Ok(())
}

#[test]
fn nothing_to_run_has_the_code_of_run() -> Result {
    let place = Place::new()?;
    place.write("notes.txt", "no test")?;
    let server = Server::start(&place)?;
    let done = place.run(["--server", &server.url, "submit", "notes.txt"])?.expect(5);
    assert!(done.stderr.contains("no test files are among the 1 that were sent"), "{done}");
    Ok(())
}
