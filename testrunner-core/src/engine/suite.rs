//! What timings are remembered under.

use crate::id::Digest;
use crate::testrun::{Source, TestrunSpec};

/// A folder's own files, or a user's uploads, with these settings of the executor: the time of a file of which one
/// test was selected says nothing about the whole of it.
pub(super) fn of(spec: &TestrunSpec) -> String {
    let whole = whole(spec);
    if spec.options.is_empty() {
        return whole;
    }
    let options = serde_json::Value::Object(spec.options.clone()).to_string();
    format!("{whole}#{}", Digest::of(options.as_bytes()))
}

/// The same without settings: what is known of these files when nothing else is.
pub(super) fn whole(spec: &TestrunSpec) -> String {
    match &spec.source {
        Source::Directory { root } => format!("{}:dir:{}", spec.executor, root.display()),
        Source::Upload => format!("{}:user:{}", spec.executor, spec.username),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_have_timings_of_their_own() {
        let spec = TestrunSpec::upload("pytest", "ada");
        assert_eq!(of(&spec), "pytest:user:ada");
        let one = spec.clone().option("keyword", "one");
        let two = spec.clone().option("keyword", "two");
        assert_eq!(of(&one), of(&spec.clone().option("keyword", "one")));
        assert!(of(&one).starts_with("pytest:user:ada#") && of(&one) != of(&two), "{}", of(&one));
        assert_eq!(whole(&one), of(&spec));
    }
}
