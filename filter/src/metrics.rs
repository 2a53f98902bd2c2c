//! Counters and gauges in the proxy's statistics; `docs/metrics.md` explains each. Requests are counted here, in the VM, and the
//! proxy is told on the next tick: a request pays for no host call.

use std::cell::{Cell, RefCell};

use policies::bundle::Bundle;
use policies::decision::{Reason, Verdict};
use policies::exchange::Exchange;
use policies::guard::{Guard, TokenCounts};
use policies::time::UnixTime;

use crate::host;

/// Hex digits of the bundle's digest that fit a number which every tool shows exactly.
const DIGEST_DIGITS: usize = 12;

/// Nobody was told for longer than this: the clock was put forward, or the machine stood still.
const LONGEST_UNTOLD: u64 = 10;
const SECOND_NANOS: u64 = 1_000_000_000;

thread_local! {
    /// up to when the proxy was told that this VM lives, by whichever configuration
    static ALIVE: Cell<UnixTime> = Cell::default();
    /// what is defined in this VM, so that a change of policy defines nothing twice
    static DEFINED: RefCell<Vec<(String, u32)>> = const { RefCell::new(Vec::new()) };
}

/// The metrics of one configuration.
#[derive(Debug)]
pub struct Metrics {
    allowed: Counter,
    denied: Counter,
    /// in the order of [`Reason::ALL`]
    reasons: Vec<Counter>,
    decisions: Counter,
    scanned: Counter,
    stale_keys: Counter,
    lost_events: Counter,
    token_hits: Counter,
    token_misses: Counter,
    machine_seconds: Counter,
    /// with the position of the issuer in the bundle
    issuers: Vec<(usize, Keys)>,
}

/// The keys of one issuer that are fetched.
#[derive(Debug)]
struct Keys {
    fetched: Counter,
    failed: Counter,
    age: Option<u32>,
}

/// What the proxy was not told yet.
#[derive(Debug)]
struct Counter {
    id: Option<u32>,
    pending: Cell<u64>,
}

impl Metrics {
    /// Defines all; those of keys for the issuers at these positions.
    #[inline(never)]
    pub fn define(bundle: &Bundle, digest: &str, issuers: impl Iterator<Item = usize>) -> Self {
        let counter = |name: &str| Counter::define(&format!("modelgate_{name}_total"));
        let denied = |reason: Reason| counter(&format!("denied_{}", reason.code()));
        let keys = |position: usize| {
            let name = &bundle.issuers.get(position)?.name;
            let keys = Keys {
                fetched: counter(&format!("jwks_{name}_fetches")),
                failed: counter(&format!("jwks_{name}_fetch_failures")),
                age: gauge(&format!("modelgate_jwks_{name}_age_seconds")),
            };
            Some((position, keys))
        };
        if let (Some(gauge), Some(number)) = (gauge("modelgate_bundle_digest"), number_of(digest)) {
            host::record(gauge, number);
        }
        Self {
            allowed: counter("requests_allowed"),
            denied: counter("requests_denied"),
            reasons: Reason::ALL.into_iter().skip(1).map(denied).collect(),
            decisions: counter("decisions"),
            scanned: counter("body_scanned_bytes"),
            stale_keys: counter("stale_keys"),
            lost_events: counter("audit_events_lost"),
            token_hits: counter("token_cache_hits"),
            token_misses: counter("token_cache_misses"),
            machine_seconds: counter("machine_seconds"),
            issuers: issuers.filter_map(keys).collect(),
        }
    }

    /// An exchange is over.
    pub fn ended(&self, exchange: &Exchange) {
        self.decisions.add(exchange.decisions());
        if exchange.has_stale_keys() {
            self.stale_keys.add(1);
        }
        match exchange.decided() {
            Some((Verdict::Allow, _)) => self.allowed.add(1),
            Some((Verdict::Deny, reason)) => {
                self.denied.add(1);
                let mut known = Reason::ALL.into_iter().skip(1).zip(&self.reasons);
                if let Some((_, counter)) = known.find(|(known, _)| *known == reason) {
                    counter.add(1);
                }
            }
            None => {}
        }
    }

