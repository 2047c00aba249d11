//! Which ledger is meant.

use std::path::PathBuf;

/// Where Testruns are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StoreName {
    /// In the data folder.
    Folder,
    /// In this file.
    Sqlite(PathBuf),
    /// On the server at this address, which may have a password in it.
    Postgres(String),
}

/// Reads `sqlite:PATH` or `postgres://…`; `local` stands for the data folder.
pub(crate) fn store(text: &str) -> Result<StoreName, String> {
    let text = text.trim();
    if text == "local" {
        return Ok(StoreName::Folder);
    }
    if let Some(path) = text.strip_prefix("sqlite:").filter(|path| !path.is_empty()) {
        return Ok(StoreName::Sqlite(path.strip_prefix("//").unwrap_or(path).into()));
    }
    let host = text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://"));
    match host.filter(|host| !host.is_empty()) {
        Some(_) => Ok(StoreName::Postgres(text.to_owned())),
        None => {
            Err("write it like postgres://user@host/database or sqlite:PATH, or `local` for the data folder"
                .to_owned())
        }
    }
}

impl StoreName {
    /// As it may be shown: without a password.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Folder => "local".to_owned(),
            Self::Sqlite(path) => format!("sqlite:{}", path.display()),
            Self::Postgres(url) => without_password(url),
        }
    }
}

/// An address with `***` for the password in it.
pub(crate) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let Some((user, host)) = authority.rsplit_once('@') else { return url.to_owned() };
    match user.split_once(':') {
        Some((name, _)) => format!("{scheme}://{name}:***@{host}{tail}"),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ledgers_are_read() {
        assert_eq!(store("local"), Ok(StoreName::Folder));
        for path in ["sqlite:a/b.db", "sqlite://a/b.db"] {
            assert_eq!(store(path), Ok(StoreName::Sqlite("a/b.db".into())));
        }
        assert_eq!(store("sqlite:///x.db"), Ok(StoreName::Sqlite("/x.db".into())));
        for url in ["postgres://u@h/d", "postgresql://h"] {
            assert_eq!(store(url), Ok(StoreName::Postgres(url.to_owned())));
        }
        for bad in ["", "x", "sqlite:", "postgres://", "mysql://h/d", "http://h"] {
            assert!(store(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn passwords_are_not_shown() {
        for (url, shown) in [
            ("postgres://u:p@h:1/d?x=y", "postgres://u:***@h:1/d?x=y"),
            ("postgres://u:p@q@h/d", "postgres://u:***@h/d"),
            ("postgres://u@h/d", "postgres://u@h/d"),
            ("amqp://h/%2f", "amqp://h/%2f"),
            ("redis://:secret@h/0", "redis://:***@h/0"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}
