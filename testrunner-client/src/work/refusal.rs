//! What the server answers, in the store's words.

use testrunner_core::{StoreError, StoreErrorKind};

use crate::error::ClientError;

/// The error of a store that a worker knows what to do about.
pub(super) fn refusal(error: ClientError) -> StoreError {
    let kind = kind(&error);
    StoreError::new(kind, error.to_string()).caused_by(error)
}

fn kind(error: &ClientError) -> StoreErrorKind {
    let problem = match error {
        ClientError::Unreachable { .. } => return StoreErrorKind::Unavailable,
        ClientError::Problem { problem, .. } => problem,
        _ => return StoreErrorKind::Internal,
    };
    match (problem.status, problem.code.as_str()) {
        (403, "lease-refused" | "not-held") | (409, "fenced") => StoreErrorKind::Fenced,
        (409, "gap") => StoreErrorKind::Gap { expected_n: problem.expected_n.unwrap_or_default() },
        (409, _) => StoreErrorKind::Conflict,
        (404, _) => StoreErrorKind::NotFound,
        (413, _) => StoreErrorKind::TooLarge,
        (400 | 422, _) => StoreErrorKind::Invalid,
        (503, "busy") => StoreErrorKind::Busy,
        // A token may be renewed, and a file of tokens may be unreadable for a while: what was done is not given up for it.
        (401 | 408 | 429 | 502..=504 | 507, _) => StoreErrorKind::Unavailable,
        _ => StoreErrorKind::Internal,
    }
}

#[cfg(test)]
mod tests {
    use testrunner_api::ProblemDocument;

    use super::*;

    fn of(status: u16, code: &str) -> StoreErrorKind {
        let problem = serde_json::json!({
            "type": "x", "title": "x", "status": status, "code": code, "expected_n": 7
        });
        let problem: ProblemDocument =
            serde_json::from_value(problem).unwrap_or_else(|error| panic!("{error}"));
        refusal(ClientError::Problem { problem: Box::new(problem), retry_after: None }).kind()
    }

    #[test]
    fn each_says_what_can_be_done() {
        for (status, code, kind) in [
            (403, "lease-refused", StoreErrorKind::Fenced),
            (403, "not-held", StoreErrorKind::Fenced),
            (409, "fenced", StoreErrorKind::Fenced),
            (409, "gap", StoreErrorKind::Gap { expected_n: 7 }),
            (404, "not-found", StoreErrorKind::NotFound),
            (413, "too-large", StoreErrorKind::TooLarge),
            (422, "invalid", StoreErrorKind::Invalid),
            (503, "busy", StoreErrorKind::Busy),
            (503, "unavailable", StoreErrorKind::Unavailable),
            (502, "unavailable", StoreErrorKind::Unavailable),
            (401, "unauthenticated", StoreErrorKind::Unavailable),
            (403, "forbidden", StoreErrorKind::Internal),
            (426, "work-version", StoreErrorKind::Internal),
            (500, "internal", StoreErrorKind::Internal),
        ] {
            assert_eq!(of(status, code), kind, "{status} {code}");
        }
    }
}
