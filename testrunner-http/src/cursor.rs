//! Cursors: where a listing goes on. Opaque on purpose, and checked, so that nobody builds them by hand.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use testrunner_core::{Digest, TestrunId};

use crate::problem::Problem;

const ID_BYTES: usize = 8;
const CHECK_BYTES: usize = 4;

/// A place in the listing of Testruns.
#[derive(Debug)]
pub(crate) struct Cursor;

impl Cursor {
    /// After this Testrun.
    pub(crate) fn write(after: TestrunId) -> String {
        let id = after.0.to_be_bytes();
        BASE64_URL_SAFE_NO_PAD.encode([&id[..], &check(id)].concat())
    }

    /// # Errors
    /// It was never written by [`Cursor::write`].
    pub(crate) fn read(text: &str) -> Result<TestrunId, Problem> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok();
        let found = bytes.as_deref().and_then(|bytes| bytes.split_first_chunk::<ID_BYTES>());
        match found {
            Some((id, rest)) if rest == check(*id) => Ok(TestrunId(i64::from_be_bytes(*id))),
            _ => Err(Problem::invalid_cursor()),
        }
    }
}

fn check(id: [u8; ID_BYTES]) -> [u8; CHECK_BYTES] {
    let Digest(digest) = Digest::of(&[b"testruns".as_slice(), &id].concat());
    std::array::from_fn(|n| digest.get(n).copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own() {
        for id in [1, 77, i64::MAX] {
            assert_eq!(Cursor::read(&Cursor::write(TestrunId(id))).unwrap(), TestrunId(id));
        }
        for bad in ["", "garbage", "AAAAAAAAAAEAAAAA", "12", "\u{fc}", &Cursor::write(TestrunId(1))[1..]] {
            assert!(Cursor::read(bad).is_err(), "{bad}");
        }
    }
}
