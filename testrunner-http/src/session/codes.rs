//! One-time codes: in memory, for a minute.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use testrunner_core::{Digest, Timestamp};

use crate::problem::Problem;

/// How long a code lives.
pub(super) const LIFE: Duration = Duration::from_mins(1);
const MOST: usize = 1_000;
const BYTES: usize = 32;

#[derive(Debug, Default)]
pub(super) struct Codes(Mutex<HashMap<Digest, Open>>);

/// A code that was not used yet. Known by its digest, so that looking for one tells nothing of others.
#[derive(Debug)]
struct Open {
    token: String,
    until: Timestamp,
}

impl Codes {
    pub(super) fn make(&self, token: &str, now: Timestamp) -> Result<String, Problem> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes)
            .map_err(|error| Problem::internal(format!("no random bytes: {error}")))?;
        let code = BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, code| now < code.until);
        if open.len() >= MOST {
            return Err(Problem::rate_limited(
                "1,000 codes wait to be used, and no more may; in a minute they are over",
                LIFE,
            ));
        }
        let token = token.to_owned();
        open.insert(Digest::of(code.as_bytes()), Open { token, until: now.after(LIFE) });
        Ok(code)
    }

    /// The token's id. The code is gone after this, also when it was too old.
    pub(super) fn take(&self, code: &str, now: Timestamp) -> Option<String> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = open.remove(&Digest::of(code.as_bytes()))?;
        (now < found.until).then_some(found.token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn once_and_for_a_minute() {
        let codes = Codes::default();
        let now = Timestamp(1_000_000);
        let code = codes.make("t1", now).unwrap();
        assert_eq!(codes.take("wrong", now), None);
        assert_eq!(codes.take(&code, now).as_deref(), Some("t1"));
        assert_eq!(codes.take(&code, now), None);
        let old = codes.make("t1", now).unwrap();
        assert_eq!(codes.take(&old, now.after(LIFE)), None);
    }

    #[test]
    fn a_thousand_at_the_most() {
        let codes = Codes::default();
        let now = Timestamp(1_000_000);
        for _ in 0..MOST {
            codes.make("t1", now).unwrap();
        }
        assert_eq!(codes.make("t2", now).unwrap_err().status().as_u16(), 429);
        assert!(codes.make("t2", now.after(LIFE)).is_ok());
    }
}
