//! Settings of a Testrun that pytest understands.

use testrunner_core::executor::ExecError;
use testrunner_core::testrun::Options;

/// What [`Executor::check`](testrunner_core::executor::Executor::check) lets through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PytestOptions {
    /// Expression for `-k`.
    pub(crate) keyword: Option<String>,
    /// Expression for `-m`.
    pub(crate) marker: Option<String>,
    /// More arguments, before ours.
    pub(crate) args: Vec<String>,
    /// What files share.
    pub(crate) isolation_level: IsolationLevel,
}

/// How much the files of a Testrun are kept apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum IsolationLevel {
    /// A fresh process for each.
    #[default]
    File,
    /// Some share a process, one after the other.
    Group,
    /// All share one process.
    Run,
}

impl IsolationLevel {
    fn read(text: &str) -> Option<Self> {
        match text {
            "file" => Some(Self::File),
            "group" => Some(Self::Group),
            "run" => Some(Self::Run),
            _ => None,
        }
    }

    /// Most files for one process.
    pub(crate) const fn files(self) -> u32 {
        match self {
            Self::File => 1,
            Self::Group => 10,
            Self::Run => u32::MAX,
        }
    }
}

impl PytestOptions {
    /// Reads the options of a Testrun.
    ///
    /// # Errors
    /// Names the option and what it takes.
    pub(crate) fn read(options: &Options) -> Result<Self, ExecError> {
        let mut read = Self::default();
        for (name, value) in options {
            let text = || value.as_str().map(str::to_owned);
            let wrong = |takes| ExecError::fatal(format!("the option {name} takes {takes}, not {value}"));
            match name.as_str() {
                "keyword" => read.keyword = Some(text().ok_or_else(|| wrong("a text, as pytest's -k"))?),
                "marker" => read.marker = Some(text().ok_or_else(|| wrong("a text, as pytest's -m"))?),
                "args" => {
                    let all = value.as_array().and_then(|args| {
                        args.iter().map(|arg| arg.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
                    });
                    read.args = all.ok_or_else(|| wrong("a list of texts"))?;
                }
                "isolation_level" => {
                    let level = value.as_str().and_then(IsolationLevel::read);
                    read.isolation_level = level.ok_or_else(|| wrong("file, group or run"))?;
                }
                _ => {
                    return Err(ExecError::fatal(format!(
                        "the pytest executor has no option {name:?}; it knows keyword, marker, args and \
                         isolation_level"
                    )));
                }
            }
        }
        let texts = read.args.iter().chain(&read.keyword).chain(&read.marker);
        if let Some(bad) = texts.into_iter().find(|text| text.contains('\0')) {
            return Err(ExecError::fatal(format!("{bad:?} contains a zero byte, which no argument can")));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(value: Value) -> Result<PytestOptions, String> {
        let Value::Object(options) = value else { return Err("not an object".to_owned()) };
        PytestOptions::read(&options).map_err(|error| error.message)
    }

    #[test]
    fn known_options_are_read() {
        assert_eq!(read(json!({})), Ok(PytestOptions::default()));
        let read = read(json!({
            "keyword": "a and b", "marker": "slow", "args": ["-x", "--tb=short"], "isolation_level": "group"
        }));
        let args = vec!["-x".to_owned(), "--tb=short".to_owned()];
        let (keyword, marker) = (Some("a and b".to_owned()), Some("slow".to_owned()));
        assert_eq!(read, Ok(PytestOptions { keyword, marker, args, isolation_level: IsolationLevel::Group }));
    }

    #[test]
    fn others_are_refused_by_name() {
        for (options, says) in [
            (json!({"python": "/usr/bin/python3"}), "keyword, marker, args and isolation_level"),
            (json!({"isolation_level": "none"}), "isolation_level takes file, group or run, not \"none\""),
            (json!({"keyword": 3}), "keyword takes a text"),
            (json!({"args": "-x"}), "args takes a list of texts"),
            (json!({"args": [1]}), "args takes a list of texts"),
            (json!({"args": ["a\u{0}b"]}), "zero byte"),
        ] {
            let refused = read(options.clone());
            assert!(refused.as_ref().is_err_and(|message| message.contains(says)), "{options} {refused:?}");
        }
    }
}
