//! The server that a command speaks to: which one, and by what right.

pub(crate) mod note;
pub(crate) mod token;

use self::note::Note;
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
