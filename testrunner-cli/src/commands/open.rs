//! `testrunner open`

use std::process::{Command, Stdio};

use crate::exit_code::Exit;
use crate::failure::Result;
use crate::output::clean::one_line;
use crate::output::screen::{Screen, say};
use crate::place::Place;
use crate::server::{self, note::Note};

use super::submit::remote;

/// Prints an address that lets a browser in, once; opens it where there is a display.
pub(super) async fn open(place: &Place) -> Result<Exit> {
    let place = server::of(place);
    let remote = remote(&place)?;
    let code = remote.client().session_code().await?;
    let note = Note::read(&place).filter(|note| note.url == remote.url());
    let url = format!("{}/#t={}", note.as_ref().map_or(remote.url(), Note::console), code.code);
    let mut screen = Screen::new();
    screen.line(&one_line(&url));
    screen.close()?;
    say(&format!("good for one browser, within {} seconds", code.expires_in));
    let has_display = ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|display| !display.is_empty()));
    if has_display {
        let mut browser = Command::new("xdg-open");
        browser.arg(&url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if let Err(error) = browser.spawn() {
            say(&format!("no browser could be opened ({error}); open the address yourself"));
        }
    }
    Ok(Exit::Passed)
}
