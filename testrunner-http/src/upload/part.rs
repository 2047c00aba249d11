//! What a part of a form says of itself.

use axum::http::{HeaderMap, header};
use percent_encoding::percent_decode_str;

use crate::problem::{Problem, echo};

const HEADERS: usize = 8 << 10;

/// Name and file name of a part.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) filename: Option<String>,
}

impl Part {
    /// # Errors
    /// The headers are too long, say nothing, or contradict themselves.
    pub(super) fn read(headers: &HeaderMap) -> Result<Self, Problem> {
        let size: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        if size > HEADERS {
            return Err(Problem::invalid_multipart(format!(
                "the headers of a part have more than {HEADERS} bytes"
            )));
        }
        let mut given = headers.get_all(header::CONTENT_DISPOSITION).iter();
        let text = given.next().map(|value| std::str::from_utf8(value.as_bytes()));
        let (Some(Ok(text)), None) = (text, given.next()) else {
            return Err(Problem::invalid_multipart(
                "each part needs one header Content-Disposition, in UTF-8",
            ));
        };
        Self::parse(text)
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        let bad = || {
            Problem::invalid_multipart(format!(
                "a part's Content-Disposition cannot be read: {:?}",
                echo(text)
            ))
        };
        let (mut name, mut plain, mut extended) = (None, None, None);
        let rest =
            text.get(..9).filter(|kind| kind.eq_ignore_ascii_case("form-data")).and_then(|_| text.get(9..));
        for (key, value) in params(rest.ok_or_else(bad)?).ok_or_else(bad)? {
            let (place, value) = match key.as_str() {
                "name" => (&mut name, unescape(&value)),
                "filename" => (&mut plain, unescape(&value)),
                "filename*" => (&mut extended, utf8(&value).ok_or_else(bad)?),
                _ => continue,
            };
            if place.replace(value).is_some() {
                return Err(bad());
            }
        }
        let name = name.filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| Problem::invalid_multipart("a part has no name"))?;
        if let (Some(plain), Some(extended)) = (&plain, &extended)
            && plain != extended
        {
            return Err(Problem::invalid_filename(plain, "filename and filename* disagree"));
        }
        Ok(Self { name, filename: extended.or(plain) })
    }
}

/// `; key=value; key="value"`; `None` when it is anything else.
fn params(mut text: &str) -> Option<Vec<(String, String)>> {
    let mut params = Vec::new();
    loop {
        text = text.trim_start();
        if text.is_empty() {
            return Some(params);
        }
        text = text.strip_prefix(';')?.trim_start();
        if text.is_empty() {
            return Some(params);
        }
        let (key, rest) = text.split_once('=')?;
        if key.is_empty() || !key.bytes().all(|b| b.is_ascii_alphanumeric() || b"*-_".contains(&b)) {
            return None;
        }
        let (value, rest) = match rest.strip_prefix('"') {
            Some(quoted) => unquote(quoted)?,
            None => {
                let end = rest.find(';').unwrap_or(rest.len());
                let (value, rest) = rest.split_at_checked(end)?;
                (value.trim_end().to_owned(), rest)
            }
        };
        params.push((key.to_ascii_lowercase(), value));
        text = rest;
    }
}

/// Up to the closing quote. Some clients put a backslash before quotes, others none even before backslashes.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((place, c)) = chars.next() {
        match c {
            '"' => return Some((value, text.get(place + 1..)?)),
            '\\' => match chars.next_if(|(_, next)| matches!(next, '"' | '\\')) {
                Some((_, next)) => value.push(next),
                None => value.push('\\'),
            },
            c => value.push(c),
        }
    }
    None
}

/// What browsers escape in a quoted value, and nothing else.
fn unescape(value: &str) -> String {
    value.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n")
}

/// `UTF-8''…` of RFC 8187.
fn utf8(value: &str) -> Option<String> {
    let mut parts = value.splitn(3, '\'');
    let (charset, _language, text) = (parts.next()?, parts.next()?, parts.next()?);
    let decoded = percent_decode_str(text).decode_utf8().ok()?;
    charset.eq_ignore_ascii_case("utf-8").then(|| decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(text: &str) -> Result<(String, Option<String>), &'static str> {
        Part::parse(text).map(|part| (part.name, part.filename)).map_err(|problem| problem.code())
    }

    #[test]
    fn as_clients_write_it() {
        for (text, name, filename) in [
            ("form-data; name=\"username\"", "username", None),
            ("form-data; name=files; filename=a.py", "files", Some("a.py")),
            ("Form-Data;name=\"files\";filename=\"a/b c.py\"", "files", Some("a/b c.py")),
            ("form-data; name=\"files\"; filename=\"a%22b%0A.py\"", "files", Some("a\"b\n.py")),
            ("form-data; name=\"files\"; filename=\"a\\\"b.py\"", "files", Some("a\"b.py")),
            ("form-data; name=\"files\"; filename=\"C:\\x.py\"", "files", Some("C:\\x.py")),
            ("form-data; name=\"files\"; filename=\"a%2Fb.py\"", "files", Some("a%2Fb.py")),
            ("form-data; name=\"files\"; filename*=UTF-8''a%2F%C3%BC.py", "files", Some("a/ü.py")),
            ("form-data; name=\"files\"; filename=\"a.py\"; filename*=utf-8'en'a.py", "files", Some("a.py")),
            ("form-data; name=\"files\"; filename=\"\"", "files", Some("")),
            ("form-data; name=\"files\"; filename=\"ü;=.py\"; size=7;", "files", Some("ü;=.py")),
        ] {
            assert_eq!(part(text), Ok((name.to_owned(), filename.map(str::to_owned))), "{text}");
        }
    }

    #[test]
    fn refused() {
        for (text, code) in [
            ("form-data", "invalid-multipart"),
            ("form-data; name=\"\"", "invalid-multipart"),
            ("attachment; name=\"a\"", "invalid-multipart"),
            ("form-data; name=\"a", "invalid-multipart"),
            ("form-data; name=\"a\"; name=\"b\"", "invalid-multipart"),
            ("form-data; name=\"a\" filename=\"b\"", "invalid-multipart"),
            ("form-data; name", "invalid-multipart"),
            ("form-data; name=\"files\"; filename*=latin1''a", "invalid-multipart"),
            ("form-data; name=\"files\"; filename*=UTF-8''%ff", "invalid-multipart"),
            ("form-data; name=\"files\"; filename=\"a.py\"; filename*=UTF-8''b.py", "invalid-filename"),
        ] {
            assert_eq!(part(text), Err(code), "{text}");
        }
    }
}
