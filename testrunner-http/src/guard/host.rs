//! The name that the server is called by: against pages that made their own name point here.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::Guard;
use crate::problem::Problem;

/// What the server was called by, once it is known to be a name of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Authority {
    /// In lower case; an IPv6 address without brackets.
    pub(super) host: String,
    pub(super) port: Option<u16>,
}

impl Authority {
    /// `host`, `host:port`, `[address]`, `[address]:port`. Nothing else: what programs read in different ways is
    /// read in none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (host, port) = if let Some(rest) = text.strip_prefix('[') {
            let (address, port) = rest.split_once(']')?;
            let address: std::net::Ipv6Addr = address.parse().ok()?;
            (address.to_string(), port)
        } else {
            let end = text.find(':').unwrap_or(text.len());
            let (host, port) = text.split_at_checked(end)?;
            let named = host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
            if host.is_empty() || !named {
                return None;
            }
            (host.to_ascii_lowercase(), port)
        };
        let port = match port.strip_prefix(':') {
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => Some(digits.parse().ok()?),
            Some(_) => return None,
            None if port.is_empty() => None,
            None => return None,
        };
        Some(Self { host, port })
    }

    fn is_allowed(&self, allowed: &[String]) -> bool {
        let loopback = || self.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        let local = || self.host == "localhost" || self.host.ends_with(".localhost");
        let own = |name: &String| name.trim_matches(['[', ']']).eq_ignore_ascii_case(&self.host);
        loopback() || local() || allowed.iter().any(own)
    }
}

pub(super) async fn check(State(guard): State<Guard>, mut request: Request, next: Next) -> Response {
    match called(&request) {
        Ok(authority) if authority.is_allowed(&guard.config.allowed_hosts) => {
            request.extensions_mut().insert(authority);
            next.run(request).await
        }
        Ok(authority) => Problem::host_not_allowed(&authority.host).into_response(),
        Err(problem) => problem.into_response(),
    }
}

/// The name in `Host` and in the address, which have to agree.
fn called(request: &Request) -> Result<Authority, Problem> {
    let refuse = || Problem::bad_request("there must be one header Host, with a name and perhaps a port");
    let mut given = request.headers().get_all(header::HOST).iter();
    let host = match (given.next(), given.next()) {
        (Some(host), None) => Some(host.to_str().ok().and_then(Authority::parse).ok_or_else(refuse)?),
        (None, None) => None,
        (_, Some(_)) => return Err(refuse()),
    };
    // HTTP/2 puts the name there, and clients that take this server for a proxy.
    let uri = match request.uri().authority() {
        Some(authority) => Some(Authority::parse(authority.as_str()).ok_or_else(refuse)?),
        None => None,
    };
    match (uri, host) {
        (Some(uri), Some(host)) if uri != host => Err(refuse()),
        (Some(found), _) | (None, Some(found)) => Ok(found),
        (None, None) => Err(refuse()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn allowed(text: &str) -> Option<bool> {
        Some(Authority::parse(text)?.is_allowed(&["ci.example".to_owned(), "192.0.2.7".to_owned()]))
    }

    #[test]
    fn own_names() {
        for own in [
            "localhost",
            "LOCALHOST:80",
            "a.localhost:7878",
            "127.0.0.1",
            "127.9.8.7:1",
            "[::1]",
            "[::1]:7878",
            "[0:0:0:0:0:0:0:1]",
            "ci.example",
            "CI.example:443",
            "192.0.2.7",
        ] {
            assert_eq!(allowed(own), Some(true), "{own}");
        }
        for foreign in [
            "evil.test",
            "127.0.0.1.evil.test",
            "localhost.evil",
            "notlocalhost",
            "localhost.",
            "xlocalhost:1",
            "ci.example.evil",
            "x.ci.example",
            "0.0.0.0",
            "10.0.0.1",
            "2130706433",
            "127.1",
            "0x7f.0.0.1",
            "[::]",
            "[::ffff:127.0.0.1]",
            "192.0.2.70",
        ] {
            assert_eq!(allowed(foreign), Some(false), "{foreign}");
        }
        for garbage in [
            "",
            ":80",
            "a b",
            "user@localhost",
            "localhost:",
            "localhost:+80",
            "localhost:99999",
            "localhost:80:80",
            "[::1",
            "[::1]x",
            "[::1%25lo]",
            "::1",
            "localhost/",
            "localhost,evil.test",
            "évil.test",
            "[127.0.0.1]",
        ] {
            assert_eq!(allowed(garbage), None, "{garbage}");
        }
    }

    proptest! {
        /// By a parser of somebody else's.
        #[test]
        fn what_is_allowed_is_local(text in "(localhost|127\\.0\\.0\\.1|\\[::1\\]|[a-z.@:\\[\\]/0-9-]{0,12}){1,3}(:[0-9]{0,6})?") {
            if allowed(&text) == Some(true) {
                let uri: axum::http::Uri = format!("http://{text}/").parse().unwrap();
                let host = uri.host().unwrap().trim_matches(['[', ']']);
                let address = host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
                prop_assert!(address || host == "localhost" || host.ends_with(".localhost"), "{text}");
            }
        }
    }
}
