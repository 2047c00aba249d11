//! Submitting.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use testrunner_core::testrun::{Labels, Options};
use testrunner_core::{Plan, TestrunDocument};

/// What is asked for beside the files: the fields of the multipart form, each by this name. In the form `labels` is
/// written as `label` = `key=value`, once for each, and `options` as one JSON object.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewTestrun {
    /// Who asks: 1 to 64 visible characters. Without it: whom the token belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Name of the executor. Without it: `pytest`, or the only one there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executor: Option<String>,
    /// Settings of the executor.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub options: Options,
    /// For people and programs to find it by.
    #[serde(default)]
    pub labels: Labels,
    /// Larger goes first; -100 to 100.
    #[serde(default)]
    pub priority: i16,
    /// Stop after this many failed cases; 1 is fail-fast.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_fail: Option<u32>,
    /// Longest life of the whole Testrun, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u64>,
    /// Longest time for one file, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_timeout: Option<u64>,
    /// Time between asking a file to stop and killing it, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grace: Option<u64>,
    /// How files are grouped into items.
    #[serde(default)]
    pub plan: Plan,
}

impl NewTestrun {
    /// The fields of the form, in text, without those that say nothing.
    #[must_use]
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields = Vec::new();
        let mut add = |name, value: Option<String>| fields.extend(value.map(|value| (name, value)));
        add("username", self.username.clone());
        add("executor", self.executor.clone());
        let options = (!self.options.is_empty()).then(|| serde_json::Value::Object(self.options.clone()));
        add("options", options.map(|options| options.to_string()));
        add("priority", (self.priority != 0).then(|| self.priority.to_string()));
        add("max_fail", self.max_fail.map(|most| most.to_string()));
        add("timeout", self.timeout.map(|seconds| seconds.to_string()));
        add("file_timeout", self.file_timeout.map(|seconds| seconds.to_string()));
        add("grace", self.grace.map(|seconds| seconds.to_string()));
        let plan = match self.plan {
            Plan::Weighted => None,
            Plan::PerFile => Some("per_file"),
            Plan::Whole => Some("whole"),
        };
        add("plan", plan.map(str::to_owned));
        for (key, value) in &self.labels {
            add("label", Some(format!("{key}={value}")));
        }
        fields
    }

    /// Longest time for one file.
    #[must_use]
    pub fn file_timeout(&self) -> Option<Duration> {
        self.file_timeout.map(Duration::from_secs)
    }
}

/// What a submission brought about.
#[derive(Clone, Debug, PartialEq)]
pub struct Created {
    /// The Testrun with its files.
    pub testrun: TestrunDocument,
    /// It was there before, under the same idempotency key.
    pub existed: bool,
}
