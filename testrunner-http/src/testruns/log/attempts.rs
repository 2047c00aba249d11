//! Which output is of attempts that were taken back.
//!
//! An attempt is an epoch of an item. When the item goes back to the queue, what that epoch said of files that it has
//! not finished no longer counts. The log says all of it, but perhaps a hundred megabytes away. So the items are
//! asked first, once a page: they tell it for nearly all output. The rest, files that one of several attempts has
//! finished and items that were cancelled, costs one or two short reads for each file of the page. Where also the
//! next page of the log does not tell, output is taken to count: what counts is never called old.

use std::collections::HashMap;

use testrunner_api::LogLine;
use testrunner_core::event::EventBody;

use testrunner_core::store::{CaseQuery, EventLimit};
use testrunner_core::testrun::{FileOutcome, Testrun};
use testrunner_core::{Epoch, FailReason, Item, ItemState, Seq};

use crate::problem::Problem;
use crate::state::Api;

/// Marks the pieces of superseded attempts.
pub(super) async fn mark(api: &Api, run: &Testrun, lines: &mut [LogLine]) -> Result<(), Problem> {
    if lines.is_empty() {
        return Ok(());
    }
    let items = api.engine.items(run.id()).await?;
    let again = items.iter().filter(|item| item.attempts > 1 || item.state != ItemState::Leased);
    let items: HashMap<u32, &Item> =
        again.flat_map(|item| item.files.iter().map(move |file| (*file, item))).collect();
    let mut known = HashMap::new();
    // From the last to the first: the later a piece, the sooner the log tells what became of its attempt.
    for line in lines.iter_mut().rev() {
        let (file, Some(epoch)) = (line.chunk.file, line.epoch) else { continue };
        let Some(item) = items.get(&file) else { continue };
        line.superseded = match known.get(&(file, epoch)) {
            Some(superseded) => *superseded,
            None => {
                let superseded = Attempt { api, run, item, epoch, file }.is_superseded(line.seq).await?;
                known.insert((file, epoch), superseded);
                superseded
            }
        };
    }
    Ok(())
}

/// One attempt at one file.
struct Attempt<'a> {
    api: &'a Api,
    run: &'a Testrun,
    item: &'a Item,
    epoch: Epoch,
    file: u32,
}

/// What an item tells of one of its attempts.
enum Told {
    Counts,
    TakenBack,
    Nothing,
}

impl Attempt<'_> {
    /// `seq` is an event of it, best a late one.
    async fn is_superseded(&self, seq: Seq) -> Result<bool, Problem> {
        let record = usize::try_from(self.file).ok().and_then(|index| self.run.files.get(index));
        let result = record.and_then(|record| record.result.as_ref());
        let committed = result.is_some_and(|result| result.outcome != FileOutcome::NotRun);
        match tell(self.item, self.epoch, committed) {
            Told::Counts => return Ok(false),
            Told::TakenBack => return Ok(true),
            Told::Nothing => {}
        }
        if committed && let Some(counts) = self.committed_epoch().await? {
            return Ok(counts != self.epoch);
        }
        self.ends_taken_back(seq).await
    }

    /// The epoch that the file's result is of: its cases were recorded under it. `None` when it has no cases.
    async fn committed_epoch(&self) -> Result<Option<Epoch>, Problem> {
        let query = CaseQuery { file: Some(self.file), outcome: None, after: Seq(0), limit: 1 };
        let run = self.run.id();
        let Some(case) = self.api.engine.cases(run, &query).await?.into_iter().next() else {
            return Ok(None);
        };
        let one = EventLimit { events: 1, ..EventLimit::default() };
        let page = self.api.engine.store().events(run, Seq(case.seq.0 - 1), one).await?;
        Ok(page.events.first().and_then(|event| event.epoch))
    }

    /// What the log says next of it, if it says so soon.
    async fn ends_taken_back(&self, seq: Seq) -> Result<bool, Problem> {
        let page = self.api.engine.store().events(self.run.id(), seq, EventLimit::default()).await?;
        let of_item = page.events.iter().filter(|event| event.item == Some(self.item.id));
        let mut ends = of_item.filter_map(|event| match &event.body {
            _ if event.epoch > Some(self.epoch) => Some(true),
            EventBody::ItemReturned { .. } => Some(true),
            EventBody::ItemFinished { .. } => Some(false),
            EventBody::FileFinished(finish) if finish.file == self.file => Some(false),
            _ => None,
        });
        Ok(ends.next().unwrap_or(false))
    }
}

/// What an item tells of its attempt `epoch` at a file that has a worker's result, or none.
fn tell(item: &Item, epoch: Epoch, committed: bool) -> Told {
    if committed && item.attempts <= 1 {
        return Told::Counts;
    }
    match (item.state, committed) {
        (ItemState::Cancelled, false) => Told::Nothing,
        (ItemState::Ready, false) if epoch == item.epoch => Told::TakenBack,
        _ if epoch == item.epoch => Told::Counts,
        (_, true) => Told::Nothing,
        // Who ends it for a lost worker raises the epoch; the attempt before was its last.
        (ItemState::Failed, false)
            if item.reason == Some(FailReason::WorkerLost) && epoch.0 + 1 == item.epoch.0 =>
        {
            Told::Counts
        }
        (_, false) => Told::TakenBack,
    }
}
