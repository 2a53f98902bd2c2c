//! When each issuer's keys are fetched: at once, then every five minutes, sooner when a token names an unknown key, later
//! after failures. At most one fetch of an issuer is under way.

use policies::bundle::{Bundle, KeySource};
use policies::discovery;
use policies::time::UnixTime;

use crate::remembered::Origin;

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
    /// `:authority`
    pub authority: String,
    cluster: String,
    /// of the keys, or of the discovery document
    path: String,
    discovery: Option<Discovery>,
    due: u64,
    last: u64,
    backoff: u64,
    call: Option<u32>,
    /// the answer that is waited for is the discovery document
    discovers: bool,
}

/// What a discovery document must say.
#[derive(Debug)]
struct Discovery {
    issuer: String,
    origin: String,
}

/// What an answer was good for.
#[derive(Debug)]
pub enum Answered {
    /// these should be keys
    Keys(Vec<u8>),
    /// it said where the keys are; they were asked for
    Asked,
    /// nothing
    Useless(String),
}

/// Sends a GET for a cluster, authority and path.
pub type Send = fn(&str, &str, &str) -> Option<u32>;

/// The schedules of all issuers that publish their keys.
#[inline(never)]
pub fn all(bundle: &Bundle) -> Vec<Fetch> {
    let issuers = bundle.issuers.iter().enumerate();
    let remote = issuers.filter_map(|(position, issuer)| {
        let (cluster, authority, path, discovery) = match &issuer.keys {
            KeySource::Remote {
                cluster,
                authority,
                path,
            } => (cluster, authority, path, None),
            KeySource::Discovery {
                cluster,
                authority,
                path,
                origin,
            } => {
                let (issuer, origin) = (issuer.issuer.clone(), origin.clone());
                (cluster, authority, path, Some(Discovery { issuer, origin }))
            }
            KeySource::Inline(_) | KeySource::Secret(_) | KeySource::Istio => return None,
        };
        Some(Fetch {
            issuer: position,
            authority: authority.clone(),
            cluster: cluster.clone(),
            path: path.clone(),
            discovery,
            due: 0,
            last: 0,
            backoff: FIRST_BACKOFF_SECS,
            call: None,
            discovers: false,
        })
    });
    remote.collect()
}

impl Fetch {
    /// Where the keys come from, as long as it is the same everywhere.
    pub fn origin(&self) -> Origin {
        (
            self.cluster.clone(),
            self.authority.clone(),
            self.path.clone(),
        )
    }

    /// Whether to fetch now.
    pub fn is_due(&self, now: UnixTime) -> bool {
        let stalled = now.secs() >= self.last.saturating_add(STALLED_SECS);
        now.secs() >= self.due && (self.call.is_none() || stalled)
    }

    /// Fetches the keys, or first the document that says where they are.
    pub fn start(&mut self, now: UnixTime, send: Send) {
        self.last = now.secs();
        self.discovers = self.discovery.is_some();
        self.call = send(&self.cluster, &self.authority, &self.path);
        if self.call.is_none() {
            self.failed(now);
        }
    }

    /// An answer came, or none will.
    pub fn answered(&mut self, answer: Option<Vec<u8>>, now: UnixTime, send: Send) -> Answered {
        let Some(bytes) = answer else {
            self.failed(now);
            return Answered::Useless("no answer that could be used".to_owned());
        };
        let Some(discovery) = self.discovery.as_ref().filter(|_| self.discovers) else {
            return Answered::Keys(bytes);
        };
        match discovery::jwks_path(&bytes, &discovery.issuer, &discovery.origin) {
            Ok(path) => {
                self.discovers = false;
                self.call = send(&self.cluster, &self.authority, &path);
                if self.call.is_none() {
                    self.failed(now);
                }
                Answered::Asked
            }
            Err(error) => {
                self.failed(now);
                Answered::Useless(error.to_string())
            }
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
