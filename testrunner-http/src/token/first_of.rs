//! Several who tell who asks.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Authenticator, Identity};

/// Asks all of them; the first who knows the caller counts.
#[derive(Clone, Debug)]
pub struct FirstOf(pub Vec<Arc<dyn Authenticator>>);

#[async_trait]
impl Authenticator for FirstOf {
    async fn authenticate(&self, secret: &str) -> Option<Identity> {
        let mut found = None;
        // All are asked, whoever knows: the time tells nothing.
        for one in &self.0 {
            let known = one.authenticate(secret).await;
            found = found.or(known);
        }
        found
    }

    async fn is_valid(&self, token_id: &str) -> Option<Identity> {
        for one in &self.0 {
            let known = one.is_valid(token_id).await;
            if known.is_some() {
                return known;
            }
        }
        None
    }
}
