//! The name that was probably meant.

/// The nearest of `names`, if it is near enough to be worth a question.
pub(super) fn nearest<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wrong = wrong.to_lowercase().replace('-', "_");
    names
        .map(|name| (strsim::jaro_winkler(&wrong, name), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_understood() {
        let names = || ["jobs", "timeout", "max_log", "maxfail", "data_dir"].into_iter();
        for (wrong, meant) in [
            ("job", Some("jobs")),
            ("time_out", Some("timeout")),
            ("max-log", Some("max_log")),
            ("DataDir", Some("data_dir")),
            ("zebra", None),
        ] {
            assert_eq!(nearest(wrong, names()), meant, "{wrong}");
        }
    }
}
