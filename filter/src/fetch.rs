//! When each issuer's keys are fetched: at once, then every five minutes, sooner when a token names an unknown key, later
//! after failures. At most one fetch of an issuer is under way.

use policies::time::UnixTime;

/// The refresh interval is 300 s, give or take 60 s.
const REFRESH_AT_LEAST_SECS: u64 = 240;
const REFRESH_SPREAD_SECS: u64 = 120;
const FIRST_BACKOFF_SECS: u64 = 1;
const LAST_BACKOFF_SECS: u64 = 60;
const FORCED_SECS: u64 = 30;
/// A fetch that has not been answered by then counts as failed.
const STALLED_SECS: u64 = 10;

/// One remote issuer's schedule.
#[derive(Debug)]
pub struct Fetch {
    /// position of the issuer in the bundle
    pub issuer: usize,
    /// Envoy cluster
    pub cluster: String,
    /// `:authority`
    pub authority: String,
    /// `:path`
    pub path: String,
    due: u64,
    last: u64,
    backoff: u64,
    call: Option<u32>,
}

impl Fetch {
    /// Due at once.
    pub fn new(issuer: usize, cluster: String, authority: String, path: String) -> Self {
        Self {
            issuer,
            cluster,
            authority,
            path,
            due: 0,
            last: 0,
            backoff: FIRST_BACKOFF_SECS,
            call: None,
        }
    }

    /// Whether to fetch now.
    pub fn is_due(&self, now: UnixTime) -> bool {
        let stalled = now.secs() >= self.last.saturating_add(STALLED_SECS);
        now.secs() >= self.due && (self.call.is_none() || stalled)
    }

    /// A fetch was sent, or could not be.
    pub fn sent(&mut self, call: Option<u32>, now: UnixTime) {
        self.last = now.secs();
        self.call = call;
        if call.is_none() {
            self.failed(now);
        }
    }

    /// Whether this answer is the one that is waited for.
    pub fn is_answer(&self, call: u32) -> bool {
        self.call == Some(call)
    }

    /// Good keys came; the next fetch is due in five minutes, give or take a fifth, so that proxies spread out.
    pub fn succeeded(&mut self, now: UnixTime) {
        let spread = (now.nanos() / 1000) % REFRESH_SPREAD_SECS;
        self.call = None;
        self.backoff = FIRST_BACKOFF_SECS;
        self.due = now
            .secs()
            .saturating_add(REFRESH_AT_LEAST_SECS)
            .saturating_add(spread);
    }

    /// No good keys came.
    pub fn failed(&mut self, now: UnixTime) {
        self.call = None;
        self.due = now.secs().saturating_add(self.backoff);
        self.backoff = self.backoff.saturating_mul(2).min(LAST_BACKOFF_SECS);
    }

    /// A token names a key that is not known: fetch, but not again within thirty seconds.
    pub fn hurry(&mut self) {
        self.due = self.due.min(self.last.saturating_add(FORCED_SECS));
    }
}
