//! What a server may be told. Everything has a sane default but who may ask.

use std::sync::Arc;

use testrunner_core::{Clock, Limits, SystemClock};
use tokio_util::sync::CancellationToken;

use crate::guard::{Pace, Rates};
use crate::reserve::Reserve;
use crate::serve::Farewell;
use crate::session::SessionKey;
use crate::token::{Authenticator, TokenFile};
use crate::upload::Uploads;
use crate::work::WorkKey;

/// Most items that wait before new Testruns are refused.
const QUEUE: u64 = 10_000;
const DOWNLOADS: u64 = 128 << 20;
const INSIGHT_ROWS: usize = 200_000;

/// The settings of the facade.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HttpConfig {
    /// Says who asks. Every request goes through it, but for the few that are public.
    pub authenticator: Arc<dyn Authenticator>,
    /// Where the time comes from that codes, cookies and tokens end by.
    pub clock: Arc<dyn Clock>,
    /// What browsers' cookies are signed with. A random one ends all sessions with the process.
    pub session_key: SessionKey,
    /// What workers' leases are signed with; without it a key that is derived from `session_key`. All servers that the
    /// same workers speak to have the same.
    pub work_key: Option<WorkKey>,
    /// Names and addresses that this server may be called by, beside localhost and loopback addresses; without ports.
    pub allowed_hosts: Vec<String>,
    /// Browsers come by https: it is spoken in front of this server. Names the origin and makes cookies `Secure`.
    pub https: bool,
    /// How slowly a body may come.
    pub pace: Pace,
    /// How much of everything one token may use at once.
    pub rates: Rates,
    /// Bounds on uploads, and where they wait.
    pub upload: Uploads,
    /// The limits of each Testrun.
    pub testrun_limits: Limits,
    /// Name of the executor where none is asked for.
    pub default_executor: String,
    /// New Testruns are refused while so many items wait.
    pub queue_limit: u64,
    /// Bytes of files and reports that may be in memory at once while they are sent, in steps of 64 KiB.
    pub download_bytes: u64,
    /// Files and cases that one insight looks through at the most.
    pub insight_rows: usize,
    /// Room that is kept free on the disk.
    pub reserve: Option<Reserve>,
    /// Ends all streams, and makes the server say that it is not ready. Streams of one Testrun first tell all that is
    /// stored of it.
    pub shutdown: CancellationToken,
    /// Counts who followed a Testrun when `shutdown` came.
    pub farewell: Farewell,
    prefix: String,
}

impl HttpConfig {
    /// Settings with defaults; `authenticator` says who asks. For tokens in a file see [`Self::with_tokens`].
    #[must_use]
    pub fn new(authenticator: Arc<dyn Authenticator>) -> Self {
        Self {
            authenticator,
            clock: Arc::new(SystemClock),
            session_key: SessionKey::random(),
            work_key: None,
            allowed_hosts: Vec::new(),
            https: false,
            pace: Pace::default(),
            rates: Rates::default(),
            upload: Uploads::default(),
            testrun_limits: Limits::default(),
            default_executor: "pytest".to_owned(),
            queue_limit: QUEUE,
            download_bytes: DOWNLOADS,
            insight_rows: INSIGHT_ROWS,
            reserve: None,
            shutdown: CancellationToken::new(),
            farewell: Farewell::default(),
            prefix: String::new(),
        }
    }

    /// Settings with the tokens of a file, and sessions that survive the process.
    #[must_use]
    pub fn with_tokens(tokens: Arc<TokenFile>) -> Self {
        let session_key = tokens.session_key();
        Self { session_key, ..Self::new(tokens) }
    }

    /// The router is nested there: `/tests`. For links and for the cookie's path.
    #[must_use]
    pub fn mounted_at(mut self, prefix: &str) -> Self {
        let prefix = prefix.trim_matches('/');
        self.prefix = if prefix.is_empty() { String::new() } else { format!("/{prefix}") };
        self
    }

    /// Where the router is nested: empty, or `/tests`.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }
}
