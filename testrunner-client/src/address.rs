//! Where the server is.

use reqwest::Url;

use crate::error::ClientError;

/// The server's address: ends with `/`, has no name, password, query or fragment in it.
///
/// # Errors
/// [`ClientError::Address`].
pub(crate) fn parse(text: &str) -> Result<Url, ClientError> {
    let refuse = |why: &str| ClientError::Address { url: text.to_owned(), why: why.to_owned() };
    let mut url = Url::parse(text.trim()).map_err(|error| refuse(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(refuse("it begins with http:// or https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        // Not repeated: it is secret.
        let url = url.host_str().unwrap_or_default().to_owned();
        let why = "it holds a name or a password; give the token apart".to_owned();
        return Err(ClientError::Address { url, why });
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refuse("it ends before `?` and `#`"));
    }
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}

/// Whether an address is one of this machine, which nobody else can answer.
#[must_use]
pub fn is_this_machine(url: &str) -> bool {
    parse(url).is_ok_and(|url| is_loopback(&url))
}

/// Whether it is this machine: then no proxy stands between.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (text, wanted) in [
            ("http://127.0.0.1:7878", "http://127.0.0.1:7878/"),
            ("https://example.org/tests", "https://example.org/tests/"),
            (" http://[::1]:1/ ", "http://[::1]:1/"),
        ] {
            assert_eq!(parse(text).ok().map(String::from).as_deref(), Some(wanted), "{text}");
        }
        for text in ["", "127.0.0.1:7878", "ftp://x", "http://", "http://a/?b", "http://a/#b", "file:///etc"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
        let secret = parse("http://ada:secret@example.org").err().map(|error| error.to_string());
        assert!(secret.is_some_and(|text| text.contains("example.org") && !text.contains("secret")));
    }

    #[test]
    fn this_machine_is_known() {
        for url in ["http://127.0.0.1:1", "http://localhost", "https://[::1]:2/x"] {
            assert!(is_this_machine(url), "{url}");
        }
        for url in ["http://example.org", "http://127.0.0.1@example.org", "http://localhost.evil.org", "x"] {
            assert!(!is_this_machine(url), "{url}");
        }
    }
}
