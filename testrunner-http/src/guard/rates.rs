//! How much of everything one token, or one address without a token, may use.

use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use testrunner_api::Role;

use crate::problem::Problem;
use crate::token::Identity;

/// So many addresses are remembered before those that are quiet are forgotten.
const REMEMBERED: usize = 10_000;
/// After this whoever has too much open is expected to have less.
const SOON: Duration = Duration::from_secs(1);

/// How much of everything. All can be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Testruns that one token may submit in a minute, in the long run.
    pub submits_per_minute: NonZeroU32,
    /// Testruns that it may submit at once after a pause.
    pub submit_burst: NonZeroU32,
    /// Wrong tokens and codes that one address may try in a minute, in the long run. Right ones always pass.
    pub failures_per_minute: NonZeroU32,
    /// Wrong ones that it may try at once.
    pub failure_burst: NonZeroU32,
    /// Requests of one token that are under way at once, until the last byte of the answer has left; as many from one
    /// address without a token. Streams are not among them.
    pub requests: usize,
    /// The same for a token of workers, which many of them may share. Claims that wait are among them.
    pub worker_requests: usize,
    /// Streams that one token may have open.
    pub streams: usize,
    /// Streams that all together may have open.
    pub all_streams: usize,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            submits_per_minute: at_least_one(20),
            submit_burst: at_least_one(60),
            failures_per_minute: at_least_one(30),
            failure_burst: at_least_one(60),
            requests: 64,
            worker_requests: 512,
            streams: 64,
            all_streams: 1_024,
        }
    }
}

const fn at_least_one(n: u32) -> NonZeroU32 {
    match NonZeroU32::new(n) {
        Some(n) => n,
        None => NonZeroU32::MIN,
    }
}

/// Who uses how much now.
#[derive(Debug)]
pub struct RateLimits {
    rates: Rates,
    submits: DefaultKeyedRateLimiter<String>,
    failures: DefaultKeyedRateLimiter<String>,
    requests: Arc<Open>,
    worker_requests: Arc<Open>,
    streams: Arc<Open>,
    all_streams: Arc<Open>,
}

impl RateLimits {
    /// Nobody uses anything yet.
    #[must_use]
    pub fn new(rates: &Rates) -> Self {
        let quota = |rate, burst| Quota::per_minute(rate).allow_burst(burst);
        Self {
            rates: rates.clone(),
            submits: RateLimiter::keyed(quota(rates.submits_per_minute, rates.submit_burst)),
            failures: RateLimiter::keyed(quota(rates.failures_per_minute, rates.failure_burst)),
            requests: Open::new(rates.requests),
            worker_requests: Open::new(rates.worker_requests),
            streams: Open::new(rates.streams),
            all_streams: Open::new(rates.all_streams),
        }
    }

    /// Counts a Testrun that is about to be submitted.
    ///
    /// # Errors
    /// The token submits too often; says when to come back.
    pub fn check_submit(&self, identity: &Identity) -> Result<(), Problem> {
        let Rates { submits_per_minute: rate, submit_burst: burst, .. } = self.rates;
        let why = || format!("this token may submit {rate} Testruns a minute, after a pause {burst} at once");
        check(&self.submits, &identity.token, why, "submits_per_minute` or `submit_burst")
    }

    /// Takes the right to one more stream, until it is dropped.
    ///
    /// # Errors
    /// The token, or all together, have too many open.
    pub fn stream(&self, identity: &Identity) -> Result<Permit, Problem> {
        let all = self.all_streams.take(String::new()).ok_or_else(|| {
            let why = format!("{} streams are open on this server, and no more may", self.rates.all_streams);
            refused(&why, SOON, "all_streams")
        })?;
        let own = self.streams.take(identity.token.clone()).ok_or_else(|| {
            let why = format!("this token has {} streams open, and may have no more", self.rates.streams);
            refused(&why, SOON, "streams")
        })?;
        Ok(Permit { _places: vec![all, own] })
    }

    /// Takes the right to one more request, until it is dropped. A stream is no request once it has begun.
    ///
    /// # Errors
    /// The token has too many under way.
    pub(super) fn request(&self, identity: &Identity) -> Result<Permit, Problem> {
        let token = identity.token.clone();
        if identity.role == Role::Worker {
            return under_way(&self.worker_requests, token, "worker_requests");
        }
        under_way(&self.requests, token, "requests")
    }

    /// The same for a request without a token.
    ///
    /// # Errors
    /// The address has too many under way.
    pub(super) fn public_request(&self, peer: Option<IpAddr>) -> Result<Permit, Problem> {
        under_way(&self.requests, address(peer), "requests")
    }

    /// Counts a wrong token or code.
    ///
    /// # Errors
    /// There were too many from this address.
    pub(super) fn failed(&self, peer: Option<IpAddr>) -> Result<(), Problem> {
        let Rates { failures_per_minute: rate, failure_burst: burst, .. } = self.rates;
        let why = || format!("an address may try {rate} wrong tokens or codes a minute, {burst} at once");
        check(&self.failures, &address(peer), why, "failures_per_minute` or `failure_burst")
    }
}

/// Takes a place among the requests that are under way, until it is dropped.
fn under_way(requests: &Arc<Open>, key: String, setting: &str) -> Result<Permit, Problem> {
    let place = requests.take(key).ok_or_else(|| {
        let most = requests.most;
        let why = format!("{most} requests are under way, or their answers were not read to the end");
        refused(&why, SOON, setting)
    })?;
    Ok(Permit { _places: vec![place] })
}

