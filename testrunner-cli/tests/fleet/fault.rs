//! What goes wrong, and that it is mended again.

use std::thread::sleep;
use std::time::Duration;

use rustix::process::Signal;

use super::fleet::Fleet;
use super::harm::Harm;
use super::worker::By;
use crate::witness::Result;
use crate::witness::dice::Dice;
use crate::witness::victim::Whom;

/// One of the many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// kill -9 of a worker.
    WorkerKilled,
    /// A worker's machine is gone from one moment to the next: its network first, so that nobody hears of it.
    MachineLost,
    /// A worker's child dies: the fork server, a keeper or the tests.
    CellKilled,
    WorkerStoppedBriefly,
    /// SIGSTOP for longer than its lease.
    WorkerStoppedTooLong,
    WorkerCutOffBriefly,
    /// Its packets are lost for longer than its lease.
    WorkerCutOffTooLong,
    ServerKilled,
    ServerStopped,
    /// A restart in immediate mode.
    DatabaseCrashed,
    /// The broker holds its connections and does nothing.
    BrokerStopped,
    BrokerKilled,
    QueueDeleted,
    BrokerWiped,
}

/// All of them.
pub(crate) const ALL: [Fault; 14] = [
    Fault::WorkerKilled,
    Fault::MachineLost,
    Fault::CellKilled,
    Fault::WorkerStoppedBriefly,
    Fault::WorkerStoppedTooLong,
    Fault::WorkerCutOffBriefly,
    Fault::WorkerCutOffTooLong,
    Fault::ServerKilled,
    Fault::ServerStopped,
    Fault::DatabaseCrashed,
    Fault::BrokerStopped,
    Fault::BrokerKilled,
    Fault::QueueDeleted,
    Fault::BrokerWiped,
];

/// Shorter than a lease.
const BRIEF: [u64; 4] = [1, 2, 4, 7];
/// Longer than a lease, with and without another having taken over by then.
const LONG: [u64; 3] = [17, 20, 23];

impl Fault {
    /// Lets it happen and mends it. Takes as long as the fault lasts.
    pub(crate) fn happen(self, fleet: &mut Fleet, dice: &mut Dice) -> Result<Harm> {
        let place = usize::try_from(dice.below(2))?;
        let (brief, long) = (seconds(dice.one_of(&BRIEF)), seconds(dice.one_of(&LONG)));
        let pause = dice.before(seconds(3));
        match self {
            Self::WorkerKilled => {
                let mut harm = Harm::to_worker(fleet, place);
                fleet.workers[place].kill(Whom::Program)?;
                harm.cleaned = Some(fleet.workers[place].is_gone()?);
                sleep(pause);
                fleet.start_worker(place, kind(place, dice))?;
                Ok(harm)
            }
            Self::MachineLost => {
                let way = Way::Both;
                way.cut(fleet, place)?;
                let harm = Harm::to_worker(fleet, place);
                fleet.workers[place].kill(Whom::All)?;
                fleet.workers[place].host.clear()?;
                fleet.workers[place].is_gone()?;
                sleep(pause);
                way.mend(fleet, place)?;
                fleet.start_worker(place, kind(place, dice))?;
                Ok(harm)
            }
            Self::CellKilled => {
                let whom = dice.one_of(&[Whom::Zygote, Whom::Keeper, Whom::Child]);
                fleet.workers[place].kill(whom)?;
                Ok(Harm::none())
            }
            Self::WorkerStoppedBriefly => stop_worker(fleet, place, brief).map(|_| Harm::none()),
            Self::WorkerStoppedTooLong => stop_worker(fleet, place, long),
            Self::WorkerCutOffBriefly => cut_off(fleet, place, brief, dice).map(|_| Harm::none()),
            Self::WorkerCutOffTooLong => cut_off(fleet, place, long, dice),
            Self::ServerKilled => {
                let server = fleet.server()?;
                if !server.kill(Whom::Program)? {
                    return Err("the server ended by itself".into());
                }
                server.end(seconds(10))?;
                sleep(pause);
                fleet.start_server()?;
                Ok(Harm::none())
            }
            Self::ServerStopped => {
                fleet.server()?.signal(Signal::STOP)?;
                sleep(brief);
                fleet.server()?.signal(Signal::CONT)?;
                Ok(Harm::none())
            }
            Self::DatabaseCrashed => {
                fleet.database.crash(pause)?;
                fleet.unsettle();
                Ok(Harm::none())
            }
            Self::BrokerStopped | Self::BrokerKilled | Self::QueueDeleted | Self::BrokerWiped => {
                let broker = fleet.broker.as_mut().ok_or("there is no broker")?;
                match self {
                    Self::BrokerStopped => broker.hold(brief)?,
                    Self::BrokerKilled => broker.crash(pause)?,
                    Self::QueueDeleted => broker.delete_queues()?,
                    _ => broker.wipe()?,
                }
                Ok(Harm::none())
            }
        }
    }
}

const fn seconds(number: u64) -> Duration {
    Duration::from_secs(number)
}

/// The first is always next to the database; so there is a second janitor beside the server's.
fn kind(place: usize, dice: &mut Dice) -> By {
    if place == 0 { By::Database } else { dice.one_of(&[By::Database, By::Server]) }
}

fn stop_worker(fleet: &mut Fleet, place: usize, time: Duration) -> Result<Harm> {
    let harm = Harm::to_worker(fleet, place);
    fleet.workers[place].signal(Signal::STOP)?;
    sleep(time);
    fleet.workers[place].signal(Signal::CONT)?;
    Ok(harm)
}

fn cut_off(fleet: &Fleet, place: usize, time: Duration, dice: &mut Dice) -> Result<Harm> {
    let way = dice.one_of(&[Way::There, Way::Back, Way::Both]);
    let harm = Harm::to_worker(fleet, place);
    way.cut(fleet, place)?;
    sleep(time);
    way.mend(fleet, place)?;
    Ok(harm)
}

/// Which packets are lost.
#[derive(Clone, Copy, Debug)]
enum Way {
    There,
    Back,
    Both,
}

impl Way {
    fn cut(self, fleet: &Fleet, place: usize) -> Result {
        let (worker, others) = (&fleet.workers[place].host, &fleet.host);
        if !matches!(self, Self::Back) {
            worker.lose_what_goes_to(others)?;
        }
        if !matches!(self, Self::There) {
            others.lose_what_goes_to(worker)?;
        }
        Ok(())
    }

    fn mend(self, fleet: &Fleet, place: usize) -> Result {
        let (worker, others) = (&fleet.workers[place].host, &fleet.host);
        if !matches!(self, Self::Back) {
            worker.let_through_to(others)?;
        }
        if !matches!(self, Self::There) {
            others.let_through_to(worker)?;
        }
        Ok(())
    }
}
