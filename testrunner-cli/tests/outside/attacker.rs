//! A web server of somebody else's: serves a page that tries all that a page can, and takes its report.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use serde_json::Value;

use crate::Result;
use crate::server::PATIENCE;

pub(crate) struct Attacker {
    pub(crate) port: u16,
    reports: Receiver<Value>,
}

impl Attacker {
    pub(crate) fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let (tell, reports) = channel();
        // Lives as long as the test program.
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let tell = tell.clone();
                thread::spawn(move || serve(&connection, &tell));
            }
        });
        Ok(Self { port, reports })
    }

    /// What the page came to.
    pub(crate) fn report(&self) -> Result<Value> {
        Ok(self.reports.recv_timeout(PATIENCE)?)
    }
}

/// One request a connection is enough here. A connection that breaks is the browser's own business.
fn serve(connection: &TcpStream, tell: &Sender<Value>) -> Option<()> {
    let mut reader = BufReader::new(connection);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    if first.starts_with("POST /report")
        && let Ok(report) = serde_json::from_slice(&body)
    {
        let _ = tell.send(report);
    }
    let page = if first.starts_with("GET /attack") { include_str!("attack.html") } else { "" };
    let mut connection = connection;
    write!(
        connection,
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
        page.len()
    )
    .ok()
}
