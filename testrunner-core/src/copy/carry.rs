//! Carrying one Testrun over.

use std::collections::BTreeSet;

use super::Copying;
use super::error::{CopyError, Side};
use super::pages::{self, PAGE};
use super::survey::Step;
use crate::event::{Event, EventBody};
use crate::id::{Digest, Seq, TestrunId};
use crate::store::Record;
use crate::testrun::Source;

/// Digests that are asked for at once.
const DIGESTS: usize = 500;
/// Bytes of uploads that are put at once, if it is not one alone.
const UPLOADS: usize = 4 << 20;

impl Copying {
    /// `begun`: the target has events of it already.
    pub(super) async fn carry(&self, run: TestrunId, step: Step, begun: bool) -> Result<(), CopyError> {
        let (source, target) = (|| Side::From.of(Some(run)), || Side::To.of(Some(run)));
        if let Step::Renew(last) = step {
            self.to.take_apart(run, last).await.map_err(target())?;
        }
        let record = self.from.record(run).await.map_err(source())?;
        if matches!(record.run.summary.source, Source::Upload) {
            self.carry_uploads(&record).await?;
        }
        let last = record.last_seq();
        let mut after = if begun || step != Step::Carry { self.common(run).await? } else { Seq(0) };
        loop {
            let page = pages::events(&*self.from, run, after, last).await.map_err(source())?;
            let end = page.last().map_or(after, |event| event.seq);
            if end >= last || page.is_empty() {
                self.to.put(&record, after, &page).await.map_err(target())?;
                self.counter.carry(page.len(), output(&page));
                self.counter.did_one();
                return Ok(());
            }
            self.to.put_part(run, after, &page).await.map_err(target())?;
            self.counter.carry(page.len(), output(&page));
            after = end;
        }
    }

    async fn carry_uploads(&self, record: &Record) -> Result<(), CopyError> {
        let (source, target) = (|| Side::From.of(Some(record.id())), || Side::To.of(Some(record.id())));
        let digests: BTreeSet<Digest> = record.run.files.iter().filter_map(|file| file.digest).collect();
        let digests: Vec<Digest> = digests.into_iter().collect();
        for some in digests.chunks(DIGESTS) {
            let mut group: Vec<Vec<u8>> = Vec::new();
            let mut size = 0;
            for digest in self.to.lacking(some).await.map_err(target())? {
                let bytes = self.from.blob(digest).await.map_err(source())?;
                if size + bytes.len() > UPLOADS && !group.is_empty() {
                    self.to.put_blobs(&group).await.map_err(target())?;
                    group.clear();
                    size = 0;
                }
                size += bytes.len();
                self.counter.carry(0, bytes.len());
                group.push(bytes);
            }
            if !group.is_empty() {
                self.to.put_blobs(&group).await.map_err(target())?;
            }
        }
        Ok(())
    }

    /// Up to where the target has the events. What it has from elsewhere goes.
    async fn common(&self, run: TestrunId) -> Result<Seq, CopyError> {
        let mut after = Seq(0);
        loop {
            let stored = self.to.part(run, after, PAGE).await.map_err(Side::To.of(Some(run)))?;
            let Some(newest) = stored.last().map(|event| event.seq) else { return Ok(after) };
            let ours = pages::events(&*self.from, run, after, newest).await;
            let ours = ours.map_err(Side::From.of(Some(run)))?;
            let common = stored.len().min(ours.len());
            if common == 0 || stored[..common] != ours[..common] {
                self.to.drop_part(run).await.map_err(Side::To.of(Some(run)))?;
                return Ok(Seq(0));
            }
            after = stored[common - 1].seq;
        }
    }
}

/// Bytes of output in these events.
fn output(events: &[Event]) -> usize {
    let sizes = events.iter().map(|event| match &event.body {
        EventBody::Log(log) => log.data.len(),
        _ => 0,
    });
    sizes.sum()
}
