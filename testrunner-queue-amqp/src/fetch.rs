//! Fetches messages, but only while somebody waits for them.

use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt as _;
use lapin::message::Delivery;
use lapin::options::{BasicCancelOptions, BasicConsumeOptions, BasicNackOptions, BasicQosOptions};
use lapin::types::FieldTable;
use lapin::{Acker, Channel};
use testrunner_core::queue::{Counts, Ticket, Tray};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::error::{Error, Result};

/// How long the consumer stays when nobody waits: a worker that looked for work comes back sooner.
const LINGER: Duration = Duration::from_millis(100);

/// The side of a queue that takes from the broker.
pub(crate) struct Fetcher<'a> {
    pub(crate) channel: &'a Channel,
    pub(crate) queue: &'a str,
    pub(crate) tray: &'a Tray<Acker>,
    pub(crate) counts: &'a Counts,
}

impl Fetcher<'_> {
    /// Fetches until the channel fails.
    pub(crate) async fn run(&self) -> Error {
        let mut wanted = self.tray.wanted();
        // Never used twice: the broker counts what a tag has not acknowledged.
        for tag in 0_u64.. {
            let Ok(count) = wanted.wait_for(|count| *count > 0).await.map(|count| *count) else { break };
            if let Err(error) = self.consume(&format!("tickets-{tag}"), count, &mut wanted).await {
                return error;
            }
        }
        Error::Closed
    }

    /// Lets the broker deliver as many as are wanted, until that number changes.
    async fn consume(&self, tag: &str, count: u32, wanted: &mut watch::Receiver<u32>) -> Result<()> {
        let prefetch = u16::try_from(count).unwrap_or(u16::MAX);
        self.channel.basic_qos(prefetch, BasicQosOptions::default()).await?;
        let options = BasicConsumeOptions::default();
        let consumer =
            self.channel.basic_consume(self.queue.into(), tag.into(), options, FieldTable::default()).await?;
        let mut consumer = pin!(consumer);
        let mut alone_since = None;
        loop {
            let leave = alone_since.map_or_else(Instant::now, |since: Instant| since + LINGER);
            tokio::select! {
                message = consumer.next() => match message {
                    Some(message) => self.receive(message?),
                    None => return Err(Error::QueueGone),
                },
                changed = wanted.changed() => {
                    if changed.is_err() {
                        return Err(Error::Closed);
                    }
                    let now = *wanted.borrow_and_update();
                    // What was handed out and never settled counts as delivered, and would be missing.
                    if now > 0 && (now != count || self.tray.unsettled() > 0) {
                        break;
                    }
                    alone_since = (now == 0).then(Instant::now);
                }
                () = sleep_until(leave), if alone_since.is_some() => break,
            }
        }
        self.channel.basic_cancel(tag.into(), BasicCancelOptions::default()).await?;
        // What was on its way.
        while let Some(message) = consumer.next().await {
            self.receive(message?);
        }
        let keep = usize::try_from(*wanted.borrow()).unwrap_or(usize::MAX);
        for acker in self.tray.take_back(keep) {
            give_back(&acker).await?;
        }
        Ok(())
    }

    /// Whatever it carries, it wakes somebody up, and is acknowledged afterwards.
    fn receive(&self, message: Delivery) {
        self.counts.delivered();
        match Ticket::from_message(&message.data) {
            Ok(ticket) => tracing::trace!(item = %ticket.item, run = %ticket.run, "a ticket"),
            Err(why) => self.counts.unreadable(self.queue, &why),
        }
        self.tray.put(message.acker);
    }
}

/// The broker delivers it again, to anybody.
pub(crate) async fn give_back(acker: &Acker) -> Result<()> {
    acker.nack(BasicNackOptions { requeue: true, multiple: false }).await?;
    Ok(())
}
