//! A bell without a clapper.

use std::time::Duration;

use async_trait::async_trait;
use testrunner_core::doorbell::{Doorbell, Listener, Topic, Wake};

/// Never rings: what hears nothing must find everything by its poll.
#[derive(Clone, Copy, Debug, Default)]
pub struct SilentBell;

impl Doorbell for SilentBell {
    fn ring(&self, _topics: &[Topic]) {}

    fn listen(&self, _topic: Topic) -> Box<dyn Listener> {
        Box::new(Self)
    }
}

#[async_trait]
impl Listener for SilentBell {
    async fn rung(&mut self, at_most: Duration) -> Wake {
        tokio::time::sleep(at_most).await;
        Wake::Timeout
    }
}
