//! The one page, written anew for each answer: where the server is mounted, and what lets its styles through.

use std::sync::Arc;

use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse as _, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use super::assets::Dist;
use crate::problem::Problem;

/// Stands in the page for what is filled in.
const CONFIG: &str = r#"{"prefix": "", "nonce": ""}"#;

/// The page for one prefix.
#[derive(Clone, Debug)]
pub(super) struct Page {
    prefix: Arc<str>,
    text: Arc<str>,
}

impl Page {
    pub(super) fn new(prefix: &str) -> Self {
        let file = Dist::get("index.html").map(|file| file.data).unwrap_or_default();
        // Addresses below the root are asked for the same page: what is relative would be looked for beside them.
        let own = format!("\"{}/assets/", quoted(prefix));
        let text = String::from_utf8_lossy(&file).replace("\"./assets/", &own);
        Self { prefix: prefix.into(), text: text.into() }
    }

    pub(super) fn answer(&self) -> Response {
        let mut random = [0; 18];
        if let Err(error) = getrandom::fill(&mut random) {
            return Problem::internal(format!("there is no randomness: {error}")).into_response();
        }
        let nonce = BASE64_STANDARD.encode(random);
        let policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; connect-src 'self'; \
             img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'self'; \
             frame-ancestors 'none'; require-trusted-types-for 'script'"
        );
        let Ok(policy) = HeaderValue::try_from(policy) else {
            return Problem::internal("the policy is no header").into_response();
        };
        // In a script element only this character could begin an end tag.
        let config = json!({ "prefix": &*self.prefix, "nonce": nonce }).to_string().replace('<', "\\u003c");
        let headers = [
            (header::CONTENT_SECURITY_POLICY, policy),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        ];
        (headers, Html(self.text.replacen(CONFIG, &config, 1))).into_response()
    }
}

/// Text for within quotes.
fn quoted(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_replaced_stands_in_the_page() {
        let file = Dist::get("index.html").unwrap();
        let text = std::str::from_utf8(&file.data).unwrap();
        assert_eq!(text.matches(CONFIG).count(), 1);
        assert!(text.contains("src=\"./assets/"));
        assert!(!text.contains("\"/assets/"), "absolute addresses know no prefix");
    }

    #[test]
    fn a_prefix_cannot_end_an_attribute() {
        let page = Page::new("/a\"><b>&");
        assert!(page.text.contains("src=\"/a&quot;&gt;&lt;b&gt;&amp;/assets/"), "{}", page.text);
    }

    #[test]
    fn a_prefix_cannot_end_the_script() {
        let page = Page::new("/a</script><script>alert(1)</script>");
        assert_eq!(page.text.matches(CONFIG).count(), 1);
        let config = json!({ "prefix": &*page.prefix }).to_string().replace('<', "\\u003c");
        assert!(!config.contains('<'));
    }
}
