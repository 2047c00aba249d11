//! What workers alone are refused with.

use axum::http::StatusCode;

use super::Problem;

impl Problem {
    /// 403: the lease that is shown was not made here for this token.
    #[must_use]
    pub fn lease_refused() -> Self {
        Self::new(StatusCode::FORBIDDEN, "lease-refused", "This lease is not this token's")
            .detail("show the lease as the claim of this token answered it, to a server of the same fleet")
    }

    /// 403: nothing that this worker holds has what it asks for.
    #[must_use]
    pub fn not_held(what: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "not-held", "This lease does not reach so far")
            .detail(format!("the lease that is shown is not on an item of {what}"))
    }

    /// 409: the lease is over.
    #[must_use]
    pub fn fenced(detail: impl AsRef<str>) -> Self {
        Self::new(StatusCode::CONFLICT, "fenced", "The lease is no longer held").detail(detail)
    }

    /// 409: events are missing before these.
    #[must_use]
    pub fn gap(detail: impl AsRef<str>, expected_n: u64) -> Self {
        let mut problem = Self::new(StatusCode::CONFLICT, "gap", "Events are missing").detail(detail);
        problem.0.expected_n = Some(expected_n);
        problem
    }

    /// 426: another version of the workers' routes is spoken here.
    #[must_use]
    pub fn work_version(known: &[u32]) -> Self {
        let list = |prefix: &str| {
            let each: Vec<String> = known.iter().map(|version| format!("{prefix}{version}")).collect();
            each.join(", ")
        };
        let detail = format!(
            "send the header Testrunner-Work-Version; known here: {}. Use a worker of the server's version",
            list("")
        );
        let mut problem =
            Self::new(StatusCode::UPGRADE_REQUIRED, "work-version", "Not in this version").detail(detail);
        problem.0.upgrade = Some(list("testrunner-work/"));
        problem
    }
}
