//! What a message carries.

use serde::{Deserialize, Serialize};
use testrunner_core::queue::Ticket;
use testrunner_core::{ItemId, TestrunId};

/// The version that is written, and the only one that is read.
const VERSION: u32 = 1;
/// More than any ticket of any version needs.
const LONGEST: usize = 4 * 1_024;

#[derive(Serialize, Deserialize)]
struct Message {
    v: u32,
    item: ItemId,
    run: TestrunId,
    priority: i16,
}

#[derive(Deserialize)]
struct Version {
    v: u32,
}

/// Why a message is no ticket.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("{0} bytes long")]
    TooLong(usize),
    #[error("version {0}; this program knows version {VERSION}")]
    Version(u32),
    #[error("not a ticket")]
    Form,
}

/// `{"v":1,"item":7,"run":3,"priority":0}`
pub(crate) fn write(ticket: Ticket) -> Vec<u8> {
    let Ticket { item, run, priority } = ticket;
    // Numbers cannot fail to be written.
    serde_json::to_vec(&Message { v: VERSION, item, run, priority }).unwrap_or_default()
}

/// Reads what anybody may have written.
pub(crate) fn read(bytes: &[u8]) -> Result<Ticket, Unreadable> {
    if bytes.len() > LONGEST {
        return Err(Unreadable::TooLong(bytes.len()));
    }
    let Version { v } = serde_json::from_slice(bytes).map_err(|_| Unreadable::Form)?;
    if v != VERSION {
        return Err(Unreadable::Version(v));
    }
    let message: Message = serde_json::from_slice(bytes).map_err(|_| Unreadable::Form)?;
    Ok(Ticket { item: message.item, run: message.run, priority: message.priority })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tickets_come_back_as_they_were() {
        for (item, priority) in [(7, 0), (i64::MAX, i16::MIN)] {
            let ticket = Ticket { item: ItemId(item), run: TestrunId(3), priority };
            assert_eq!(read(&write(ticket)), Ok(ticket));
        }
        assert_eq!(
            write(Ticket { item: ItemId(7), run: TestrunId(3), priority: 0 }),
            br#"{"v":1,"item":7,"run":3,"priority":0}"#
        );
    }

    #[test]
    fn anything_else_is_told_from_a_ticket() {
        let deep = "[".repeat(4_000);
        let texts = ["", "{}", "null", "\u{0}", r#"{"v":1}"#, r#"{"v":"1"}"#, r#"{"v":-1}"#, &deep];
        for text in texts {
            assert_eq!(read(text.as_bytes()), Err(Unreadable::Form), "{text:?}");
        }
        let fraction = br#"{"v":1,"item":1.5,"run":3,"priority":0}"#;
        assert_eq!(read(fraction), Err(Unreadable::Form));
        assert_eq!(read(br#"{"v":2,"items":[1]}"#), Err(Unreadable::Version(2)));
        assert_eq!(read(&vec![b'['; 10 << 20]), Err(Unreadable::TooLong(10 << 20)));
        assert_eq!(read(&[0xff, 0xfe]), Err(Unreadable::Form));
    }
}
