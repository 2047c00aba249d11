//! The server that a command speaks to: which one, and by what right.

pub(crate) mod note;
pub(crate) mod token;
pub(crate) mod tokens;

use testrunner_client::is_this_machine;

use self::note::Note;
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::place::Place;

/// Where `serve` listens when it is not told otherwise.
const USUAL: &str = "http://127.0.0.1:7878";

/// The place with the server that commands for servers ask: the one that was named, else the one that runs here, else
/// the usual address.
pub(crate) fn of(place: &Place) -> Place {
    if place.server().is_some() {
        return place.clone();
    }
    match Note::read(place) {
        Some(note) => place.with_server(&note.url),
        None => place.with_server(USUAL),
    }
}

/// Says where the server is that runs here, when this machine was asked elsewhere, in vain.
pub(crate) fn hint(failure: Failure, place: &Place) -> Failure {
    let asked = place.server().filter(|asked| failure.exit == Exit::Unreachable && is_this_machine(asked));
    match asked.and_then(|asked| Note::read(place).filter(|note| note.url != asked)) {
        Some(note) => failure.hint(format!("the server on this data folder is at {}", note.url)),
        None => failure,
    }
}
