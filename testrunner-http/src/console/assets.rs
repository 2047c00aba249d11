//! The compiled files, whose names change with their content.

use std::fmt::Write as _;

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use rust_embed::RustEmbed;

use crate::problem::Problem;
use crate::testruns::etag::is_known;

/// What `just console` built. Part of the program also in debug builds: where it runs says nothing of where this crate is.
#[derive(RustEmbed)]
#[folder = "console/dist"]
pub(super) struct Dist;

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// One file.
pub(super) async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    let Some(file) = Dist::get(&format!("assets/{path}")) else {
        return Problem::no_route().into_response();
    };
    let tag = format!("\"{}\"", hex(&file.metadata.sha256_hash()));
    // Weak, because the bytes may be compressed on their way.
    let (Ok(weak), Ok(tag)) = (HeaderValue::try_from(format!("W/{tag}")), HeaderValue::try_from(tag)) else {
        return Problem::internal("a digest is no header").into_response();
    };
    let kind = mime_guess::from_path(&path).first_raw().unwrap_or("application/octet-stream");
    let told: [(HeaderName, HeaderValue); 3] = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, FOR_EVER),
        (header::ETAG, weak),
    ];
    if is_known(&headers, &tag) {
        return (StatusCode::NOT_MODIFIED, told).into_response();
    }
    (told, file.data).into_response()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
