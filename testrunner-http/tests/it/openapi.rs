//! The description is committed, and true.

use std::path::Path;

/// What may be repeated says how often.
#[test]
fn repeated_parameters_are_bounded() {
    let document = serde_json::to_value(testrunner_http::document()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let parameters = paths.values().filter_map(|path| path["get"]["parameters"].as_array()).flatten();
    let lists: Vec<_> = parameters.filter(|parameter| parameter["schema"]["type"] == "array").collect();
    assert_eq!(lists.len(), 9);
    for list in lists {
        assert_eq!(list["schema"]["maxItems"], 16, "{list}");
    }
}

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