fn check(
    limiter: &DefaultKeyedRateLimiter<String>,
    key: &String,
    why: impl FnOnce() -> String,
    settings: &str,
) -> Result<(), Problem> {
    if limiter.len() > REMEMBERED {
        limiter.retain_recent();
        limiter.shrink_to_fit();
    }
    let wait = |not_until: governor::NotUntil<_>| not_until.wait_time_from(DefaultClock::default().now());
    limiter.check_key(key).map_err(|not_until| refused(&why(), wait(not_until), settings))
}

/// Says why, when to come back, and what raises the bound.
fn refused(why: &str, after: Duration, settings: &str) -> Problem {
    let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
    let detail = format!("{why}; try again in {seconds} s, or have the server's `{settings}` raised");
    Problem::rate_limited(detail, after)
}

/// An address as a key. One network of IPv6 belongs to one user. Ids of tokens have no `@`.
fn address(peer: Option<IpAddr>) -> String {
    match peer.map(|peer| peer.to_canonical()) {
        Some(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("@{a:x}:{b:x}:{c:x}:{d:x}")
        }
        Some(IpAddr::V4(address)) => format!("@{address}"),
        None => "@".to_owned(),
    }
}

/// How many places are taken, by key.
#[derive(Debug)]
struct Open {
    most: usize,
    taken: Mutex<HashMap<String, usize>>,
}

impl Open {
    fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, taken: Mutex::default() })
    }

    fn take(self: &Arc<Self>, key: String) -> Option<Place> {
        let mut all = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = all.get(&key).copied().unwrap_or_default();
        if taken >= self.most {
            return None;
        }
        all.insert(key.clone(), taken + 1);
        Some(Place { of: Arc::clone(self), key })
    }
}

#[derive(Debug)]
struct Place {
    of: Arc<Open>,
    key: String,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut all = self.of.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = all.get_mut(&self.key) {
            *taken -= 1;
            if *taken == 0 {
                all.remove(&self.key);
            }
        }
    }
}

/// The right to something, until it is dropped.
#[derive(Debug)]
pub struct Permit {
    _places: Vec<Place>,
}

#[cfg(test)]
mod tests {
    use testrunner_api::Role;

    use super::*;

    fn who(token: &str) -> Identity {
        Identity { token: token.to_owned(), subject: "ada".to_owned(), role: Role::Submitter }
    }

    fn limits() -> RateLimits {
        RateLimits::new(&Rates { requests: 2, streams: 2, all_streams: 3, ..Rates::default() })
    }

    #[test]
    fn a_burst_of_submits_and_then_a_pause() {
        let limits = limits();
        for n in 0..60 {
            assert!(limits.check_submit(&who("a")).is_ok(), "{n}");
        }
        let refused = limits.check_submit(&who("a")).unwrap_err();
        assert_eq!((refused.status().as_u16(), refused.code()), (429, "rate-limited"));
        let said = refused.document(None).detail.unwrap();
        assert!(said.contains("20 Testruns a minute") && said.contains("submits_per_minute"), "{said}");
        let answer = axum::response::IntoResponse::into_response(refused);
        let wait: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=3).contains(&wait), "{wait}");
        assert!(limits.check_submit(&who("b")).is_ok());
    }

    fn assert_tells(problem: &Problem, why: &str, setting: &str) {
        let said = problem.document(None).detail.unwrap();
        assert!(said.contains(why) && said.contains("try again in ") && said.contains(setting), "{said}");
        let answer = axum::response::IntoResponse::into_response(problem.clone());
        assert!(answer.headers().contains_key("retry-after"));
    }

    #[test]
    fn places_are_given_back() {
        let limits = limits();
        let (one, two) = (limits.stream(&who("a")).unwrap(), limits.stream(&who("a")).unwrap());
        assert_tells(&limits.stream(&who("a")).unwrap_err(), "has 2 streams", "`streams`");
        let other = limits.stream(&who("b")).unwrap();
        assert_tells(&limits.stream(&who("c")).unwrap_err(), "3 streams are open", "`all_streams`");
        drop(one);
        let three = limits.stream(&who("c")).unwrap();
        drop((two, three, other));
        assert!(limits.streams.taken.lock().unwrap().is_empty());
        assert!(limits.all_streams.taken.lock().unwrap().is_empty());
        let (_one, _two) = (limits.request(&who("a")).unwrap(), limits.request(&who("a")).unwrap());
        assert_tells(&limits.request(&who("a")).unwrap_err(), "2 requests", "`requests`");
        assert!(limits.public_request(None).is_ok());
        let limits = RateLimits::new(&Rates { requests: 0, worker_requests: 1, ..Rates::default() });
        let worker = Identity { role: Role::Worker, ..who("a") };
        let _one = limits.request(&worker).unwrap();
        assert_tells(&limits.request(&worker).unwrap_err(), "1 requests", "`worker_requests`");
    }

    #[test]
    fn wrong_tokens_by_address() {
        let limits = limits();
        let peer = |text: &str| Some(text.parse().unwrap());
        for _ in 0..60 {
            assert!(limits.failed(peer("2001:db8::1")).is_ok());
        }
        assert_tells(&limits.failed(peer("2001:db8::2")).unwrap_err(), "30 wrong", "`failure_burst`");
        assert!(limits.failed(peer("2001:db8:0:1::1")).is_ok());
        assert!(limits.failed(peer("192.0.2.1")).is_ok());
    }
}