    /// An exchange has ended without its event.
    pub fn lost_event(&self) {
        self.lost_events.add(1);
    }

    /// So many bytes of a body were brought to the machine.
    pub fn scanned(&self, bytes: usize) {
        self.scanned.add(u64::try_from(bytes).unwrap_or_default());
    }

    /// A fetch of keys has ended.
    pub fn fetched(&self, issuer: usize, good: bool) {
        let mut issuers = self.issuers.iter();
        if let Some((_, keys)) = issuers.find(|(position, _)| *position == issuer) {
            let counter = if good { &keys.fetched } else { &keys.failed };
            counter.add(1);
        }
    }

    /// Tells the proxy, also how old each issuer's keys are.
    pub fn tell(&self, guard: &mut Guard, now: UnixTime) {
        self.tokens(guard);
        self.machine_seconds.add(lived(now));
        self.flush();
        for (issuer, keys) in &self.issuers {
            if let (Some(gauge), Some(age)) = (keys.age, guard.age_of_keys(*issuer, now)) {
                host::record(gauge, age);
            }
        }
    }

    /// What the memory of tokens counted.
    pub fn tokens(&self, guard: &mut Guard) {
        let TokenCounts { hits, misses } = guard.take_token_counts();
        self.token_hits.add(hits);
        self.token_misses.add(misses);
    }

    fn flush(&self) {
        let own = [
            &self.allowed,
            &self.denied,
            &self.decisions,
            &self.scanned,
            &self.stale_keys,
            &self.lost_events,
            &self.token_hits,
            &self.token_misses,
            &self.machine_seconds,
        ];
        let keys = self.issuers.iter();
        let keys = keys.flat_map(|(_, keys)| [&keys.fetched, &keys.failed]);
        own.into_iter()
            .chain(&self.reasons)
            .chain(keys)
            .for_each(Counter::flush);
    }
}

/// The last exchange of a configuration that was replaced has ended.
impl Drop for Metrics {
    fn drop(&mut self) {
        self.flush();
    }
}

impl Counter {
    fn define(name: &str) -> Self {
        Self {
            id: defined(name, host::counter),
            pending: Cell::new(0),
        }
    }

    fn add(&self, count: u64) {
        self.pending.set(self.pending.get().saturating_add(count));
    }

    fn flush(&self) {
        let pending = self.pending.take();
        if let Some(id) = self.id.filter(|_| pending > 0) {
            host::count(id, pending);
        }
    }
}

/// Whole seconds of this VM that nobody was told of.
fn lived(now: UnixTime) -> u64 {
    let before = ALIVE.get();
    let seconds = now.since(before) / SECOND_NANOS;
    if seconds > LONGEST_UNTOLD {
        ALIVE.set(now);
        return 0;
    }
    let told = before
        .nanos()
        .saturating_add(seconds.saturating_mul(SECOND_NANOS));
    ALIVE.set(UnixTime::from_nanos(told));
    seconds
}

fn gauge(name: &str) -> Option<u32> {
    defined(name, host::gauge)
}

fn defined(name: &str, define: fn(&str) -> Option<u32>) -> Option<u32> {
    DEFINED.with(|defined| {
        let mut defined = defined.try_borrow_mut().ok()?;
        if let Some((_, id)) = defined.iter().find(|(known, _)| known == name) {
            return Some(*id);
        }
        let id = define(name)?;
        defined.push((name.to_owned(), id));
        Some(id)
    })
}

/// Of `sha256:` and hex digits the first digits.
fn number_of(digest: &str) -> Option<u64> {
    let digits = digest.split(':').next_back()?.get(..DIGEST_DIGITS)?;
    u64::from_str_radix(digits, 16).ok()
}
