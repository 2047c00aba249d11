//! Looking at both ledgers before anything is changed.

use super::error::{CopyError, Side};
use super::pages::{self, Summaries};
use crate::id::{ItemId, Seq, TestrunId};
use crate::store::{Archive, other_by};
use crate::testrun::Summary;

/// What is to be done about a Testrun of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It is in the target already.
    Known,
    /// It is not.
    Carry,
    /// It is there as it was when it had this newest event, and nobody has worked on it there.
    Renew(Seq),
}

/// What is to be done, and what has not ended.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Oldest first.
    pub(super) steps: Vec<(TestrunId, Step)>,
    pub(super) open: Vec<TestrunId>,
}

pub(super) async fn survey(from: &dyn Archive, to: &dyn Archive, with_open: bool) -> Result<Plan, CopyError> {
    let (mut ours, mut theirs) = (Summaries::of(from, Side::From), Summaries::of(to, Side::To));
    let mut plan = Plan::default();
    loop {
        let (one, two) = (ours.peek().await?.map(|it| it.id), theirs.peek().await?.map(|it| it.id));
        if one.is_none() && two.is_none() {
            break;
        }
        let one = if one >= two { ours.next().await? } else { None };
        let two =
            if one.is_none() || one.as_ref().map(|it| it.id) == two { theirs.next().await? } else { None };
        match (one, two) {
            (Some(one), two) => {
                note_open(&one, &mut plan)?;
                let step = match two {
                    None => Step::Carry,
                    Some(two) => compare(from, to, &one, &two).await?,
                };
                plan.steps.push((one.id, step));
            }
            (None, Some(two)) => check_stranger(from, to, two.id).await?,
            (None, None) => {}
        }
    }
    plan.steps.reverse();
    plan.open.reverse();
    if !plan.open.is_empty() && !with_open {
        return Err(CopyError::Open { runs: plan.open });
    }
    Ok(plan)
}

fn note_open(run: &Summary, plan: &mut Plan) -> Result<(), CopyError> {
    if run.status.is_terminal() {
        return Ok(());
    }
    // Only that process may work on it, and it does so where it is.
    if run.pinned_to.is_some() {
        return Err(CopyError::Pinned { run: run.id });
    }
    plan.open.push(run.id);
    Ok(())
}

/// A Testrun of each under the same number.
async fn compare(
    from: &dyn Archive,
    to: &dyn Archive,
    one: &Summary,
    two: &Summary,
) -> Result<Step, CopyError> {
    let run = one.id;
    let differs = |what: String| CopyError::Differs { run, what };
    if let Some(what) = other_by(one, two) {
        return Err(differs(format!("its {what} is not the same")));
    }
    if one == two {
        return Ok(Step::Known);
    }
    if one.last_seq == two.last_seq {
        return Err(differs("it is as old and stands elsewhere".to_owned()));
    }
    if two.last_seq > one.last_seq {
        return Err(differs("it has gone on there".to_owned()));
    }
    if two.status.is_terminal() {
        return Err(differs("it has ended there".to_owned()));
    }
    match pages::first_difference(from, to, run, two.last_seq).await? {
        None => Ok(Step::Renew(two.last_seq)),
        Some(seq) => Err(differs(format!("its event {seq} is not the same"))),
    }
}

/// A Testrun that only the target has must not have anything that one of the source's needs.
async fn check_stranger(from: &dyn Archive, to: &dyn Archive, run: TestrunId) -> Result<(), CopyError> {
    let stranger = to.record(run).await.map_err(Side::To.of(Some(run)))?;
    let differs = |what| Err(CopyError::Differs { run, what });
    let items: Vec<ItemId> = stranger.items.iter().map(|row| row.item.id).collect();
    let taken = from.holders(&items).await.map_err(Side::From.of(Some(run)))?;
    if let Some((item, holder)) = taken.first() {
        return differs(format!("item {item} is one of its own, and one of Testrun {holder} of the source"));
    }
    let Some(known) = &stranger.idempotency else { return Ok(()) };
    let username = &stranger.run.summary.username;
    match from.keyed(username, &known.key).await.map_err(Side::From.of(Some(run)))? {
        None => Ok(()),
        Some(other) => differs(format!(
            "it has the idempotency key of Testrun {other} of the source, {:?} of {username}",
            known.key
        )),
    }
}
