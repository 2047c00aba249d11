//! Values of options, read from text.

use std::net::{Ipv6Addr, SocketAddr};
use std::time::Duration;

use testrunner_core::Plan;
use testrunner_core::testrun::check_username;

/// How results are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Human,
    /// For programs: one JSON document a line.
    Json,
}

/// How many processes are kept ready, unless told: more are forked as they are needed, in a few milliseconds.
pub(crate) const WARM: u16 = 1;

/// Reads how many processes are kept ready.
pub(crate) fn warm(text: &str) -> Result<u16, String> {
    text.parse().ok().filter(|n| *n <= 64).ok_or_else(|| "it is a number from 0 to 64".to_owned())
}

/// What files share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Isolation {
    /// Nothing: each has a process of its own.
    File,
    /// Up to ten files have one process after the other, with its modules and session fixtures.
    Group,
    /// All have one process, as with pytest itself; one file at a time.
    Run,
}

impl Isolation {
    /// The pytest executor's word for it.
    pub(crate) const fn option(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Group => "group",
            Self::Run => "run",
        }
    }
}

/// How files are grouped for the slots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Grouping {
    /// Longest first, many small files together.
    #[default]
    Weighted,
    /// Each file by itself.
    PerFile,
    /// All files one after the other, in the order given.
    Whole,
}

impl From<Grouping> for Plan {
    fn from(grouping: Grouping) -> Self {
        match grouping {
            Grouping::Weighted => Self::Weighted,
            Grouping::PerFile => Self::PerFile,
            Grouping::Whole => Self::Whole,
        }
    }
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// What stands between uploaded code and the server's user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Sandbox {
    /// Nothing: it runs with this user's rights.
    None,
}

/// Whom a command asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ServerName {
    /// Nobody: what is stored here is read.
    Local,
    /// The server at this address.
    Url(String),
}

/// Reads the address of a server; `local` stands for none.
pub(crate) fn server(text: &str) -> Result<ServerName, String> {
    let text = text.trim();
    if text == "local" {
        return Ok(ServerName::Local);
    }
    let host = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    match host.filter(|host| !host.is_empty() && !host.starts_with('/')) {
        Some(_) => Ok(ServerName::Url(text.to_owned())),
        None => Err("write it like http://127.0.0.1:7878, or `local` for what is stored here".to_owned()),
    }
}

/// Reads a label, `key=value`; a key alone has an empty value.
pub(crate) fn label(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').unwrap_or((text, ""));
    if key.is_empty() {
        return Err("write it like key=value".to_owned());
    }
    Ok((key.to_owned(), value.to_owned()))
}

/// Reads a duration that may be long: `90d`, `2w`, or as [`duration`].
pub(crate) fn age(text: &str) -> Result<Duration, String> {
    const DAY: u64 = 24 * 60 * 60;
    let text = text.trim();
    let days = |unit: char, days: u64| {
        let number: u64 = text.strip_suffix(unit)?.trim().parse().ok()?;
        number.checked_mul(days * DAY).map(Duration::from_secs)
    };
    match days('d', 1).or_else(|| days('w', 7)) {
        Some(age) => Ok(age),
        None => duration(text).map_err(|_| "write it like 90d, 2w or 12h".to_owned()),
    }
}

/// Reads a duration: `30s`, `2m`, `1h 30m`, or a number of seconds.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let bare = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let with_unit = if bare { format!("{text}s") } else { text.to_owned() };
    let duration: jiff::SignedDuration =
        with_unit.parse().map_err(|_| "write it like 30s, 2m or 1h 30m".to_owned())?;
    Duration::try_from(duration).map_err(|_| "it must not be negative".to_owned())
}

/// Reads a duration that is not nothing.
pub(crate) fn mark(text: &str) -> Result<Duration, String> {
    duration(text)
        .and_then(|mark| if mark.is_zero() { Err("it must be longer than 0".to_owned()) } else { Ok(mark) })
}

/// Reads the longest time for one file: more than nothing, at most a day.
pub(crate) fn timeout(text: &str) -> Result<Duration, String> {
    let timeout = duration(text)?;
    let fits = !timeout.is_zero() && timeout <= Duration::from_hours(24);
    if fits { Ok(timeout) } else { Err("it must be longer than 0 and at most 24h".to_owned()) }
}

/// Reads the time that tests get to clean up: at most 50 seconds.
pub(crate) fn grace(text: &str) -> Result<Duration, String> {
    let grace = duration(text)?;
    if grace <= Duration::from_secs(50) { Ok(grace) } else { Err("it must be at most 50s".to_owned()) }
}

/// Reads how long a token lives.
pub(crate) fn lifetime(text: &str) -> Result<Duration, String> {
    let lifetime = age(text)?;
    match lifetime.is_zero() {
        true => Err("it must be longer than 0; leave --lifetime out for a token that never ends".to_owned()),
        false => Ok(lifetime),
    }
}

