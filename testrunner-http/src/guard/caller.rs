//! Who asks, for handlers.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use testrunner_api::Role;

use crate::problem::Problem;
use crate::token::Identity;

/// Who asks: somebody who may read, at least. A handler without it lets everybody in that the guard lets in.
#[derive(Clone, Debug)]
pub struct Caller(pub Identity);

impl Caller {
    /// Who it is.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.0
    }

    /// The name that it submits under.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// Whether it may do what this role may.
    ///
    /// # Errors
    /// It may not.
    pub fn require(&self, role: Role) -> Result<(), Problem> {
        if rank(self.0.role) >= rank(role) && rank(role).is_some() {
            return Ok(());
        }
        Err(Problem::forbidden(format!("this needs the role {role}; the token has {}", self.0.role)))
    }

    /// Whether it is a worker: no other role may do what workers do.
    ///
    /// # Errors
    /// It is not.
    pub fn require_worker(&self) -> Result<(), Problem> {
        if self.0.role == Role::Worker {
            return Ok(());
        }
        let (worker, role) = (Role::Worker, self.0.role);
        Err(Problem::forbidden(format!("this needs the role {worker}; the token has {role}")))
    }

    /// Whether it may submit, stop, repeat and delete for this user: an admin for everybody, a submitter for itself.
    ///
    /// # Errors
    /// It may not.
    pub fn may_act_for(&self, username: &str) -> Result<(), Problem> {
        self.require(Role::Submitter)?;
        if self.0.role == Role::Admin || self.0.subject == username {
            return Ok(());
        }
        Err(Problem::subject_mismatch(&self.0.subject, username))
    }
}

/// Each may do what those below may. Workers stand apart, above and below nobody.
const fn rank(role: Role) -> Option<u8> {
    match role {
        Role::Viewer => Some(0),
        Role::Submitter => Some(1),
        Role::Admin => Some(2),
        Role::Worker => None,
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let identity = parts.extensions.get::<Identity>().cloned();
        let caller = Self(identity.ok_or_else(Problem::unauthenticated)?);
        caller.require(Role::Viewer)?;
        Ok(caller)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_what() {
        use Role::{Admin, Submitter, Viewer, Worker};
        let caller = |role| Caller(Identity { token: "t".to_owned(), subject: "ada".to_owned(), role });
        for (role, allowed) in [
            (Viewer, vec![Viewer]),
            (Submitter, vec![Viewer, Submitter]),
            (Admin, vec![Viewer, Submitter, Admin]),
            (Worker, vec![]),
        ] {
            for asked in [Viewer, Submitter, Admin, Worker] {
                assert_eq!(
                    caller(role).require(asked).is_ok(),
                    allowed.contains(&asked),
                    "{role} as {asked}"
                );
            }
        }
        for (role, own, others) in [
            (Viewer, Some("forbidden"), Some("forbidden")),
            (Submitter, None, Some("subject-mismatch")),
            (Admin, None, None),
            (Worker, Some("forbidden"), Some("forbidden")),
        ] {
            let code = |name| caller(role).may_act_for(name).err().map(|problem| problem.code());
            assert_eq!((code("ada"), code("bob")), (own, others), "{role}");
        }
        assert!(caller(Submitter).may_act_for("Ada").is_err());
        for role in [Viewer, Submitter, Admin, Worker] {
            assert_eq!(caller(role).require_worker().is_ok(), role == Worker, "{role}");
        }
    }
}
