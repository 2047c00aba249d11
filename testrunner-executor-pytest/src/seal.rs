//! What of the result channel is believed: messages of one process, signed with keys that only its plugin has.
//! `python/testrunner_runtime/channel.py` is the other side.

use rustix::process::Pid;

use crate::frame::{Frame, Keys};

/// Bytes of a key, and of the number behind it.
const KEY: usize = 16;
const NUMBER: usize = 8;

/// The keys of one child, once it has greeted. That it does before it loads anything of the tests, so the first
/// to speak is ours.
#[derive(Debug, Default)]
pub(crate) struct Seal {
    greeted: Option<Greeted>,
    last: u64,
}

#[derive(Debug)]
struct Greeted {
    by: Option<Pid>,
    keys: Keys,
}

impl Seal {
    /// Reads a packet.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn open(&mut self, packet: &[u8]) -> Result<Frame, String> {
        let Some(Greeted { keys, .. }) = &self.greeted else {
            let frame = Frame::parse(packet)?;
            if let Frame::Hello(keys) = &frame {
                self.greeted = Some(Greeted { by: None, keys: keys.clone() });
                return Ok(frame);
            }
            return Err("a message before the greeting".to_owned());
        };
        let stranger = || "a message that the plugin has not sent".to_owned();
        let (key, rest) = packet.split_at_checked(KEY).ok_or_else(stranger)?;
        let (number, message) = rest.split_first_chunk::<NUMBER>().ok_or_else(stranger)?;
        let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        // Before it is read: what a stranger says is of no interest.
        if key != keys.key && key != keys.seal {
            return Err(stranger());
        }
        let number = u64::from_be_bytes(*number);
        if number <= self.last {
            return Err("a message that was sent before".to_owned());
        }
        self.last = number;
        let frame = Frame::parse(message)?;
        let right = if matches!(frame, Frame::Closed { .. }) { &keys.seal } else { &keys.key };
        if key != *right || matches!(frame, Frame::Hello(_)) {
            return Err(stranger());
        }
        Ok(frame)
    }

    /// Holds the sender of a packet, as the kernel tells it, against that of the greeting.
    ///
    /// # Errors
    /// It was another process.
    pub(crate) fn came_from(&mut self, sender: Option<Pid>) -> Result<(), String> {
        let Some(greeted) = &mut self.greeted else { return Ok(()) };
        if greeted.by.is_none() {
            greeted.by = sender;
        }
        if greeted.by == sender { Ok(()) } else { Err("a message from another process".to_owned()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELLO: &[u8] =
        br#"{"t":"hello","key":"000102030405060708090a0b0c0d0e0f","seal":"f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"}"#;
    const CLOSED: &str = r#"{"t":"closed","status":0}"#;
    const INTERNAL: &str = r#"{"t":"internal","text":""}"#;

    fn packet(first: u8, number: u64, message: &str) -> Vec<u8> {
        let key = (0..16).map(|n| first + n);
        key.chain(number.to_be_bytes()).chain(message.bytes()).collect()
    }

    #[test]
    fn only_what_is_signed_is_read() {
        let mut seal = Seal::default();
        assert!(seal.open(INTERNAL.as_bytes()).is_err());
        assert!(seal.open(HELLO).is_ok());
        assert!(seal.open(&packet(0, 1, INTERNAL)).is_ok());
        // A number may be left out, where an interrupt came, but none comes twice.
        assert!(seal.open(&packet(0, 3, INTERNAL)).is_ok());
        for (why, wrong) in [
            ("a second greeting", HELLO.to_vec()),
            ("a signed second greeting", packet(0, 4, std::str::from_utf8(HELLO).unwrap_or_default())),
            ("not signed", CLOSED.as_bytes().to_vec()),
            ("empty", Vec::new()),
            ("too short", packet(0, 4, "")[..20].to_vec()),
            ("another's key", packet(1, 5, INTERNAL)),
            ("an old number", packet(0, 3, INTERNAL)),
            ("the end with the wrong key", packet(0, 6, CLOSED)),
            ("no end with the key of the end", packet(0xf0, 7, INTERNAL)),
        ] {
            assert!(seal.open(&wrong).is_err(), "{why}");
        }
        assert!(seal.open(&packet(0xf0, 8, CLOSED)).is_ok());
    }

    #[test]
    fn only_who_greeted_is_heard() {
        let mut seal = Seal::default();
        assert!(seal.open(HELLO).is_ok());
        assert_eq!(seal.came_from(Pid::from_raw(7)), Ok(()));
        assert_eq!(seal.came_from(Pid::from_raw(7)), Ok(()));
        assert!(seal.came_from(Pid::from_raw(8)).is_err());
        assert!(seal.came_from(None).is_err());
    }
}
