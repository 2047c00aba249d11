//! Bounds of what workers say.

use std::time::Duration;

use testrunner_api::{ClaimDocument, WORK_EVENTS, WORK_MANY};
use testrunner_core::WorkerId;
use testrunner_core::event::NewEvent;
use testrunner_core::store::{Candidates, ClaimRequest};
use testrunner_core::testrun::{Labels, check_labels, check_username};

use crate::problem::Problem;
use crate::token::Identity;

const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_hours(1);
const VERSION_BYTES: usize = 64;

/// A claim as the store takes it. Whose it is says the token, and the message only which of its workers.
///
/// # Errors
/// Something is out of bounds.
pub(super) fn claim(identity: &Identity, asked: ClaimDocument) -> Result<ClaimRequest, Problem> {
    if asked.max as usize > WORK_MANY {
        return Err(Problem::invalid("max", format!("it is at most {WORK_MANY}")));
    }
    many("executors", asked.executors.len())?;
    many("prefer", asked.prefer.len())?;
    many("items", asked.items.as_ref().map_or(0, Vec::len))?;
    Ok(ClaimRequest {
        from: asked.items.map_or(Candidates::Any, Candidates::Items),
        max: asked.max,
        worker: name(identity, &asked.worker)?,
        ttl: ttl(asked.ttl_us)?,
        executors: asked.executors,
        process: None,
        shared: true,
        prefer: asked.prefer,
    })
}

/// The name of a worker, bound to its token.
///
/// # Errors
/// It cannot be used.
pub(super) fn name(identity: &Identity, own: &str) -> Result<WorkerId, Problem> {
    // What stands before the last slash is the token's user, whatever anybody is called.
    if check_username(own).is_err() || own.contains('/') {
        return Err(Problem::invalid("worker", "it has 1 to 64 visible characters and no slash"));
    }
    Ok(WorkerId(format!("{}/{own}", identity.subject)))
}

/// # Errors
/// There are too many, or one is refused.
pub(super) fn labels(labels: &Labels) -> Result<(), Problem> {
    check_labels(labels).map_err(|refused| Problem::invalid("labels", refused.to_string()))
}

/// # Errors
/// It is no version that people can read.
pub(super) fn version(text: &str) -> Result<(), Problem> {
    if text.len() <= VERSION_BYTES && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    Err(Problem::invalid("version", "it has at most 64 visible ASCII characters"))
}

/// # Errors
/// There are too many.
pub(super) fn many(field: &str, count: usize) -> Result<(), Problem> {
    if count <= WORK_MANY {
        return Ok(());
    }
    Err(Problem::invalid(field, format!("{count} are more than the {WORK_MANY} allowed")))
}

/// # Errors
/// It is too short or too long.
pub(super) fn ttl(us: u64) -> Result<Duration, Problem> {
    let ttl = Duration::from_micros(us);
    if (SHORTEST..=LONGEST).contains(&ttl) {
        return Ok(ttl);
    }
    Err(Problem::invalid("ttl_us", "it is 100 ms to an hour, in microseconds"))
}

/// # Errors
/// There are too many.
pub(super) fn events(events: &[NewEvent]) -> Result<(), Problem> {
    if events.len() <= WORK_EVENTS {
        return Ok(());
    }
    Err(Problem::too_large("the events of one write", WORK_EVENTS as u64, "events"))
}
