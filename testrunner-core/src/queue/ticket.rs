//! What a queue carries, and how it stands in a message.

use serde::{Deserialize, Serialize};

use crate::id::{ItemId, TestrunId};

/// Says that an item waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Ticket {
    /// The item.
    pub item: ItemId,
    /// Its Testrun.
    pub run: TestrunId,
    /// Its priority.
    pub priority: i16,
}

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
pub enum Unreadable {
    /// It is longer than any ticket, by so many bytes in all.
    #[error("{0} bytes long")]
    TooLong(usize),
    /// It is of a version that this program does not know.
    #[error("version {0}; this program knows version {VERSION}")]
    Version(u32),
    /// It is something else.
    #[error("not a ticket")]
    Form,
}

impl Ticket {
    /// As a message of a broker: `{"v":1,"item":7,"run":3,"priority":0}`.
    #[must_use]
    pub fn to_message(self) -> Vec<u8> {
        let Self { item, run, priority } = self;
        // Numbers cannot fail to be written.
        serde_json::to_vec(&Message { v: VERSION, item, run, priority }).unwrap_or_default()
    }

    /// Reads what anybody may have written.
    ///
    /// # Errors
    /// It is no ticket, or none of this version.
    pub fn from_message(bytes: &[u8]) -> Result<Self, Unreadable> {
        if bytes.len() > LONGEST {
            return Err(Unreadable::TooLong(bytes.len()));
        }
        let Version { v } = serde_json::from_slice(bytes).map_err(|_| Unreadable::Form)?;
        if v != VERSION {
            return Err(Unreadable::Version(v));
        }
        let Message { item, run, priority, .. } =
            serde_json::from_slice(bytes).map_err(|_| Unreadable::Form)?;
        Ok(Self { item, run, priority })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tickets_come_back_as_they_were() {
        for (item, priority) in [(7, 0), (i64::MAX, i16::MIN)] {
            let ticket = Ticket { item: ItemId(item), run: TestrunId(3), priority };
            assert_eq!(Ticket::from_message(&ticket.to_message()), Ok(ticket));
        }
        assert_eq!(
            Ticket { item: ItemId(7), run: TestrunId(3), priority: 0 }.to_message(),
            br#"{"v":1,"item":7,"run":3,"priority":0}"#
        );
    }

    #[test]
    fn anything_else_is_told_from_a_ticket() {
        let deep = "[".repeat(4_000);
        let texts = ["", "{}", "null", "\u{0}", r#"{"v":1}"#, r#"{"v":"1"}"#, r#"{"v":-1}"#, &deep];
        for text in texts {
            assert_eq!(Ticket::from_message(text.as_bytes()), Err(Unreadable::Form), "{text:?}");
        }
        let fraction = br#"{"v":1,"item":1.5,"run":3,"priority":0}"#;
        assert_eq!(Ticket::from_message(fraction), Err(Unreadable::Form));
        assert_eq!(Ticket::from_message(br#"{"v":2,"items":[1]}"#), Err(Unreadable::Version(2)));
        assert_eq!(Ticket::from_message(&vec![b'['; 10 << 20]), Err(Unreadable::TooLong(10 << 20)));
        assert_eq!(Ticket::from_message(&[0xff, 0xfe]), Err(Unreadable::Form));
    }
}
