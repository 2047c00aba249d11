//! Going through a ledger a page at a time.

use std::collections::VecDeque;

use super::error::{CopyError, Side};
use crate::event::Event;
use crate::id::{Seq, TestrunId};
use crate::store::{Archive, EventLimit, ListQuery, StoreResult};
use crate::testrun::Summary;

/// What is held of a log at once.
pub(super) const PAGE: EventLimit = EventLimit { events: 4_000, bytes: 4 << 20 };

/// Every Testrun of a ledger, newest first.
pub(super) struct Summaries<'a> {
    ledger: &'a dyn Archive,
    side: Side,
    page: VecDeque<Summary>,
    query: Option<ListQuery>,
}

impl<'a> Summaries<'a> {
    pub(super) fn of(ledger: &'a dyn Archive, side: Side) -> Self {
        let query = Some(ListQuery { limit: 500, ..ListQuery::default() });
        Self { ledger, side, page: VecDeque::new(), query }
    }

    /// The next one, left where it is.
    pub(super) async fn peek(&mut self) -> Result<Option<&Summary>, CopyError> {
        while self.page.is_empty()
            && let Some(query) = self.query.take()
        {
            let page = self.ledger.list(&query).await.map_err(self.side.of(None))?;
            self.query = page.next.map(|next| ListQuery { before: Some(next), ..query });
            self.page = page.rows.into();
        }
        Ok(self.page.front())
    }

    pub(super) async fn next(&mut self) -> Result<Option<Summary>, CopyError> {
        self.peek().await?;
        Ok(self.page.pop_front())
    }
}

/// The events after `after` up to `last`, as many as a page holds.
pub(super) async fn events(
    ledger: &dyn Archive,
    run: TestrunId,
    after: Seq,
    last: Seq,
) -> StoreResult<Vec<Event>> {
    let mut events = ledger.events(run, after, PAGE).await?.events;
    events.retain(|event| event.seq <= last);
    Ok(events)
}

/// The first place at which the logs of both ledgers are not the same, up to `last`.
pub(super) async fn first_difference(
    from: &dyn Archive,
    to: &dyn Archive,
    run: TestrunId,
    last: Seq,
) -> Result<Option<Seq>, CopyError> {
    let mut after = Seq(0);
    while after < last {
        let one = events(from, run, after, last).await.map_err(Side::From.of(Some(run)))?;
        let two = events(to, run, after, last).await.map_err(Side::To.of(Some(run)))?;
        let common = one.len().min(two.len());
        if let Some(at) = (0..common).find(|at| one[*at] != two[*at]) {
            return Ok(Some(one[at].seq));
        }
        if common == 0 {
            return Ok(Some(Seq(after.0 + 1)));
        }
        after = one[common - 1].seq;
    }
    Ok(None)
}
