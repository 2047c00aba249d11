//! How one large Testrun spreads over workers, and what the second worker buys. Figures, all from the event log.

use std::collections::BTreeMap;
use std::time::Duration;

use testrunner_core::{EventBody, TestrunId, Timestamp};
use tokio::task::block_in_place;

use super::chaos::inside;
use super::fleet::{Fleet, HOSTS, python};
use super::needs::Programs;
use super::net::Net;
use super::worker::By;
use crate::witness::book::{Book, Entry};
use crate::witness::files::upload;
use crate::witness::follow::submit_and_follow;
use crate::witness::journal::Journal;
use crate::witness::{Result, number, say};

/// As many as one Testrun may have, beside the file that all share.
const FILES: u64 = 1_999;
const TRIVIAL: &str = "def test_a(): pass\ndef test_b(): pass\n";

/// Takes `TESTRUNNER_FLEET_FILES`.
pub(crate) fn two_workers_share_the_work(programs: &Programs) -> Result {
    let files = number("TESTRUNNER_FLEET_FILES").unwrap_or(FILES);
    let python = python()?;
    let net = Net::new(&HOSTS)?;
    let rows = inside(&net, async {
        // One slot each: a worker for each processor.
        let mut fleet = Fleet::start(&net, programs, python, false, 1).await?;
        let mut rows = Vec::new();
        for (number, workers) in
            [&[By::Database][..], &[By::Database, By::Database], &[By::Database, By::Server]]
                .into_iter()
                .enumerate()
        {
            for (place, by) in workers.iter().enumerate() {
                fleet.start_worker(place, *by)?;
            }
            let row = measure(&fleet, u64::try_from(number)?, files).await;
            rows.push(row.map_err(|error| format!("{error}\n{}", fleet.said()))?);
            for worker in &mut fleet.workers[..workers.len()] {
                block_in_place(|| worker.stop())?;
            }
        }
        Ok(rows)
    })?;
    say(&table(files, &rows));
    let shares = rows[1].by_worker.values().map(|share| share.files).collect::<Vec<_>>();
    if shares.len() != 2 || shares.iter().any(|share| share * 5 < files) {
        return Err(format!("the work is not shared: {shares:?}").into());
    }
    Ok(())
}

/// What one Testrun came to.
#[derive(Debug)]
struct Row {
    /// From the first item's start to the end.
    wall: Duration,
    /// From the submit to the first item's start.
    waited: Duration,
    by_worker: BTreeMap<String, Share>,
}

#[derive(Debug, Default)]
struct Share {
    items: u64,
    files: u64,
    busy: Duration,
}

/// Submits, follows, and reads it off the log.
async fn measure(fleet: &Fleet, number: u64, files: u64) -> Result<Row> {
    let journal = Journal::new(&fleet.setup.journal(number))?;
    let names: Vec<String> = (0..files).map(|n| format!("part_{}/test_{n}.py", n / 100)).collect();
    let files = upload(names.iter().map(|name| (name.as_str(), TRIVIAL)), &fleet.setup.executions());
    submit_and_follow(&fleet.door, &format!("speed-{number}"), files, &journal).await?;
    let store = fleet.store().await?;
    let book = Book::read(&store, TestrunId(0)).await;
    store.close().await;
    let book = book?;
    row(book.0.values().next_back().ok_or("there is no Testrun")?)
}

fn row(entry: &Entry) -> Result<Row> {
    let (mut by_worker, mut open) = (BTreeMap::<String, Share>::new(), BTreeMap::new());
    let mut first = None;
    for event in &entry.log {
        let Some(item) = event.item else { continue };
        match &event.body {
            EventBody::ItemStarted { worker, .. } => {
                first = first.or(Some(event.at));
                open.insert(item, (worker.0.clone(), event.at));
            }
            EventBody::FileFinished(_) => {
                let (worker, _) = open.get(&item).ok_or("a file has a worker")?;
                by_worker.entry(worker.clone()).or_default().files += 1;
            }
            EventBody::ItemFinished { .. } => {
                let (worker, begun) = open.remove(&item).ok_or("an item has a worker")?;
                let share = by_worker.entry(worker).or_default();
                share.items += 1;
                share.busy += event.at.since(begun);
            }
            _ => {}
        }
    }
    let at = |event: Option<&testrunner_core::Event>| event.map(|event| event.at).ok_or("a log has events");
    let (created, end) = (at(entry.log.first())?, at(entry.log.last())?);
    let first: Timestamp = first.ok_or("an item was started")?;
    Ok(Row { wall: end.since(first), waited: first.since(created), by_worker })
}

fn table(files: u64, rows: &[Row]) -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let mut text = format!("{files} files, one slot a worker, load {}\n", load.trim());
    text.push_str("| workers | wall s | speed-up | waited s | idle slot time | files (items) by worker |\n");
    text.push_str("| --- | --- | --- | --- | --- | --- |\n");
    let alone = rows.first().map_or(0.0, |row| row.wall.as_secs_f64());
    for (kinds, row) in ["database", "database, database", "database, server"].iter().zip(rows) {
        let wall = row.wall.as_secs_f64();
        let workers = kinds.split(',').count();
        let busy: Duration = row.by_worker.values().map(|share| share.busy).sum();
        let slots = u32::try_from(workers).map_or(1.0, f64::from);
        let idle = 100.0 * (1.0 - busy.as_secs_f64() / (wall * slots));
        let shares: Vec<String> =
            row.by_worker.values().map(|share| format!("{} ({})", share.files, share.items)).collect();
        text.push_str(&format!(
            "| {kinds} | {wall:.1} | {:.2} | {:.2} | {idle:.1} % | {} |\n",
            alone / wall,
            row.waited.as_secs_f64(),
            shares.join(", ")
        ));
    }
    text
}
