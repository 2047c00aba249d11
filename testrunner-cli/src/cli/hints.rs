//! What carries the word that there is work: a broker beside the database.

use clap::Args;

/// The broker for tickets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum QueueName {
    /// None: items are claimed straight from the database.
    Store,
    /// RabbitMQ, or another broker that speaks AMQP 0-9-1.
    Amqp(String),
    /// Redis or Valkey, by streams.
    Redis(String),
}

/// What rings between machines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BellName {
    /// The database itself.
    Store,
    /// Redis or Valkey, by publishing.
    Redis(String),
}

/// Brokers to use beside the database. All servers and workers of one database name the same.
#[derive(Clone, Debug, Args)]
pub(crate) struct HintArgs {
    #[arg(
        help = "Broker that tells workers of new work: amqp://user@host/vhost or redis://host; `store` for the \
                database alone",
        long,
        value_name = "URL",
        env = "TESTRUNNER_QUEUE",
        hide_env_values = true,
        default_value = "store"
    )]
    #[arg(value_parser = queue)]
    pub(crate) queue: QueueName,

    #[arg(
        help = "What wakes servers and workers when something happens: redis://host, or `store` for the database itself",
        long,
        value_name = "URL",
        env = "TESTRUNNER_BELL",
        hide_env_values = true,
        default_value = "store"
    )]
    #[arg(value_parser = bell)]
    pub(crate) bell: BellName,
}

/// Reads the address of a broker.
pub(crate) fn queue(text: &str) -> Result<QueueName, String> {
    let text = text.trim();
    let url = || text.to_owned();
    match scheme(text) {
        _ if text == "store" => Ok(QueueName::Store),
        Some("amqp" | "amqps") => Ok(QueueName::Amqp(url())),
        Some("redis" | "rediss") => Ok(QueueName::Redis(url())),
        _ => Err("write it like amqp://user@host/vhost or redis://host, or `store` for the database alone"
            .to_owned()),
    }
}

/// Reads the address of a bell.
pub(crate) fn bell(text: &str) -> Result<BellName, String> {
    let text = text.trim();
    match scheme(text) {
        _ if text == "store" => Ok(BellName::Store),
        Some("redis" | "rediss") => Ok(BellName::Redis(text.to_owned())),
        _ => Err("write it like redis://host, or `store` for the database itself".to_owned()),
    }
}

fn scheme(text: &str) -> Option<&str> {
    text.split_once("://").filter(|(_, rest)| !rest.is_empty()).map(|(scheme, _)| scheme)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brokers_are_read() {
        assert_eq!(queue("store"), Ok(QueueName::Store));
        assert_eq!(queue("amqps://h/v"), Ok(QueueName::Amqp("amqps://h/v".to_owned())));
        assert_eq!(queue("redis://h"), Ok(QueueName::Redis("redis://h".to_owned())));
        assert_eq!(bell("rediss://h"), Ok(BellName::Redis("rediss://h".to_owned())));
        for bad in ["", "x", "amqp://", "kafka://h", "amqp:h"] {
            assert!(queue(bad).is_err() && bell(bad).is_err(), "{bad}");
        }
        assert!(bell("amqp://h").is_err());
    }
}
