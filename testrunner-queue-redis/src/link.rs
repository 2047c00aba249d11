//! The connections of a queue, as long as they last.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::cmd;

use crate::address::Address;
use crate::error::{Error, Result};
use crate::stream::Stream;

/// Longest time for an answer to what does not wait by itself.
pub(crate) const ANSWER: Duration = Duration::from_secs(5);

/// One connection for commands, and one that waits for tickets and would hold the others up.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) commands: MultiplexedConnection,
    pub(crate) fetch: MultiplexedConnection,
}

impl Link {
    /// Connects, and makes the stream when it is not there.
    pub(crate) async fn open(address: &Address, stream: &Stream) -> Result<Self> {
        let mut commands = address.connect(Some(ANSWER)).await?;
        stream.make(&mut commands).await?;
        let fetch = address.connect(None).await?;
        Ok(Self { commands, fetch })
    }
}

/// Asks again and again whether the server is there, and returns when it is not.
pub(crate) async fn failure(mut connection: MultiplexedConnection) -> Error {
    loop {
        tokio::time::sleep(ANSWER).await;
        if let Err(error) = cmd("PING").query_async::<()>(&mut connection).await.map_err(Error::from)
            && !error.leaves_the_connection()
        {
            return error;
        }
    }
}
