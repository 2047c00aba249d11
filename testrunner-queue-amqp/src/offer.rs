//! Gives tickets to the broker.

use lapin::options::BasicPublishOptions;
use lapin::{BasicProperties, Channel, Confirmation};
use testrunner_core::queue::Ticket;

use crate::error::{Error, Result};

/// Tickets of one offer. Each wakes one worker that is waiting; an engine has at most so many slots.
pub(crate) const MOST: usize = 1_024;

/// Persistent, in the words of AMQP.
const PERSISTENT: u8 = 2;

/// Publishes tickets, and returns when the broker has confirmed each.
pub(crate) async fn offer(channel: &Channel, queue: &str, tickets: &[Ticket]) -> Result<()> {
    let mut confirmations = Vec::with_capacity(tickets.len());
    for ticket in tickets {
        let properties = BasicProperties::default()
            .with_delivery_mode(PERSISTENT)
            .with_content_type("application/json".into());
        // Mandatory: a queue that is gone is told.
        let options = BasicPublishOptions { mandatory: true, immediate: false };
        let body = ticket.to_message();
        confirmations.push(channel.basic_publish("".into(), queue.into(), options, &body, properties).await?);
    }
    for confirmation in confirmations {
        match confirmation.await? {
            Confirmation::Ack(None) | Confirmation::NotRequested => {}
            Confirmation::Ack(Some(_)) | Confirmation::Nack(Some(_)) => return Err(Error::QueueGone),
            Confirmation::Nack(None) => return Err(Error::Refused),
        }
    }
    Ok(())
}
