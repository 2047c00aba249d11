//! `testrunner token`

use serde::Serialize;
use testrunner_core::{Clock as _, SystemClock, Timestamp};
use testrunner_http::token::TokenRecord;

use crate::cli::{Format, TokenCommand};
use crate::exit_code::Exit;
use crate::failure::Result;
use crate::output::clean::one_line;
use crate::output::json;
use crate::output::screen::{Screen, say};
use crate::output::style::{self, paint};
use crate::output::table::table;
use crate::output::words;
use crate::place::Place;
use crate::server::tokens::Tokens;

/// Makes, lists and revokes tokens. A server that runs sees it at its next request.
pub(super) async fn token(command: TokenCommand, place: &Place) -> Result<Exit> {
    place.refuse_server(
        "tokens are made on the machine of the server, not through it",
        "; --data-dir or --store names the server's",
    )?;
    place.create()?;
    // Only a database for many machines has tokens in it.
    let storage = if place.is_shared() { Some(place.open().await?) } else { None };
    let tokens = Tokens::open(place, storage.as_ref()).await?;
    let done = change(command, &tokens).await;
    if let Some(storage) = storage {
        storage.close().await;
    }
    done
}

async fn change(command: TokenCommand, tokens: &Tokens) -> Result<Exit> {
    let mut screen = Screen::new();
    match command {
        TokenCommand::Create { role, name, lifetime } => {
            let (record, secret) = tokens.create(&name, role, lifetime).await?;
            screen.line(secret.expose());
            say(&format!("token {} for {}, {role}; it is shown this once", record.id, one_line(&name)));
        }
        TokenCommand::List { format } => {
            let records = tokens.list().await?;
            match format {
                Format::Human => print(&mut screen, &records),
                Format::Json => {
                    records.iter().for_each(|record| json::document(&mut screen, &Document::of(record)))
                }
            }
        }
        TokenCommand::Revoke { id } => {
            let record = tokens.revoke(&id).await?;
            screen.line(&format!("token {} of {} is revoked", record.id, one_line(&record.subject)));
            if record.local {
                say(
                    "It was this machine's own: commands here can no longer ask the server, until `testrunner serve` is \
                     started again, which makes a new one.",
                );
            }
        }
    }
    screen.close()?;
    Ok(Exit::Passed)
}

fn print(screen: &mut Screen, records: &[TokenRecord]) {
    if records.is_empty() {
        say("There are no tokens. `testrunner token create` makes one; `testrunner serve` makes its own.");
        return;
    }
    let lines = table(&["ID", "NAME", "ROLE", "CREATED", "ENDS"], records.iter().map(cells));
    for (n, line) in lines.into_iter().enumerate() {
        if n == 0 { screen.line(&paint(style::DIM, line).to_string()) } else { screen.line(&line) }
    }
}

fn cells(record: &TokenRecord) -> Vec<String> {
    let ends = match record.expires_at {
        Some(at) if !record.is_alive(SystemClock.now()) => format!("ended {}", words::moment(at)),
        Some(at) => words::moment(at),
        None if record.local => "never (this machine's own)".to_owned(),
        None => "never".to_owned(),
    };
    vec![
        record.id.clone(),
        one_line(&record.subject),
        record.role.to_string(),
        words::moment(record.created_at),
        ends,
    ]
}

/// A token as programs read it, without what is secret.
#[derive(Debug, Serialize)]
struct Document<'a> {
    id: &'a str,
    name: &'a str,
    role: testrunner_api::Role,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    local: bool,
}

impl<'a> Document<'a> {
    fn of(record: &'a TokenRecord) -> Self {
        let TokenRecord { id, subject, role, created_at, expires_at, local, .. } = record;
        let (role, created_at, expires_at, local) = (*role, *created_at, *expires_at, *local);
        Self { id, name: subject, role, created_at, expires_at, local }
    }
}
