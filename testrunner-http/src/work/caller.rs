//! Who asks on a worker's routes: a worker, in a version that is known here.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use testrunner_api::{Role, WORK_VERSION_HEADER, WORK_VERSIONS};

use super::Why;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::Api;
use crate::token::Identity;

/// A worker.
#[derive(Clone, Debug)]
pub(crate) struct WorkCaller(pub(super) Identity);

impl FromRequestParts<Api> for WorkCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let identity = parts.extensions.get::<Identity>().cloned().ok_or_else(Problem::unauthenticated)?;
        Caller(identity.clone()).require_worker()?;
        let mut told = parts.headers.get_all(WORK_VERSION_HEADER).iter();
        let version = match (told.next(), told.next()) {
            (Some(version), None) => version.to_str().ok().and_then(|text| text.parse().ok()),
            _ => None,
        };
        if version.is_some_and(|version: u32| WORK_VERSIONS.contains(&version)) {
            return Ok(Self(identity));
        }
        api.metrics.refused(Why::Version);
        Err(Problem::work_version(&WORK_VERSIONS))
    }
}

impl WorkCaller {
    /// Whether its token may still be used: asked again by who has waited for long.
    pub(super) async fn is_let_in(&self, api: &Api) -> bool {
        let identity = api.config.authenticator.is_valid(&self.0.token).await;
        identity.is_some_and(|identity| identity.role == Role::Worker)
    }
}
