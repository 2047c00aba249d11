//! What stands behind the question mark.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::misfit;
use crate::problem::Problem;

/// Parameters of the query. Lists are given by repeating a parameter. Unknown, wrong and repeated ones are
/// refused by name: 422.
#[derive(Clone, Copy, Debug, Default)]
pub struct ApiQuery<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for ApiQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        read(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

fn read<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    if !is_text(query) {
        return Err(Problem::invalid(
            "query",
            "every % must begin two hexadecimal digits, and all must be UTF-8",
        ));
    }
    let query = serde_html_form::Deserializer::from_bytes(query.as_bytes());
    serde_path_to_error::deserialize(query).map_err(|error| {
        let field = error.path().iter().next().map(ToString::to_string).unwrap_or_default();
        misfit(&field, &error.inner().to_string())
    })
}

/// Decoders take what is broken for replacement characters; here it is refused.
fn is_text(query: &str) -> bool {
    let mut bytes = query.bytes();
    while let Some(byte) = bytes.next() {
        let mut hex = || bytes.next().is_some_and(|digit| digit.is_ascii_hexdigit());
        if byte == b'%' && !(hex() && hex()) {
            return false;
        }
    }
    percent_encoding::percent_decode_str(query).decode_utf8().is_ok()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields, default)]
    struct Params {
        limit: Option<u32>,
        after: i64,
        label: Vec<String>,
        failed: bool,
        text: Option<String>,
    }

    #[test]
    fn lists_and_single_values() {
        let label = vec!["a=b".to_owned(), "ü c".to_owned()];
        let wanted = Params { limit: Some(5), after: -1, label, failed: true, text: Some("x y".to_owned()) };
        assert_eq!(
            read::<Params>("limit=5&after=-1&label=a%3Db&label=%C3%BC+c&failed=true&text=x%20y").unwrap(),
            wanted
        );
        assert_eq!(read::<Params>("").unwrap(), Params::default());
        assert_eq!(read::<Params>("label=one").unwrap().label, ["one"]);
    }

    #[test]
    fn refused_by_name() {
        for (query, code, field) in [
            ("limit=-1", "invalid", "limit"),
            ("limit=many", "invalid", "limit"),
            ("limit=99999999999999999999", "invalid", "limit"),
            ("limit=1&limit=2", "invalid", "limit"),
            ("failed=perhaps", "invalid", "failed"),
            ("sort=%3Bdrop", "unknown-field", "sort"),
            ("text=%", "invalid", "query"),
            ("text=%c0%ae", "invalid", "query"),
            ("text=%zz", "invalid", "query"),
        ] {
            let problem = read::<Params>(query).unwrap_err();
            let document = problem.document(None);
            let found = (problem.status().as_u16(), problem.code(), document.errors[0].field.as_str());
            assert_eq!(found, (422, code, field), "{query}: {document:?}");
        }
    }
}
