//! Tokens: made once, listed without what is secret, worthless when revoked.

use super::Server;
use crate::harness::{Done, Place, Result, at};

#[test]
fn a_token_lives_until_it_is_revoked() -> Result {
    let place = Place::new()?;
    place.write("test_a.py", "def test_a(): pass\n")?;
    assert!(place.run(["token", "list"])?.expect(0).stderr.contains("no tokens"));
    let server = Server::start(&place)?;
    let made =
        place.run(["token", "create", "--role", "viewer", "--name", "bob", "--lifetime", "90d"])?.expect(0);
    let secret = made.stdout.trim().to_owned();
    assert!(secret.starts_with("tr_") && made.stdout.lines().count() == 1, "{made}");
    assert!(!made.stderr.contains(&secret), "{made}");
    let asked = |args: &[&str]| -> Result<Done> {
        let mut command = place.command([&["--server", &server.url], args].concat());
        Done::of(command.env("TESTRUNNER_TOKEN", &secret))
    };
    asked(&["list"])?.expect(0);
    let refused = asked(&["submit", "test_a.py"])?.expect(2);
    assert!(!refused.stderr.contains(&secret), "{refused}");
    let listed = place.run(["token", "list", "--format", "json"])?.expect(0);
    assert!(!listed.stdout.contains(&secret), "{listed}");
    let documents = listed.documents()?;
    let bob = documents.iter().find(|token| at(token, "/name") == "bob").ok_or("bob has a token")?;
    assert_eq!((at(bob, "/role").as_str(), at(bob, "/local").as_bool()), (Some("viewer"), Some(false)));
    let ends =
        at(bob, "/expires_at").as_i64().zip(at(bob, "/created_at").as_i64()).map(|(end, made)| end - made);
    assert_eq!(ends, Some(90 * 86_400 * 1_000_000));
    let human = place.run(["token", "list"])?.expect(0);
    assert!(human.stdout.starts_with("ID") && human.stdout.contains("bob"), "{human}");
    let id = at(bob, "/id").as_str().ok_or("an id is text")?;
    place.run(["token", "revoke", id])?.expect(0);
    asked(&["list"])?.expect(2);
    let unknown = place.run(["token", "revoke", id])?.expect(2);
    assert!(unknown.stderr.contains("there is no token"), "{unknown}");
    for bad in [
        &["token", "create", "--role", "king", "--name", "x"][..],
        &["token", "create", "--role", "viewer", "--name", " "],
        &["token", "create", "--role", "viewer"],
        &["token", "create", "--role", "viewer", "--name", "x", "--lifetime", "soon"],
        &["token", "list", "--server", "http://127.0.0.1:1"],
    ] {
        place.run(bad)?.expect(2);
    }
    server.end()?.expect(0);
    Ok(())
}

#[test]
fn to_revoke_the_own_token_has_a_warning() -> Result {
    let place = Place::new()?;
    Server::start_with(&place, &["--bind", "localhost:0"])?.end()?.expect(0);
    let listed = place.run(["token", "list", "--format", "json"])?.expect(0).documents()?;
    let id = at(&listed[0], "/id").as_str().ok_or("an id is text")?;
    let revoked = place.run(["token", "revoke", id])?.expect(0);
    assert!(revoked.stderr.contains("this machine's own"), "{revoked}");
    Ok(())
}

#[test]
fn open_prints_an_address_for_one_browser() -> Result {
    let place = Place::new()?;
    let server = Server::start(&place)?;
    let mut open = place.command(["open"]);
    let done = Done::of(open.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY"))?.expect(0);
    let code =
        done.stdout.trim().strip_prefix(&format!("{}/#t=", server.url)).ok_or("an address with a code")?;
    assert!(code.len() > 30, "{done}");
    let secret = std::fs::read_to_string(place.data().join("token"))?;
    let said = server.end()?.expect(0);
    assert!(!done.to_string().contains(secret.trim()) && !said.to_string().contains(secret.trim()));
    Ok(())
}

#[test]
fn behind_a_proxy_links_are_those_of_the_proxy() -> Result {
    let place = Place::new()?;
    let args = ["--bind", "127.0.0.1:0", "--https", "--allowed-host", "ci.example"];
    let mut server = Server::start_with(&place, &args)?;
    assert!(server.url.starts_with("http://127.0.0.1:"), "{}", server.url);
    let line = server.running.wait_for("  console  ")?;
    assert!(line.contains(" https://ci.example/#t="), "{line}");
    let mut open = place.command(["open"]);
    let done = Done::of(open.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY"))?.expect(0);
    let code = done.stdout.trim().strip_prefix("https://ci.example/#t=").ok_or("an address with a code")?;
    // As the proxy hands on what the browser asks there.
    let asked = reqwest::blocking::Client::new()
        .post(format!("{}/api/v1/session", server.url))
        .header("host", "ci.example")
        .header("origin", "https://ci.example")
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/json")
        .body(serde_json::json!({ "code": code }).to_string())
        .send()?;
    assert_eq!(asked.status().as_u16(), 204);
    let cookie = asked.headers().get("set-cookie").ok_or("a cookie is set")?.to_str()?;
    assert!(cookie.contains("; Secure"), "{cookie}");
    server.end()?.expect(0);
    Ok(())
}

#[test]
fn log_lines_are_json_where_that_is_wanted() -> Result {
    let place = Place::new()?;
    place.write("test_a.py", "def test_a(): pass\n")?;
    let server = Server::start_with(&place, &["--bind", "127.0.0.1:0", "--log-format", "json"])?;
    place.run(["submit", "test_a.py", "--wait"])?.expect(0);
    let done = server.end()?.expect(0);
    let lines = done.stderr.lines().map(serde_json::from_str);
    let lines = lines.collect::<std::result::Result<Vec<serde_json::Value>, _>>()?;
    assert!(lines.iter().any(|line| at(line, "/message").as_str().is_some()), "{done}");
    Ok(())
}
