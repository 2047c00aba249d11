//! Claiming: which items, in which order.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::index::Place;
use super::run::Run;
use super::state::State;
use crate::event::EventBody;
use crate::id::{Epoch, LeaseKey};
use crate::item::ItemState;
use crate::store::{Assignment, Candidates, ClaimRequest, Claimed, PREFER_WITHIN_US};
use crate::testrun::Status;

impl State {
    /// A Testrun with a stop mark has no ready item here (the mark and the sweep are one transaction), so that
    /// there is nothing to cancel on the way.
    pub(super) fn claim(&mut self, request: &ClaimRequest) -> Claimed {
        self.index.wake_due();
        let picked = self.pick(request);
        let mut leases = Vec::with_capacity(picked.len());
        let mut claimed = BTreeSet::new();
        for place in picked {
            let Some((run, at, index)) = self.item(place.item) else { continue };
            run.set_state(at, ItemState::Leased, None, index);
            let pinned = run.summary.pinned_to.is_some();
            let row = &mut run.items[at];
            row.appended_n = 0;
            row.claimed_at = index.now;
            row.pending.clear();
            let item = &mut row.item;
            item.epoch = Epoch(item.epoch.0 + 1);
            item.attempts += 1;
            item.worker = Some(request.worker.clone());
            item.lease_until = (!pinned).then(|| index.now.after(request.ttl));
            let body = EventBody::ItemStarted { worker: request.worker.clone(), attempt: item.attempts };
            run.push(Some(at), index.now, body);
            claimed.insert(run.summary.id);
            leases.push(run.assignment(at, request));
        }
        for id in claimed {
            if let Some(run) = self.runs.get_mut(&id)
                && run.summary.status == Status::Created
            {
                run.set_status(Status::Running, None, &mut self.index);
            }
        }
        let due = self.index.delayed.iter().find(|(_, place)| self.may_take(*place, request));
        let next_ready_in = due.map(|(due, _)| due.since(self.index.now));
        Claimed { leases, next_ready_in }
    }

    fn pick(&self, request: &ClaimRequest) -> Vec<Place> {
        let candidates = self.candidates(&request.from);
        let takeable = || candidates.iter().copied().filter(|place| self.may_take(*place, request));
        let Some(first) = takeable().next() else { return Vec::new() };
        let max = request.max as usize;
        let last = first.sort_key.saturating_add(PREFER_WITHIN_US);
        let near = |place: &Place| place.priority == first.priority && place.sort_key <= last;
        let preferred = |place: &Place| {
            !request.prefer.is_empty()
                && self.homes.get(&place.item).is_some_and(|run| request.prefer.contains(run))
        };
        let mut picked: Vec<Place> = takeable().take_while(near).filter(preferred).take(max).collect();
        let taken: BTreeSet<Place> = picked.iter().copied().collect();
        picked.extend(takeable().filter(|place| !taken.contains(place)).take(max - taken.len()));
        picked
    }

    /// The due items that are asked for, in the order of claims.
    fn candidates(&self, from: &Candidates) -> Cow<'_, BTreeSet<Place>> {
        let Candidates::Items(ids) = from else { return Cow::Borrowed(&self.index.ready) };
        let places = ids.iter().filter_map(|id| {
            let run = self.runs.get(self.homes.get(id)?)?;
            Some(run.items[run.place_of(*id)?].place(run.summary.priority))
        });
        Cow::Owned(places.filter(|place| self.index.ready.contains(place)).collect())
    }

    fn may_take(&self, place: Place, request: &ClaimRequest) -> bool {
        let run = self.homes.get(&place.item).and_then(|id| self.runs.get(id));
        run.is_some_and(|run| {
            let summary = &run.summary;
            let ours = match &summary.pinned_to {
                Some(process) => request.process.as_ref() == Some(process),
                None => request.shared,
            };
            ours && request.executors.contains(&summary.executor)
        })
    }
}

impl Run {
    fn assignment(&self, at: usize, request: &ClaimRequest) -> Assignment {
        let (summary, item) = (&self.summary, &self.items[at].item);
        let has_result = |file: &&u32| self.files[**file as usize].result.is_some();
        Assignment {
            key: LeaseKey { item: item.id, epoch: item.epoch },
            run: summary.id,
            username: summary.username.clone(),
            executor: summary.executor.clone(),
            source: summary.source.clone(),
            options: summary.options.clone(),
            limits: summary.limits.clone(),
            max_fail: summary.max_fail,
            files: item.files.clone(),
            done: item.files.iter().filter(has_result).copied().collect(),
            attempt: item.attempts,
            ttl: summary.pinned_to.is_none().then_some(request.ttl),
            stop: summary.stop.clone(),
        }
    }
}
