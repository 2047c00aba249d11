//! A body of JSON.

use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use http_body_util::{BodyExt as _, Limited};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use testrunner_api::WORK_BYTES;

use super::strict::Strict;
use super::{misfit, pointer};
use crate::guard::deadline;
use crate::problem::Problem;

const MOST: usize = 1 << 20;
const BOM: &[u8] = "\u{feff}".as_bytes();

/// A body of JSON, at most 1 MiB: an object that everybody reads alike.
///
/// Refused: another content type or character set (415), more bytes (413), a byte order mark, a name given twice,
/// anything after the end, more than 128 levels (400, with line and column), unknown and wrong fields (422, by name).
#[derive(Clone, Copy, Debug, Default)]
pub struct ApiJson<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for ApiJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        receive(request, MOST).await.map(Self)
    }
}

/// As [`ApiJson`], at most 4 MiB: what workers write.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct WriteJson<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for WriteJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        receive(request, WORK_BYTES).await.map(Self)
    }
}

async fn receive<T: DeserializeOwned>(request: Request, most: usize) -> Result<T, Problem> {
    check_type(request.headers())?;
    let body = Limited::new(request.into_body(), most).collect().await;
    let body = body.map_err(|error| deadline::broken(&*error, "the body", most as u64))?;
    read(&body.to_bytes())
}

fn check_type(headers: &HeaderMap) -> Result<(), Problem> {
    let refuse = || Problem::unsupported_media_type("the body must be application/json, in UTF-8");
    let mut given = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(kind), None) = (given.next(), given.next()) else { return Err(refuse()) };
    let mut parts = kind.to_str().map_err(|_| refuse())?.split(';').map(str::trim);
    if !parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/json")) {
        return Err(refuse());
    }
    let utf8 = |part: &str| {
        part.split_once('=').is_some_and(|(name, value)| {
            name.eq_ignore_ascii_case("charset") && value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        })
    };
    if parts.filter(|part| !part.is_empty()).all(utf8) { Ok(()) } else { Err(refuse()) }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if bytes.starts_with(BOM) {
        return Err(Problem::invalid_json("a byte order mark is not allowed", 1, 1));
    }
    let Strict = serde_json::from_slice(bytes).map_err(|error| unreadable(&error))?;
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return Err(Problem::invalid_json("expected an object", 1, 1));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let field = pointer(error.path());
        let inner = error.inner();
        match inner.classify() {
            Category::Data => misfit(&field, &said(inner)),
            _ => unreadable(inner),
        }
    })
}

fn unreadable(error: &serde_json::Error) -> Problem {
    Problem::invalid_json(said(error), error.line(), error.column())
}

/// The message without the place, which is told apart.
fn said(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&place).map(str::to_owned).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Order {
        count: u32,
        #[serde(default)]
        labels: BTreeMap<String, String>,
        #[serde(default)]
        options: serde_json::Value,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Nothing {}

    #[test]
    fn what_everybody_reads_alike() {
        let order: Order = read(b" {\"count\": 3, \"labels\": {\"a\": \"b\"}}\n").unwrap();
        assert_eq!(order.count, 3);
        assert_eq!(order.labels["a"], "b");
    }

    #[test]
    fn unreadable_with_its_place() {
        let deep = format!("{{\"count\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
        for (name, body, place) in [
            ("invalid", "{\"count\": }", "line 1 column 11"),
            ("empty", "", "line 1 column 0"),
            ("NaN", "{\"count\": NaN}", "line 1 column 11"),
            ("twice", "{\"count\": 1,\n\"count\": 2}", "line 2 column"),
            ("twice below", "{\"count\": 1, \"labels\": {\"a\": \"1\", \"a\": \"2\"}}", "line 1 column"),
            ("twice in what is free", "{\"count\": 1, \"options\": [{\"a\": 1, \"a\": 2}]}", "line 1 column"),
            ("deep", &deep, "line 1 column"),
            ("byte order mark", "\u{feff}{\"count\": 1}", "line 1 column 1"),
            ("trailing data", "{\"count\": 1} {}", "line 1 column 14"),
            ("array", "[]", "line 1 column 1"),
            ("number", "7", "line 1 column 1"),
            ("bad escape", "{\"count\": 1, \"\\ud800\": 1}", "line 1 column"),
        ] {
            let problem = read::<Order>(body.as_bytes()).unwrap_err();
            assert_eq!((problem.status().as_u16(), problem.code()), (400, "invalid-json"), "{name}");
            let detail = problem.document(None).detail.unwrap();
            assert!(detail.contains(place), "{name}: {detail}");
        }
        let problem = read::<Order>(b"{\"count\": 1, \"a\xff\": 1}").unwrap_err();
        assert_eq!(problem.code(), "invalid-json");
    }

    #[test]
    fn misfits_are_named() {
        for (body, code, field) in [
            ("{\"count\": 1, \"colour\": \"red\"}", "unknown-field", "colour"),
            ("{\"count\": -1}", "invalid", "/count"),
            ("{\"count\": 99999999999999999999}", "invalid", "/count"),
            ("{\"count\": 1, \"labels\": {\"a/b\": 1}}", "invalid", "/labels/a~1b"),
            ("{}", "invalid", ""),
        ] {
            let problem = read::<Order>(body.as_bytes()).unwrap_err();
            let document = problem.document(None);
            let found = (problem.status().as_u16(), problem.code(), document.errors[0].field.as_str());
            assert_eq!(found, (422, code, field), "{body}");
        }
        let problem = read::<Nothing>(b"{\"a\": 1}").unwrap_err();
        assert_eq!((problem.code(), problem.document(None).errors[0].field.as_str()), ("unknown-field", "a"));
    }
}
