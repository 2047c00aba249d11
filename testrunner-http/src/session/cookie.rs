//! The cookie: which token, until when, and a signature over both.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use testrunner_core::Timestamp;

use super::SessionKey;
use crate::config::HttpConfig;

const LIFE: Duration = Duration::from_hours(30 * 24);
const PURPOSE: &str = "session";
/// More than one of a name are another page's doing.
const MOST: usize = 8;

#[derive(Debug)]
pub(super) struct Cookies {
    key: SessionKey,
    /// Cookies are not kept apart by port, so servers on one host are told apart by name: it is made from the key,
    /// and so stays the same over restarts and ports.
    name: String,
    attributes: String,
}

impl Cookies {
    pub(super) fn new(config: &HttpConfig) -> Self {
        let key = config.session_key.clone();
        let digest = key.sign("name", "").unwrap_or_default();
        let suffix: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        let path = if config.prefix().is_empty() { "/" } else { config.prefix() };
        let secure = if config.https { "; Secure" } else { "" };
        let attributes = format!("Path={path}; HttpOnly; SameSite=Strict{secure}");
        Self { key, name: format!("testrunner_session_{suffix}"), attributes }
    }

    /// `None` when the prefix cannot stand in a header.
    pub(super) fn write(&self, token: &str, now: Timestamp) -> Option<HeaderValue> {
        let Timestamp(end) = now.after(LIFE);
        let content = BASE64_URL_SAFE_NO_PAD.encode(format!("{token}.{end}"));
        let signature = BASE64_URL_SAFE_NO_PAD.encode(self.key.sign(PURPOSE, &content)?);
        let value = format!("{content}.{signature}");
        self.set(&value, LIFE.as_secs())
    }

    pub(super) fn clear(&self) -> Option<HeaderValue> {
        self.set("", 0)
    }

    fn set(&self, value: &str, seconds: u64) -> Option<HeaderValue> {
        let cookie = format!("{}={value}; {}; Max-Age={seconds}", self.name, self.attributes);
        let mut cookie = HeaderValue::try_from(cookie).ok()?;
        cookie.set_sensitive(true);
        Some(cookie)
    }

    /// The ids of tokens that cookies of ours name.
    pub(super) fn read(&self, headers: &HeaderMap, now: Timestamp) -> Vec<String> {
        let sent = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let pairs = sent.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let ours = pairs.filter(|(name, _)| *name == self.name).take(MOST);
        ours.filter_map(|(_, value)| self.open(value, now)).collect()
    }

    fn open(&self, value: &str, now: Timestamp) -> Option<String> {
        let (content, signature) = value.split_once('.')?;
        let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).ok()?;
        if !self.key.verify(PURPOSE, content, &signature) {
            return None;
        }
        let content = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(content).ok()?).ok()?;
        let (token, end) = content.rsplit_once('.')?;
        (now < Timestamp(end.parse().ok()?)).then(|| token.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::token::{AllowAll, Identity, Role};

    const NOW: Timestamp = Timestamp(1_000_000_000);

    fn config() -> HttpConfig {
        let identity = Identity { token: "t".to_owned(), subject: "ada".to_owned(), role: Role::Admin };
        HttpConfig::new(Arc::new(AllowAll(identity)))
    }

    fn sent(cookie: &HeaderValue) -> HeaderMap {
        let pair = cookie.to_str().unwrap().split(';').next().unwrap();
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::try_from(format!("a=b; {pair}")).unwrap())])
    }

    #[test]
    fn proves_itself_for_thirty_days() {
        let cookies = Cookies::new(&config());
        let cookie = cookies.write("a.b", NOW).unwrap();
        let text = cookie.to_str().unwrap();
        assert!(text.ends_with("; Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000"), "{text}");
        assert_eq!(cookies.read(&sent(&cookie), NOW), ["a.b"]);
        assert!(cookies.read(&sent(&cookie), NOW.after(LIFE)).is_empty());
        assert!(cookies.read(&sent(&cookies.clear().unwrap()), NOW).is_empty());
        assert!(cookies.clear().unwrap().to_str().unwrap().contains("; Max-Age=0"));
    }

    #[test]
    fn says_where_it_belongs() {
        let mut config = config().mounted_at("tests/");
        config.https = true;
        let cookie = Cookies::new(&config).write("t", NOW).unwrap();
        assert!(cookie.to_str().unwrap().contains("; Path=/tests; HttpOnly; SameSite=Strict; Secure;"));
    }

    #[test]
    fn nobody_else_can_write_it() {
        let cookies = Cookies::new(&config());
        let cookie = cookies.write("t", NOW).unwrap();
        let value = cookie.to_str().unwrap().split_once('=').unwrap().1.split(';').next().unwrap().to_owned();
        assert_eq!(cookies.open(&value, NOW).as_deref(), Some("t"));
        for (n, _) in value.char_indices() {
            let other = if value[n..].starts_with('A') { "B" } else { "A" };
            let mut forged = value.clone();
            forged.replace_range(n..=n, other);
            // The last letter of each half has bits that say nothing.
            assert!(
                cookies.open(&forged, NOW).is_none_or(|token| token == "t" && forged != value),
                "{forged}"
            );
        }
        let other = Cookies::new(&self::config());
        assert!(other.open(&value, NOW).is_none());
        assert_ne!(other.name, cookies.name);
        for bad in ["", ".", "..", "a.b", "dC4x.", &value[1..]] {
            assert!(cookies.open(bad, NOW).is_none(), "{bad}");
        }
    }
}
