//! Which call fails, and how.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A verb of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the verbs of Store and WorkStore, by the same names")]
pub enum Verb {
    Claim,
    Renew,
    Append,
    Finish,
    Files,
    Blob,
    Announce,
    Depart,
    Create,
    Keyed,
    Get,
    List,
    Counts,
    Backlog,
    Changes,
    Workers,
    Usage,
    Items,
    Events,
    Cases,
    History,
    RequestStop,
    Delete,
    Reap,
    Prune,
    PutBlobs,
}

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Nothing happened; the answer is `Busy`.
    Busy,
    /// Nothing happened; the answer is `Unavailable`.
    LostCall,
    /// It happened, and the answer is `Unavailable` all the same.
    LostReply,
    /// Nothing happened, and no answer ever comes.
    Silence,
    /// It happened, and the answer comes five seconds later.
    LateReply,
}

/// The hand on the faults of a [`FaultStore`](super::FaultStore). Clones are the same hand; without orders
/// nothing fails.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Plan>>);

#[derive(Debug, Default)]
struct Plan {
    script: Vec<(Verb, VecDeque<Fault>)>,
    chance: Option<Chance>,
    out: Vec<Verb>,
    all_out: bool,
    calls: BTreeMap<Verb, u32>,
    struck: BTreeMap<Verb, u32>,
}

#[derive(Debug)]
struct Chance {
    noise: Noise,
    per_mille: u64,
}

impl Faults {
    /// The next `times` calls of this verb fail so, after those that were ordered before.
    pub fn next(&self, verb: Verb, fault: Fault, times: usize) {
        self.lock().script.push((verb, vec![fault; times].into()));
    }

    /// So many of a thousand calls fail, in one of the three ways. The same seed and the same calls: the same
    /// faults.
    pub fn sometimes(&self, seed: u64, per_mille: u64) {
        self.lock().chance = Some(Chance { noise: Noise(seed), per_mille });
    }

    /// From now on nothing is reached.
    pub fn begin_outage(&self) {
        self.lock().all_out = true;
    }

    /// From now on these verbs reach nothing, and all others do.
    pub fn begin_outage_of(&self, verbs: &[Verb]) {
        let mut plan = self.lock();
        (plan.all_out, plan.out) = (false, verbs.to_vec());
    }

    /// Everything is reached again.
    pub fn end_outage(&self) {
        self.begin_outage_of(&[]);
    }

    /// How often this verb was called.
    #[must_use]
    pub fn calls(&self, verb: Verb) -> u32 {
        self.lock().calls.get(&verb).copied().unwrap_or(0)
    }

    /// How many of these calls failed on purpose.
    #[must_use]
    pub fn struck(&self, verb: Verb) -> u32 {
        self.lock().struck.get(&verb).copied().unwrap_or(0)
    }

    /// The fate of the next call.
    pub(super) fn strike(&self, verb: Verb) -> Option<Fault> {
        let mut plan = self.lock();
        *plan.calls.entry(verb).or_default() += 1;
        let fault = plan.fault(verb);
        if fault.is_some() {
            *plan.struck.entry(verb).or_default() += 1;
        }
        fault
    }

    fn lock(&self) -> MutexGuard<'_, Plan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Plan {
    fn fault(&mut self, verb: Verb) -> Option<Fault> {
        if self.all_out || self.out.contains(&verb) {
            return Some(Fault::LostCall);
        }
        let ordered = self.script.iter_mut().filter(|(of, _)| *of == verb);
        if let Some(fault) = ordered.filter_map(|(_, faults)| faults.pop_front()).next() {
            return Some(fault);
        }
        let chance = self.chance.as_mut()?;
        let strikes = chance.noise.below(1_000) < chance.per_mille;
        strikes.then(|| match chance.noise.below(3) {
            0 => Fault::Busy,
            1 => Fault::LostCall,
            _ => Fault::LostReply,
        })
    }
}

/// Numbers that look random and are the same for the same seed (`SplitMix64`).
#[derive(Debug)]
pub(super) struct Noise(pub(super) u64);

impl Noise {
    pub(super) const fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_goes_before_chance_and_an_outage_before_both() {
        let faults = Faults::default();
        assert_eq!(faults.strike(Verb::Append), None);
        faults.next(Verb::Append, Fault::Busy, 1);
        faults.next(Verb::Append, Fault::LostReply, 1);
        assert_eq!(faults.strike(Verb::Finish), None);
        faults.begin_outage();
        assert_eq!(faults.strike(Verb::Append), Some(Fault::LostCall));
        faults.end_outage();
        assert_eq!(faults.strike(Verb::Append), Some(Fault::Busy));
        assert_eq!(faults.strike(Verb::Append), Some(Fault::LostReply));
        assert_eq!(faults.strike(Verb::Append), None);
        assert_eq!((faults.calls(Verb::Append), faults.struck(Verb::Append)), (5, 3));
    }

    #[test]
    fn the_same_seed_strikes_the_same_calls() {
        let fates = |seed| {
            let faults = Faults::default();
            faults.sometimes(seed, 300);
            (0..200).map(|_| faults.strike(Verb::Claim)).collect::<Vec<_>>()
        };
        assert_eq!(fates(1), fates(1));
        assert_ne!(fates(1), fates(2));
        let struck = fates(1).iter().flatten().count();
        assert!((30..=90).contains(&struck), "{struck} of 200");
    }
}