/// Reads the name of who asks.
pub(crate) fn username(text: &str) -> Result<String, String> {
    check_username(text).map(|()| text.to_owned()).map_err(|refused| refused.to_string())
}

/// Reads an address to listen on; `localhost` is this machine's own.
pub(crate) fn bind(text: &str) -> Result<SocketAddr, String> {
    let text = text.trim();
    let own = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    let address = own.as_deref().unwrap_or(text).parse();
    address.map_err(|_| "write it like 127.0.0.1:7878, with an address and a port".to_owned())
}

/// Reads a name that a server is reached by.
pub(crate) fn host(text: &str) -> Result<String, String> {
    let bare = text.trim_matches(['[', ']']);
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
    };
    match is_name(text) || bare.parse::<Ipv6Addr>().is_ok() {
        true => Ok(text.to_owned()),
        false => Err("write a name alone, like ci.example, without http:// and without a port".to_owned()),
    }
}

/// Reads a size in bytes, with `KiB`, `MiB` or `GiB` behind it or not.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let shift = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kib" => 10,
        "m" | "mib" => 20,
        "g" | "gib" => 30,
        _ => return Err("write it like 500KiB, 64MiB or 1GiB".to_owned()),
    };
    let number: u64 = number.parse().map_err(|_| "write it like 500KiB, 64MiB or 1GiB".to_owned())?;
    number.checked_mul(1 << shift).ok_or_else(|| "it is too large".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let seconds = |n| Ok(Duration::from_secs(n));
        for (text, wanted) in [("30s", 30), ("2m", 120), ("1h 30m", 5_400), ("1h30m", 5_400), ("45", 45)] {
            assert_eq!(duration(text), seconds(wanted), "{text}");
        }
        assert_eq!(duration("0.5"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        for text in ["", "soon", "-5s", "1h-2m", "NaN", "9999999999999999999999s", "3 apples", "."] {
            assert!(duration(text).is_err(), "{text}");
        }
        assert_eq!(mark("1"), seconds(1));
        assert!(mark("0s").is_err() && mark("soon").is_err());
    }

    #[test]
    fn ages() {
        let days = |n: u64| Ok(Duration::from_secs(n * 86_400));
        for (text, wanted) in [("90d", 90), ("2w", 14), ("24h", 1), ("0", 0), (" 3 d", 3)] {
            assert_eq!(age(text), days(wanted), "{text}");
        }
        for text in ["", "d", "-1d", "1.5d", "99999999999999999d", "a while"] {
            assert!(age(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_out_of_range_is_refused() {
        assert!(timeout("24h").is_ok() && timeout("0").is_err() && timeout("24h 1s").is_err());
        assert!(grace("0").is_ok() && grace("50s").is_ok() && grace("51s").is_err());
        assert!(lifetime("1s").is_ok() && lifetime("0").is_err() && lifetime("0d").is_err());
        assert!(username("ada").is_ok() && username(" ").is_err() && username(&"x".repeat(65)).is_err());
    }

    #[test]
    fn addresses_and_names() {
        for (text, wanted) in
            [("127.0.0.1:1", "127.0.0.1:1"), ("localhost:0", "127.0.0.1:0"), (" [::1]:2", "[::1]:2")]
        {
            assert_eq!(bind(text).map(|address| address.to_string()), Ok(wanted.to_owned()), "{text}");
        }
        for text in ["", "localhost", "7878", ":7878", "example.org:1", "localhost:x", "http://127.0.0.1:1"] {
            assert!(bind(text).is_err(), "{text}");
        }
        for text in ["ci.example", "CI", "192.0.2.7", "::1", "[2001:db8::1]"] {
            assert_eq!(host(text), Ok(text.to_owned()));
        }
        for text in ["", " ", "ci.example:80", "https://ci.example", "ci.example/", "a b", "[ci]"] {
            assert!(host(text).is_err(), "{text}");
        }
    }

    #[test]
    fn servers_and_labels() {
        assert_eq!(server("local"), Ok(ServerName::Local));
        assert_eq!(server("http://x:1"), Ok(ServerName::Url("http://x:1".to_owned())));
        for text in ["", "x", "x:1", "ftp://x", "http://", "https:///x"] {
            assert!(server(text).is_err(), "{text}");
        }
        assert_eq!(label("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert_eq!(label("a"), Ok(("a".to_owned(), String::new())));
        assert!(label("=b").is_err());
    }

    #[test]
    fn sizes() {
        let all =
            [("0", 0), ("12", 12), ("12 B", 12), ("1k", 1 << 10), ("3KiB", 3 << 10), ("2 MiB", 2 << 20)];
        for (text, wanted) in all {
            assert_eq!(size(text), Ok(wanted), "{text}");
        }
        for text in ["", "KiB", "-1", "1.5GiB", "10 tons", "99999999999GiB"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
