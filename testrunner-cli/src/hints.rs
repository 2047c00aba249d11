//! The brokers beside the database, put to use.

use testrunner_core::EngineBuilder;
use testrunner_queue_amqp::AmqpQueue;
use testrunner_queue_redis::RedisOptions;

use crate::cli::{BellName, HintArgs, QueueName};
use crate::failure::Result;

/// Gives an engine the queue and the bell that were asked for. A broker that is away is no failure: the database is
/// asked until it is there.
///
/// # Errors
/// An address cannot be used.
pub(crate) fn put_into(mut engine: EngineBuilder, args: &HintArgs) -> Result<EngineBuilder> {
    engine = match &args.queue {
        QueueName::Store => engine,
        QueueName::Amqp(url) => engine.queue(AmqpQueue::options().open(url)?),
        QueueName::Redis(url) => engine.queue(RedisOptions::new().open_queue(url)?),
    };
    Ok(match &args.bell {
        BellName::Store => engine,
        BellName::Redis(url) => engine.doorbell(RedisOptions::new().open_bell(url)?),
    })
}
