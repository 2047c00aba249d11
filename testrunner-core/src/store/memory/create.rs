//! Creating Testruns and asking them to stop.

use std::collections::HashMap;

use super::run::{ItemRow, Run};
use super::state::State;
use crate::event::EventBody;
use crate::id::{Epoch, Seq, TestrunId};
use crate::item::{Item, ItemState};
use crate::rules::{check_new, check_repeated, check_stop, needs_no_stop};
use crate::store::{Created, NewTestrun, StopOutcome, StoreError, StoreResult};
use crate::testrun::{CaseCounts, FileCounts, FileRecord, ItemCounts, Status, StopWhy, Summary};

impl State {
    pub(super) fn create(&mut self, new: &NewTestrun) -> StoreResult<Created> {
        if let Some(created) = self.existing(new)? {
            return Ok(created);
        }
        let tests = check_new(new)?;
        let digests = self.blobs.digests_of(new)?;
        let id = self.next_run();
        let items: Vec<ItemRow> = new
            .items
            .iter()
            .map(|item| ItemRow {
                item: Item {
                    id: self.next_item(),
                    run: id,
                    files: item.files.clone(),
                    weight_us: item.weight_us,
                    state: ItemState::Ready,
                    reason: None,
                    epoch: Epoch(0),
                    attempts: 0,
                    lost: 0,
                    infra: 0,
                    worker: None,
                    not_before: Item::AT_ONCE,
                    lease_until: None,
                },
                sort_key: self.index.now.0.saturating_add(i64::from(item.rank) * 1_000_000),
                appended_n: 0,
                claimed_at: Item::AT_ONCE,
                pending: HashMap::new(),
            })
            .collect();
        for row in &items {
            self.homes.insert(row.item.id, id);
            let place = row.place(new.priority);
            self.index.moved(place, row.item.not_before, None, ItemState::Ready);
        }
        let mut run = Run {
            summary: self.summary(id, new, tests),
            files: new.files.iter().map(|file| FileRecord { result: None, ..file.clone() }).collect(),
            commits: vec![None; new.files.len()],
            items,
            events: Vec::new(),
            log_bytes: 0,
            failures: 0,
            max_lost: new.max_lost,
            max_infra: new.max_infra,
            idempotency_key: new.idempotency.as_ref().map(|idempotency| idempotency.key.clone()),
        };
        let body = EventBody::RunStatus { from: None, to: Status::Created, reason: None };
        run.push(None, self.index.now, body);
        self.blobs.use_all(&digests);
        self.index.open.insert(id);
        self.index.changes.note(id, self.index.now, Some(Status::Created), None);
        if let Some(idempotency) = &new.idempotency {
            let key = (new.username.clone(), idempotency.key.clone());
            self.keys.insert(key, (idempotency.request, id));
        }
        let created = run.created(false);
        self.runs.insert(id, run);
        Ok(created)
    }

    fn existing(&self, new: &NewTestrun) -> StoreResult<Option<Created>> {
        let Some(idempotency) = &new.idempotency else { return Ok(None) };
        let key = (new.username.clone(), idempotency.key.clone());
        let Some((request, id)) = self.keys.get(&key) else { return Ok(None) };
        check_repeated(new, *id, &request.0)?;
        Ok(Some(self.run(*id)?.created(true)))
    }

    fn summary(&self, id: TestrunId, new: &NewTestrun, tests: u32) -> Summary {
        let total = count(new.items.len());
        Summary {
            id,
            username: new.username.clone(),
            status: Status::Created,
            reason: None,
            executor: new.executor.clone(),
            source: new.source.clone(),
            pinned_to: new.pinned_to.clone(),
            suite: new.suite.clone(),
            options: new.options.clone(),
            limits: new.limits.clone(),
            plan: new.plan,
            items: ItemCounts { total, open: total, ..ItemCounts::default() },
            files: FileCounts { total: tests, ..FileCounts::default() },
            cases: CaseCounts::default(),
            priority: new.priority,
            max_fail: new.max_fail,
            stop: None,
            deadline: new.time_limit.map(|limit| self.index.now.after(limit)),
            retry_of: new.retry_of,
            created_at: self.index.now,
            started_at: None,
            finished_at: None,
            last_seq: Seq(0),
            labels: new.labels.clone(),
        }
    }

    pub(super) fn request_stop(&mut self, id: TestrunId, why: StopWhy, by: &str) -> StoreResult<StopOutcome> {
        let run = self.runs.get_mut(&id).ok_or_else(|| StoreError::no_testrun(id))?;
        check_stop(why)?;
        if let Some(answer) = needs_no_stop(run.summary.status, run.summary.stop.is_some()) {
            return Ok(answer);
        }
        run.stop(why, by, &mut self.index);
        run.end_if_done(&mut self.index);
        Ok(StopOutcome::Requested)
    }
}

impl Run {
    fn created(&self, existed: bool) -> Created {
        let tickets = (0..self.items.len()).filter_map(|at| self.ticket(at)).collect();
        Created { run: self.testrun(), tickets, existed }
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
