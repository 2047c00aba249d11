//! Faults at random instants under load, one after another on the same fleet.

use std::time::{Duration, Instant};

use testrunner_core::TestrunId;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::block_in_place;

use super::broker::Broker;
use super::check::check;
use super::fault::{ALL, Fault};
use super::fleet::{Fleet, HOSTS, python};
use super::load::Load;
use super::needs::Programs;
use super::net::Net;
use super::tally::Tally;
use super::worker::By;
use crate::witness::dice::Dice;
use crate::witness::{Result, number, say};

/// Faults are before this, once tests run.
const LOADED: Duration = Duration::from_millis(2_500);
const CYCLES: u64 = 10;
const SLOTS: u16 = 2;

/// Takes `TESTRUNNER_FLEET_CYCLES` and `TESTRUNNER_FLEET_SEED`.
pub(crate) fn nothing_is_lost_between_hosts(programs: &Programs) -> Result {
    let cycles = number("TESTRUNNER_FLEET_CYCLES").unwrap_or(CYCLES);
    let seed = number("TESTRUNNER_FLEET_SEED").unwrap_or(u64::from(std::process::id()));
    let python = python()?;
    let net = Net::new(&HOSTS)?;
    let begun = Instant::now();
    let tally = inside(&net, async {
        let mut fleet = Fleet::start(&net, programs, python, true, SLOTS).await?;
        let mut tally = Tally::default();
        let survived = survive(&mut fleet, cycles, &mut Dice::of(seed), &mut tally).await;
        survived.map_err(|error| {
            format!(
                "TESTRUNNER_FLEET_SEED={seed}, cycle {}: {error}\n{tally}\n{}",
                tally.cycles,
                fleet.said()
            )
        })?;
        Ok(tally)
    })?;
    if tally.checked.submits == 0 || tally.checked.verdicts == 0 {
        return Err(format!("nothing was done: {tally}").into());
    }
    say(&format!("seed {seed}, {:.0} s\n{tally}", begun.elapsed().as_secs_f64()));
    Ok(())
}

/// Does something where the hosts are, until it is interrupted: also then all that it holds is dropped.
pub(crate) fn inside<T: Send>(net: &Net, work: impl Future<Output = Result<T>> + Send) -> Result<T> {
    net.hub().within(|| {
        // Its threads are where it is made.
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        runtime.block_on(async {
            let (mut interrupt, mut terminate) =
                (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
            tokio::select! {
                done = work => done,
                _ = interrupt.recv() => Err("interrupted".into()),
                _ = terminate.recv() => Err("terminated".into()),
            }
        })
    })
}

async fn survive(fleet: &mut Fleet, cycles: u64, dice: &mut Dice, tally: &mut Tally) -> Result {
    fleet.start_worker(0, By::Database)?;
    fleet.start_worker(1, By::Server)?;
    block_in_place(|| goes_through_the_broker(fleet))?;
    let (mut deck, mut last) = (Vec::new(), TestrunId(0));
    while tally.cycles < cycles {
        if deck.is_empty() {
            deck = shuffled(dice);
        }
        let Some(fault) = deck.pop() else { continue };
        tally.cycles += 1;
        *tally.faults.entry(fault).or_default() += 1;
        last = cycle(fleet, fault, dice, tally, last).await.map_err(|error| format!("{fault:?}: {error}"))?;
    }
    block_in_place(|| fleet.stop())
}

/// What happens to a broker that nobody uses proves nothing.
fn goes_through_the_broker(fleet: &Fleet) -> Result {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(60) {
        let queues = fleet.broker.as_ref().map(Broker::queues).transpose()?.unwrap_or_default();
        if queues
            .iter()
            .any(|queue| queue.split_whitespace().nth(1).is_some_and(|consumers| consumers != "0"))
        {
            return Ok(());
        }
    }
    Err("nobody takes from the broker".into())
}

/// A fault under load, and then all comes to its end.
async fn cycle(
    fleet: &mut Fleet,
    fault: Fault,
    dice: &mut Dice,
    tally: &mut Tally,
    last: TestrunId,
) -> Result<TestrunId> {
    let load = Load::start(fleet, tally.cycles, dice)?;
    load.is_under_way().await?;
    // The one place where time is the point: a fault comes at any instant.
    tokio::time::sleep(dice.before(LOADED)).await;
    let harm = block_in_place(|| fault.happen(fleet, dice))?;
    tally.answered = tally.answered.max(fleet.answers().await?);
    let mended = Instant::now();
    load.finish().await?;
    tally.settled = tally.settled.max(mended.elapsed());
    block_in_place(|| {
        fleet.fsck()?;
        let Fleet { workers, setup, .. } = &mut *fleet;
        workers.iter_mut().try_for_each(|worker| worker.is_tidy(setup))
    })?;
    let (checked, taken_over, last) = check(fleet, tally.cycles, &harm, last).await?;
    tally.checked.add(checked);
    tally.taken_over.add(taken_over);
    tally.cleaned = tally.cleaned.max(harm.cleaned.unwrap_or_default());
    if std::env::var_os("TESTRUNNER_FLEET_TALK").is_some() {
        say(&format!("cycle {} {fault:?}: {checked:?} {taken_over:?}", tally.cycles));
    }
    Ok(last)
}

/// Each once, so that a short run sees most of them.
fn shuffled(dice: &mut Dice) -> Vec<Fault> {
    let mut rest = ALL.to_vec();
    let mut deck = Vec::new();
    while !rest.is_empty() {
        let place = usize::try_from(dice.below(rest.len() as u64)).unwrap_or_default();
        deck.push(rest.swap_remove(place));
    }
    deck
}
