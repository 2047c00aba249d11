//! The description is committed, and true.

use std::path::Path;

/// `UPDATE_DOCS=1` writes it anew.
#[test]
fn the_committed_description_is_the_one_that_is_served() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let mut text = testrunner_http::document().to_pretty_json().unwrap();
    text.push('\n');
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == text, "openapi.json is not what the code describes; run with UPDATE_DOCS=1");
}
