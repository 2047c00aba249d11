//! What engine and store answer, as problems.

use testrunner_core::testrun::InvalidSpec;
use testrunner_core::{EngineError, StoreError, StoreErrorKind};

use super::{Problem, echo};

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::InvalidSpec(error) => error.into(),
            EngineError::Store(error) => error.into(),
            EngineError::UnknownExecutor { name, known } => Self::invalid(
                "executor",
                format!("there is no executor {:?}; known are: {known}", echo(&name)),
            ),
            EngineError::Executor(error) => Self::invalid("options", error.message),
            EngineError::NothingToRerun { .. } => Self::conflict(error.to_string()),
            other => Self::internal(other),
        }
    }
}

impl From<InvalidSpec> for Problem {
    fn from(error: InvalidSpec) -> Self {
        match error {
            InvalidSpec::BlankUsername
            | InvalidSpec::LongUsername { .. }
            | InvalidSpec::ControlInUsername { .. } => Self::invalid_username(error.to_string()),
            InvalidSpec::BadPath { path, why } => Self::invalid_filename(&path, why),
            InvalidSpec::DuplicatePath { path } => Self::invalid_filename(&path, "it is given twice"),
            InvalidSpec::FileTooLarge { path, limit, .. } => {
                Self::too_large(format!("the file {:?}", echo(&path)), limit, "bytes")
            }
            InvalidSpec::TotalTooLarge { limit, .. } => Self::too_large("all files together", limit, "bytes"),
            InvalidSpec::TooManyFiles { limit, .. } => Self::too_large("one Testrun", limit as u64, "files"),
            InvalidSpec::NoTestFiles => Self::invalid("files", error.to_string()),
            InvalidSpec::OutOfRange { .. } => Self::invalid(field(&error), error.to_string()),
            other => Self::refused(other.to_string()),
        }
    }
}

/// The field of the form that a bound is of.
fn field(error: &InvalidSpec) -> &'static str {
    match error {
        InvalidSpec::OutOfRange { field: "the time limit of a file", .. } => "file_timeout",
        InvalidSpec::OutOfRange { field: "the grace period", .. } => "grace",
        InvalidSpec::OutOfRange { field: "the time limit of the Testrun", .. } => "timeout",
        InvalidSpec::OutOfRange { field, .. } => field,
        _ => "",
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let source =
            std::error::Error::source(&error).and_then(|source| source.downcast_ref::<InvalidSpec>());
        if let Some(invalid) = source {
            return invalid.clone().into();
        }
        match error.kind() {
            StoreErrorKind::NotFound => Self::not_found(error.to_string()),
            StoreErrorKind::Invalid => Self::refused(error.to_string()),
            StoreErrorKind::Conflict => Self::conflict(error.to_string()),
            StoreErrorKind::TooLarge => {
                Self::new(axum::http::StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Too large")
                    .detail(error.to_string())
            }
            StoreErrorKind::Busy | StoreErrorKind::Unavailable => Self::unavailable(chain(&error)),
            StoreErrorKind::Corrupt
            | StoreErrorKind::Internal
            | StoreErrorKind::Fenced
            | StoreErrorKind::Gap { .. } => Self::internal(chain(&error)),
        }
    }
}

/// An error with its causes, for the log.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use testrunner_core::TestrunId;

    use super::*;

    fn store(kind: StoreErrorKind) -> Problem {
        StoreError::new(kind, "SELECT secret FROM /home/ada/testrunner.db").into()
    }

    #[test]
    fn store_errors_have_their_status_and_keep_the_inside_in() {
        for (kind, status, code) in [
            (StoreErrorKind::Busy, 503, "unavailable"),
            (StoreErrorKind::Unavailable, 503, "unavailable"),
            (StoreErrorKind::Corrupt, 500, "internal"),
            (StoreErrorKind::Internal, 500, "internal"),
            (StoreErrorKind::Fenced, 500, "internal"),
        ] {
            let problem = store(kind);
            assert_eq!((problem.status().as_u16(), problem.code()), (status, code), "{kind:?}");
            let said = serde_json::to_string(&problem.document(Some("r1"))).unwrap();
            assert!(!said.contains("secret") && !said.contains("/home"), "{said}");
        }
        for (kind, status, code) in [
            (StoreErrorKind::Invalid, 422, "invalid"),
            (StoreErrorKind::Conflict, 409, "conflict"),
            (StoreErrorKind::TooLarge, 413, "too-large"),
        ] {
            let problem = store(kind);
            assert_eq!((problem.status().as_u16(), problem.code()), (status, code), "{kind:?}");
        }
        let missing = Problem::from(StoreError::no_testrun(TestrunId(7)));
        assert_eq!((missing.status().as_u16(), missing.code()), (404, "not-found"));
        assert_eq!(missing.document(None).detail.as_deref(), Some("there is no Testrun 7"));
    }

    #[test]
    fn specifications_name_the_field() {
        let long = "x".repeat(5_000);
        for (error, code, field) in [
            (InvalidSpec::BlankUsername, "invalid-username", "username"),
            (InvalidSpec::BadPath { path: long.clone(), why: "it is long" }, "invalid-filename", "files"),
            (InvalidSpec::DuplicatePath { path: long }, "invalid-filename", "files"),
            (InvalidSpec::NoTestFiles, "invalid", "files"),
            (InvalidSpec::OutOfRange { field: "max_fail", range: "at least 1" }, "invalid", "max_fail"),
        ] {
            let problem = Problem::from(EngineError::from(error));
            let document = problem.document(None);
            assert_eq!((problem.code(), document.errors[0].field.as_str()), (code, field));
            assert!(serde_json::to_string(&document).unwrap().len() < 1_000);
        }
        let mut spec = testrunner_core::TestrunSpec::upload("pytest", "ada").file("a.py", "");
        spec.limits.file_timeout = Duration::ZERO;
        let problem = Problem::from(spec.validate().unwrap_err());
        assert_eq!(problem.document(None).errors[0].field, "file_timeout");
        let mut spec = testrunner_core::TestrunSpec::upload("pytest", "ada").file("a.py", "");
        spec.limits.grace = Duration::from_mins(5);
        assert_eq!(Problem::from(spec.validate().unwrap_err()).document(None).errors[0].field, "grace");
        let mut spec = testrunner_core::TestrunSpec::upload("pytest", "ada").file("a.py", "");
        spec.time_limit = Some(Duration::ZERO);
        assert_eq!(Problem::from(spec.validate().unwrap_err()).document(None).errors[0].field, "timeout");
    }

    #[test]
    fn every_document_is_small() {
        let flood = "\u{202e}\n\"<script>".repeat(10_000);
        let mut problem = Problem::invalid(&flood, &flood).detail(&flood);
        for _ in 0..100 {
            problem = problem.field(&flood, "wrong");
        }
        let json = serde_json::to_vec(&problem.document(Some("r"))).unwrap();
        assert!(json.len() < 4_096, "{} bytes", json.len());
    }
}
