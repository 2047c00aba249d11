//! A call as it is made, with everything in it; so that it can be made again and be reported.

use std::time::Duration;

use testrunner_core::event::NewEvent;
use testrunner_core::store::{Batch, ClaimRequest, EventLimit, ListQuery, NewTestrun, Outcome, Retention};
use testrunner_core::testrun::StopWhy;
use testrunner_core::{LeaseKey, Seq, TestrunId};

use super::pair::Pair;
use super::same::{assert_same, by_item, by_number};
use crate::store::factory::CONTENT;

#[derive(Clone, Debug)]
pub(super) enum Call {
    Create(Box<NewTestrun>),
    Claim(ClaimRequest),
    Renew(Vec<LeaseKey>, Duration),
    Append(LeaseKey, u64, Vec<NewEvent>),
    Finish(LeaseKey, u64, Vec<NewEvent>, Outcome),
    Stop(TestrunId, StopWhy),
    Reap(u32),
    Delete(TestrunId),
    Prune(Retention, u32),
    Read(TestrunId, Seq, EventLimit),
    List(ListQuery),
    Backlog(u32),
    Changes(u64, u32),
}

impl Pair {
    /// Asks both the same, and holds the answers against each other. What is told of a refusal may differ.
    pub(super) async fn make(&mut self, at: &str, call: &Call) {
        let context = format!("{at}: {call:?}");
        let now = self.now();
        let store = std::sync::Arc::clone(&self.bench.store);
        let ledger = &mut self.ledger;
        match call {
            Call::Create(new) => self.create(&context, new).await,
            Call::Claim(request) => {
                let (theirs, ours) = (store.claim(request).await, ledger.claim(now, request));
                if let Ok(claimed) = &theirs {
                    self.learn(&claimed.leases);
                }
                assert_same(&context, theirs, Ok(ours));
            }
            Call::Renew(keys, ttl) => {
                let ours = ledger.renew(now, keys, *ttl);
                assert_same(&context, store.renew(keys, *ttl).await, Ok(ours));
            }
            Call::Append(key, from_n, events) => {
                let batch = Batch { from_n: *from_n, events };
                let theirs = store.append(*key, batch).await;
                let next_n = theirs.as_ref().ok().map(|appended| appended.next_n);
                assert_same(&context, theirs, ledger.append(now, *key, batch));
                self.learn_next(*key, next_n);
            }
            Call::Finish(key, from_n, events, outcome) => {
                let batch = Batch { from_n: *from_n, events };
                let ours = ledger.finish(now, *key, batch, outcome);
                assert_same(&context, store.finish(*key, batch, outcome).await, ours);
            }
            Call::Stop(run, why) => {
                let ours = ledger.request_stop(now, *run, *why, "eve");
                assert_same(&context, store.request_stop(*run, *why, "eve").await, ours);
            }
            Call::Reap(limit) => {
                let before = self.lengths();
                let ours = self.ledger.reap(now, *limit);
                self.note_call_of_any_order(&before);
                let theirs = store.reap(*limit).await.map(by_item);
                assert_same(&context, theirs, Ok(by_item(ours)));
            }
            Call::Delete(run) => {
                let ours = ledger.delete(now, *run);
                assert_same(&context, store.delete(*run).await, ours);
            }
            Call::Prune(retention, limit) => {
                let ours = ledger.prune(now, retention, *limit);
                assert_same(&context, store.prune(retention, *limit).await, Ok(ours));
            }
            Call::Read(run, after, limit) => {
                let ours = ledger.events(*run, *after, *limit).map(|page| by_number(&page));
                assert_same(
                    &context,
                    store.events(*run, *after, *limit).await.map(|page| by_number(&page)),
                    ours,
                );
            }
            Call::List(query) => {
                let ours = ledger.list(query);
                assert_same(&context, store.list(query).await, Ok(ours));
                // Where counting ends is a store's own business.
                let all = ListQuery { limit: 0, ..query.clone() };
                assert_same(&context, store.counts(&all).await, Ok(ledger.counts(&all)));
            }
            Call::Backlog(limit) => {
                let ours = ledger.backlog(now, *limit);
                assert_same(&context, store.backlog(*limit).await, Ok(ours));
            }
            Call::Changes(after, limit) => {
                let ours = ledger.changes(*after, *limit);
                assert_same(&context, store.changes(*after, *limit).await, Ok(ours));
            }
        }
    }

    async fn create(&mut self, context: &str, new: &NewTestrun) {
        let (now, bytes) = (self.now(), [CONTENT.to_vec()]);
        let kept = self.bench.store.put_blobs(&bytes).await;
        assert_same(context, kept, Ok(self.ledger.put_blobs(now, &bytes)));
        self.compare_key(context, new).await;
        let theirs = self.bench.store.create(new).await;
        let fresh = theirs.as_ref().ok().filter(|created| !created.existed).map(|created| created.run.id());
        let ours = match fresh {
            // Numbers are the store's to choose, as long as they grow.
            Some(run) => {
                let items: Vec<_> = self.bench.items(run).await.iter().map(|item| item.id).collect();
                assert!(run > self.newest.0 && items[0] > self.newest.1, "{context}: an old number");
                assert!(items.is_sorted() && items.len() == new.items.len(), "{context}: {items:?}");
                self.newest = (run, *items.last().expect("at least one"));
                self.ledger.create_as(now, new, run, &items)
            }
            None => self.ledger.create(now, new),
        };
        assert_same(context, theirs, ours);
        self.compare_key(context, new).await;
    }

    async fn compare_key(&self, context: &str, new: &NewTestrun) {
        let Some(wanted) = &new.idempotency else { return };
        let theirs = self.bench.store.keyed(&new.username, &wanted.key).await;
        assert_same(context, theirs, Ok(self.ledger.keyed(&new.username, &wanted.key)));
    }
}
