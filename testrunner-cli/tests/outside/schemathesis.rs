//! schemathesis makes requests from the OpenAPI document, good ones and bad ones, and holds the answers against it.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::Result;
use crate::server::Server;

/// Cases for each operation; `TESTRUNNER_SCHEMATHESIS_EXAMPLES` asks for more.
const EXAMPLES: &str = "40";
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance,ignored_auth";

pub(crate) fn run(schemathesis: PathBuf) -> Result {
    let server = Server::start()?;
    for text in ["def test_good(): print('out')\n", "def test_bad(): assert 0\n", "x = (\n"] {
        let run = server.submit(text)?;
        server.wait(run, if text.contains("good") { "SUCCESS" } else { "FAILED" })?;
    }
    let examples = std::env::var("TESTRUNNER_SCHEMATHESIS_EXAMPLES").unwrap_or_else(|_| EXAMPLES.to_owned());
    let mut command = Command::new(schemathesis);
    command.arg("run").arg(format!("{}/openapi.json", server.url));
    command.args(["--header", &format!("Authorization: Bearer {}", server.token)]);
    command.args(["--checks", CHECKS, "--max-examples", &examples, "--seed", "1", "--workers", "2"]);
    // A stream without end answers nothing that could be held against the document.
    command.args(["--exclude-path", "/api/v1/events", "--request-timeout", "20", "--continue-on-failure"]);
    command.current_dir(server.folder()).env("NO_COLOR", "1").stdin(Stdio::null());
    let output = command.output()?;
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if !output.status.success() {
        return Err(format!("{said}\nthe server said:\n{}", server.said()).into());
    }
    server.get("/api/v1/testruns?limit=1")?;
    Ok(())
}
