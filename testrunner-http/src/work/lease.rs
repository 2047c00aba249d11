//! A lease as it travels: which item of which Testrun, at which epoch, and a signature that binds it to one token.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use testrunner_core::{Epoch, ItemId, LeaseKey, TestrunId};

use super::WorkKey;
use crate::token::Identity;

/// Longer is none of ours.
const MOST: usize = 200;

/// A lease whose signature was found to be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Signed {
    pub(super) run: TestrunId,
    pub(super) key: LeaseKey,
}

impl Signed {
    /// The text that the worker of this token shows. `None` never: HMAC takes keys of every length.
    pub(super) fn seal(self, with: &WorkKey, identity: &Identity) -> Option<String> {
        let signature = BASE64_URL_SAFE_NO_PAD.encode(with.sign(&self.text(identity))?);
        let Self { run, key: LeaseKey { item, epoch } } = self;
        Some(format!("{run}.{item}.{epoch}.{signature}"))
    }

    /// What a worker shows, when it was sealed for this token.
    pub(super) fn open(lease: &str, with: &WorkKey, identity: &Identity) -> Option<Self> {
        if lease.len() > MOST {
            return None;
        }
        let mut parts = lease.split('.');
        let mut number = || parts.next()?.parse::<i64>().ok();
        let (run, item, epoch) = (TestrunId(number()?), ItemId(number()?), Epoch(number()?));
        let signature = BASE64_URL_SAFE_NO_PAD.decode(parts.next()?).ok()?;
        let signed = Self { run, key: LeaseKey { item, epoch } };
        let whole = parts.next().is_none();
        (whole && with.verify(&signed.text(identity), &signature)).then_some(signed)
    }

    /// What is signed. The length before it keeps a token's id from running into what follows.
    fn text(self, identity: &Identity) -> String {
        let Self { run, key: LeaseKey { item, epoch } } = self;
        let token = &identity.token;
        format!("{}:{token}:{run}:{item}:{epoch}", token.len())
    }
}

#[cfg(test)]
mod tests {
    use testrunner_api::Role;

    use super::*;
    use crate::session::SessionKey;

    fn who(token: &str) -> Identity {
        Identity { token: token.to_owned(), subject: "bot".to_owned(), role: Role::Worker }
    }

    #[test]
    fn is_good_for_one_token_and_nothing_else() {
        let key = WorkKey::from(&SessionKey::random());
        let signed = Signed { run: TestrunId(7), key: LeaseKey { item: ItemId(12), epoch: Epoch(3) } };
        let lease = signed.seal(&key, &who("a")).unwrap();
        assert_eq!(Signed::open(&lease, &key, &who("a")), Some(signed));
        assert_eq!(Signed::open(&lease, &key, &who("b")), None);
        assert_eq!(Signed::open(&lease, &WorkKey::from(&SessionKey::random()), &who("a")), None);
        let signature = lease.rsplit_once('.').unwrap().1;
        for forged in [
            format!("8.12.3.{signature}"),
            format!("7.13.3.{signature}"),
            format!("7.12.4.{signature}"),
            format!("7.12.3.{}", &signature[1..]),
            format!("{lease}.x"),
            format!("{lease}{}", "A".repeat(300)),
            "7.12.3".to_owned(),
            "7.12.3.".to_owned(),
            String::new(),
        ] {
            assert_eq!(Signed::open(&forged, &key, &who("a")), None, "{forged}");
        }
        for other in [who(""), who("a:7"), who("1:a")] {
            assert_eq!(Signed::open(&lease, &key, &other), None);
        }
    }
}
