//! What is said when the server is ready.

use crate::cli::ServeArgs;
use crate::output::clean::one_line;
use crate::output::screen::{Screen, say};
use crate::place::Place;
use crate::server::note::Note;

/// What is said, but for what only the running server knows.
#[derive(Debug)]
pub(super) struct Announcement {
    url: String,
    /// For browsers.
    console: String,
    place: Place,
    hosts: Vec<String>,
}

pub(super) fn of(args: &ServeArgs, place: &Place, note: &Note) -> Announcement {
    Announcement {
        url: note.url.clone(),
        console: note.console().to_owned(),
        place: place.with_server(&note.url),
        hosts: args.allowed_hosts.clone(),
    }
}

impl Announcement {
    /// Says where the server is and how a browser gets in.
    pub(super) async fn say(self) {
        let mut screen = Screen::new();
        screen.line(&format!("testrunner serves {}", self.url));
        if !self.hosts.is_empty() {
            screen.line(&format!("  also as  {}", one_line(&self.hosts.join(", "))));
        }
        let open = match self.code().await {
            Some(code) => {
                format!("{}/#t={code}  (once, within a minute; later: testrunner open)", self.console)
            }
            None => format!("{}  (let a browser in with: testrunner open)", self.console),
        };
        screen.line(&format!("  console  {}", one_line(&open)));
        screen.line(&format!("  data     {}", one_line(&self.place.ledger())));
        screen.line("  uploaded code runs with your rights (isolation: none)");
        // Whoever does not read this does not need it.
        if let Err(failure) = screen.close() {
            say(&failure.text());
        }
    }

    /// A code from the server itself, as any other program would ask for one.
    async fn code(&self) -> Option<String> {
        let remote = crate::ledger::Remote::at(&self.url, &self.place).ok()?;
        match remote.client().session_code().await {
            Ok(code) => Some(code.code),
            Err(error) => {
                tracing::warn!(%error, "no code for a browser");
                None
            }
        }
    }
}
