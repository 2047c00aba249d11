//! The fields of the form.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use testrunner_api::{FieldError, NewTestrun};
use testrunner_core::Plan;
use testrunner_core::testrun::Options;

use crate::problem::Problem;

const PRIORITIES: std::ops::RangeInclusive<i16> = -100..=100;

/// The form as OpenAPI describes it.
#[derive(Debug, utoipa::ToSchema)]
#[expect(dead_code, reason = "read by the description only")]
pub(crate) struct TestrunForm {
    /// Who asks. Without it: whom the token belongs to.
    #[schema(min_length = 1, max_length = 64)]
    username: Option<String>,
    /// Name of the executor.
    executor: Option<String>,
    /// Settings of the executor: a JSON object.
    options: Option<String>,
    /// `key=value`; as often as wanted.
    label: Option<Vec<String>>,
    /// Larger goes first.
    #[schema(minimum = -100, maximum = 100)]
    priority: Option<i16>,
    /// Stop after this many failed cases.
    #[schema(minimum = 1)]
    max_fail: Option<u32>,
    /// Longest life of the whole Testrun, in seconds.
    #[schema(minimum = 1, maximum = 604800)]
    timeout: Option<u64>,
    /// Longest time for one file, in seconds.
    #[schema(minimum = 1, maximum = 86400)]
    file_timeout: Option<u64>,
    /// Time between asking a file to stop and killing it, in seconds.
    #[schema(maximum = 50)]
    grace: Option<u64>,
    /// How files are grouped into items.
    plan: Option<Plan>,
    /// The files; the file name of each part is its relative path.
    #[schema(value_type = Option<Vec<String>>, format = Binary)]
    files: Option<Vec<Vec<u8>>>,
    /// A .zip or .tar.gz of them.
    #[schema(value_type = Option<String>, format = Binary)]
    archive: Option<Vec<u8>>,
}

/// Reads the fields of a form.
///
/// # Errors
/// Names each field that is unknown, given twice or has a bad value.
pub(super) fn read(fields: BTreeMap<String, Vec<String>>) -> Result<NewTestrun, Problem> {
    let mut asked = NewTestrun::default();
    let mut wrong = Vec::new();
    for (name, values) in fields {
        if let Err(detail) = set(&mut asked, &name, values) {
            wrong.push(FieldError { field: name, detail });
        }
    }
    if wrong.is_empty() { Ok(asked) } else { Err(Problem::invalid_fields(wrong)) }
}

fn set(asked: &mut NewTestrun, name: &str, values: Vec<String>) -> Result<(), String> {
    if name == "label" {
        for label in values {
            let (key, value) = label.split_once('=').unwrap_or((&label, ""));
            if asked.labels.insert(key.to_owned(), value.to_owned()).is_some() {
                return Err(format!("the label {key:?} is given twice"));
            }
        }
        return Ok(());
    }
    let mut values = values.into_iter();
    let (Some(value), None) = (values.next(), values.next()) else { return Err("given twice".to_owned()) };
    match name {
        "username" => asked.username = Some(value),
        "executor" => asked.executor = Some(value),
        "options" => asked.options = options(&value)?,
        "priority" => asked.priority = priority(&value)?,
        "max_fail" => asked.max_fail = Some(number(&value)?),
        "timeout" => asked.timeout = Some(number(&value)?),
        "file_timeout" => asked.file_timeout = Some(number(&value)?),
        "grace" => asked.grace = Some(number(&value)?),
        "plan" => asked.plan = plan(&value)?,
        _ => return Err("there is no such field".to_owned()),
    }
    Ok(())
}

fn options(text: &str) -> Result<Options, String> {
    serde_json::from_str(text).map_err(|error| format!("not a JSON object: {error}"))
}

fn priority(text: &str) -> Result<i16, String> {
    let given: i16 = number(text)?;
    if PRIORITIES.contains(&given) { Ok(given) } else { Err("it must be -100 to 100".to_owned()) }
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| "it must be a whole number, and not too large".to_owned())
}

fn plan(text: &str) -> Result<Plan, String> {
    word(text).ok_or_else(|| "it must be weighted, per_file or whole".to_owned())
}

fn word<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(fields: &[(&str, &str)]) -> BTreeMap<String, Vec<String>> {
        let mut form = BTreeMap::<String, Vec<String>>::new();
        for (name, value) in fields {
            form.entry((*name).to_owned()).or_default().push((*value).to_owned());
        }
        form
    }

    #[test]
    fn what_is_written_is_read() {
        let asked = read(form(&[
            ("username", "ada"),
            ("options", r#"{"keyword":"a"}"#),
            ("label", "ci=7"),
            ("label", "nightly"),
            ("priority", "-3"),
            ("max_fail", "1"),
            ("timeout", "60"),
            ("plan", "per_file"),
        ]))
        .unwrap();
        let again: Vec<_> = asked.fields();
        let fields: Vec<(&str, &str)> = again.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(read(form(&fields)).unwrap(), asked);
        assert_eq!(asked.labels.get("nightly").map(String::as_str), Some(""));
        assert_eq!(asked.plan, Plan::PerFile);
    }

    #[test]
    fn each_bad_field_is_named() {
        for (name, value) in [
            ("user", "ada"),
            ("options", "[]"),
            ("options", "{"),
            ("priority", "101"),
            ("priority", "high"),
            ("max_fail", "-1"),
            ("timeout", "9999999999999999999999"),
            ("timeout", "NaN"),
            ("plan", "fast"),
        ] {
            assert!(read(form(&[(name, value)])).is_err(), "{name}={value}");
        }
        assert!(read(form(&[("username", "a"), ("username", "b")])).is_err());
        assert!(read(form(&[("label", "a=1"), ("label", "a=2")])).is_err());
    }
}
