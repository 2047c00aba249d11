//! One connection to the broker, as long as it lasts.

use lapin::options::{ConfirmSelectOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, Connection, ConnectionProperties};

use crate::address::Address;
use crate::error::{Error, Result};
use crate::options::AmqpOptions;

/// Milliseconds after which a ticket is dropped. Whoever waits has it at once, and whoever comes free asks the
/// ledger first, so that an old ticket only costs a look.
const TICKETS_LAST: i64 = 60_000;
/// Tickets beyond this number push out the oldest: when so many wait, nobody who takes is without work.
const MOST_TICKETS: i64 = 100_000;
/// Bytes that do the same, for what others put into the queue.
const MOST_BYTES: i64 = 64 << 20;

/// A connection with a channel for each direction, so that a failed fetch does not take an offer with it.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) connection: Connection,
    pub(crate) publish: Channel,
    pub(crate) fetch: Channel,
}

impl Link {
    /// Connects, and makes the queue when it is not there.
    pub(crate) async fn open(address: &Address, options: &AmqpOptions) -> Result<Self> {
        let properties =
            ConnectionProperties::default().with_connection_name(options.connection_name.as_str().into());
        let connection = Connection::connect_uri(address.uri(), properties).await?;
        let fetch = connection.create_channel().await?;
        let declare = QueueDeclareOptions::durable();
        fetch.queue_declare(options.queue.as_str().into(), declare, arguments()).await?;
        let publish = connection.create_channel().await?;
        publish.confirm_select(ConfirmSelectOptions::default()).await?;
        Ok(Self { connection, publish, fetch })
    }

    /// Ends well: what was delivered and not acknowledged goes to others at once.
    pub(crate) async fn close(&self) -> Result<()> {
        self.connection.close(200, "OK".into()).await.map_err(Error::from)
    }
}

/// A quorum queue, so that it outlives a broker of a cluster.
fn arguments() -> FieldTable {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    arguments.insert("x-message-ttl".into(), AMQPValue::LongLongInt(TICKETS_LAST));
    arguments.insert("x-max-length".into(), AMQPValue::LongLongInt(MOST_TICKETS));
    arguments.insert("x-max-length-bytes".into(), AMQPValue::LongLongInt(MOST_BYTES));
    arguments.insert("x-overflow".into(), AMQPValue::LongString("drop-head".into()));
    arguments
}
