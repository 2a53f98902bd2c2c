//! What one filter instance remembers between requests: the engine, each issuer's keys, and the tokens already verified.
//! Everything is bounded; nothing outlives a change of policy, because a new bundle makes a new guard.

use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

#[cfg(feature = "what-if")]
use crate::action::Action;
use crate::engine::Engine;
use crate::keys::{KeySet, KeysError};
use crate::principal::{Caller, Identity};
use crate::time::UnixTime;

/// Most verified tokens in one half of the cache; there are two halves.
pub const MAX_TOKENS: usize = 1000;
/// Most bytes that one half of the cache takes, about: tokens and what was read from them.
pub const MAX_TOKEN_BYTES: usize = 2 * 1024 * 1024;

/// Engine and memory.
#[derive(Debug)]
pub struct Guard {
    engine: Engine,
    rings: BTreeMap<usize, KeyRing>,
    tokens: TokenCache,
    counts: TokenCounts,
}

/// How often a token was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TokenCounts {
    /// it was known, and still counts
    pub hits: u64,
    /// it had to be verified
    pub misses: u64,
}

/// Age in seconds from which fetched keys count as stale: two refreshes were missed.
pub const STALE_SECS: u64 = 720;

/// The keys of one issuer, as last fetched.
#[derive(Debug)]
pub struct KeyRing {
    keys: KeySet,
    generation: u64,
    /// `None`: they came with the bundle
    fetched: Option<UnixTime>,
    /// seconds for which they are used after that
    keep: u64,
}

/// A token whose signature was verified.
#[derive(Debug)]
pub struct Verified {
    /// who it is
    pub identity: Identity,
    /// the same as the decision table sees it, without the connection's peer
    pub caller: Caller,
    /// position in the bundle
    pub issuer: usize,
    generation: u64,
}

/// Two halves: when the young one is full it becomes the old one, and the old one is dropped. What is used stays.
#[derive(Default)]
struct TokenCache {
    young: BTreeMap<Turned, Rc<Verified>>,
    young_bytes: usize,
    old: BTreeMap<Turned, Rc<Verified>>,
}

/// All bytes of a token, the last first: tokens of one issuer begin alike and end in signatures, so that two of them differ at once.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Turned(Vec<u8>);

/// Bytes of a token that come first.
const TAIL: usize = 32;

impl Turned {
    /// No two tokens are turned into the same bytes.
    fn new(token: &[u8]) -> Self {
        let (rest, tail) = token
            .split_at_checked(token.len().saturating_sub(TAIL))
            .unwrap_or((token, &[]));
        Self([tail, rest].concat())
    }
}

impl Guard {
    /// A guard that knows the keys of the bundle and no token.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        let mut rings = BTreeMap::new();
        for (issuer, keys) in engine.inline_keys() {
            let ring = KeyRing {
                keys,
                generation: 0,
                fetched: None,
                keep: 0,
            };
            rings.insert(issuer, ring);
        }
        Self {
            engine,
            rings,
            tokens: TokenCache::default(),
            counts: TokenCounts::default(),
        }
    }

    /// The engine.
    #[must_use]
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Installs keys fetched at `now`; tokens verified with a set that differs are forgotten.
    ///
    /// # Errors
    /// When the set is refused; the last good one stays.
    pub fn install_keys(
        &mut self,
        issuer: usize,
        jwks: &[u8],
        now: UnixTime,
    ) -> Result<(), KeysError> {
        let keys = KeySet::parse(jwks)?;
        let generation = match self.rings.get(&issuer) {
            Some(ring) if ring.keys == keys => ring.generation,
            Some(ring) => ring.generation.wrapping_add(1),
            None => 0,
        };
        let settings = self.engine.bundle().issuers.get(issuer);
        let ring = KeyRing {
            keys,
            generation,
            fetched: Some(now),
            keep: settings.map_or(0, |issuer| issuer.keep_keys.into()),
        };
        self.rings.insert(issuer, ring);
        Ok(())
    }

    /// The issuer's keys, once there are any and while they may be used.
    #[must_use]
    pub fn keys(&self, issuer: usize, now: UnixTime) -> Option<&KeySet> {
        let ring = self.rings.get(&issuer)?;
        ring.is_usable(now).then_some(&ring.keys)
    }

    /// Whether the issuer's keys should have been fetched anew long ago.
    #[must_use]
    pub fn is_stale(&self, issuer: usize, now: UnixTime) -> bool {
        let ring = self.rings.get(&issuer);
        ring.is_some_and(|ring| ring.age(now) > STALE_SECS)
    }

    /// Seconds since the issuer's keys were fetched, where they were.
    #[must_use]
    pub fn age_of_keys(&self, issuer: usize, now: UnixTime) -> Option<u64> {
        let ring = self.rings.get(&issuer);
        ring.filter(|ring| ring.fetched.is_some())
            .map(|ring| ring.age(now))
    }

    /// What was counted since this was last asked.
    pub const fn take_token_counts(&mut self) -> TokenCounts {
        std::mem::replace(&mut self.counts, TokenCounts { hits: 0, misses: 0 })
    }

    /// Forgets every verified token, as a fresh proxy would not know them.
    pub fn forget_tokens(&mut self) {
        self.tokens = TokenCache::default();
    }

    /// What is known of a token: nothing unless these very bytes were verified with the issuer's present keys and are valid.
    pub(crate) fn known(&mut self, token: &[u8], now: UnixTime) -> Option<Rc<Verified>> {
        let known = self.look_up(token, now);
        let count = match known {
            Some(_) => &mut self.counts.hits,
            None => &mut self.counts.misses,
        };
        *count = count.saturating_add(1);
        known
    }

    fn look_up(&mut self, token: &[u8], now: UnixTime) -> Option<Rc<Verified>> {
        let verified = self.tokens.get(token)?;
        let ring = self.rings.get(&verified.issuer)?;
        let valid = now.secs() < verified.identity.valid_until
            && ring.generation == verified.generation
            && ring.is_usable(now);
        valid.then_some(verified)
    }

    /// Keeps a token whose signature the issuer's present keys have verified. One that the proxy has verified is not kept:
    /// the proxy is asked each time.
    pub(crate) fn remember(
        &mut self,
        token: &[u8],
        issuer: usize,
        identity: Identity,
    ) -> Rc<Verified> {
        let generation = self.rings.get(&issuer).map(|ring| ring.generation);
        let caller = self.engine.caller(Some(&identity), None);
        let verified = Rc::new(Verified {
            identity,
            caller,
            issuer,
            generation: generation.unwrap_or_default(),
        });
        if generation.is_some() {
            self.tokens.insert(token, Rc::clone(&verified));
        }
        verified
    }
}

impl KeyRing {
    /// Seconds since the last good fetch; a clock that went backwards makes no key older.
    fn age(&self, now: UnixTime) -> u64 {
        self.fetched
            .map_or(0, |fetched| now.since(fetched) / 1_000_000_000)
    }

    fn is_usable(&self, now: UnixTime) -> bool {
        self.fetched.is_none() || self.age(now) <= self.keep
    }
}

/// A token never shows.
impl fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "TokenCache({} young, {} old)",
            self.young.len(),
            self.old.len()
        )
    }
}

impl TokenCache {
    fn get(&mut self, token: &[u8]) -> Option<Rc<Verified>> {
        let token = Turned::new(token);
        if let Some(verified) = self.young.get(&token) {
            return Some(Rc::clone(verified));
        }
        let verified = self.old.remove(&token)?;
        self.keep(token, Rc::clone(&verified));
        Some(verified)
    }

    fn insert(&mut self, token: &[u8], verified: Rc<Verified>) {
        self.keep(Turned::new(token), verified);
    }

    fn keep(&mut self, token: Turned, verified: Rc<Verified>) {
        let size = token.0.len().saturating_add(verified.identity.size());
        let bytes = self.young_bytes.saturating_add(size);
        if self.young.len() >= MAX_TOKENS || bytes > MAX_TOKEN_BYTES {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes = self.young_bytes.saturating_add(size);
        self.young.insert(token, verified);
    }
}

#[cfg(feature = "what-if")]
impl Guard {
    /// See [`Engine::set_actions`]. What is remembered about tokens stays true: it says nothing about rules.
    pub fn set_actions(&mut self, rule: usize, actions: Rc<[Action]>) {
        self.engine.set_actions(rule, actions);
    }

    /// See [`Engine::hide`]. Remembered tokens are forgotten, which know their principals by what rules named.
    pub fn hide(&mut self, term: &str, hidden: bool) {
        self.engine.hide(term, hidden);
        self.forget_tokens();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::principal::Subject;

    fn verified() -> Rc<Verified> {
        let subject = Subject::User("ana".into());
        let identity = Identity {
            issuer: "people".into(),
            subject,
            groups: vec![],
            client: None,
            claims: Rc::default(),
            valid_until: 1,
        };
        Rc::new(Verified {
            identity,
            caller: Caller::default(),
            issuer: 0,
            generation: 0,
        })
    }

    #[test]
    fn the_cache_is_bounded_and_keeps_what_is_used() {
        let mut cache = TokenCache::default();
        cache.insert(b"used", verified());
        for number in 0..10_000_u32 {
            cache.insert(&number.to_be_bytes(), verified());
            assert!(cache.get(b"used").is_some());
            assert!(cache.young.len() <= MAX_TOKENS && cache.old.len() <= MAX_TOKENS);
        }
        assert!(cache.get(&0_u32.to_be_bytes()).is_none());
    }

    #[test]
    fn only_the_very_bytes_are_known() {
        let mut cache = TokenCache::default();
        let token: Vec<u8> = (0..100).collect();
        for length in [0, 1, TAIL - 1, TAIL, TAIL + 1, 100] {
            cache.insert(&token[..length], verified());
        }
        let mut turned = token.clone();
        turned.rotate_right(TAIL);
        assert!(cache.get(&turned).is_none());
        for at in 0..100 {
            let mut other = token.clone();
            other[at] ^= 1;
            assert!(cache.get(&other).is_none());
        }
        assert!(cache.get(&token).is_some() && cache.get(&token[..99]).is_none());
    }

    #[test]
    fn the_cache_is_bounded_in_bytes() {
        let mut cache = TokenCache::default();
        for number in 0..2000_u32 {
            let mut token = vec![0; 8 * 1024];
            token[..4].copy_from_slice(&number.to_be_bytes());
            cache.insert(&token, verified());
            assert!(cache.young_bytes <= MAX_TOKEN_BYTES);
        }
    }

    #[test]
    fn what_was_read_from_a_token_counts_too() {
        let mut cache = TokenCache::default();
        let group = "a".repeat(200);
        for number in 0..500_u32 {
            let mut identity = verified().identity.clone();
            identity.groups = vec![group.clone(); 300];
            let verified = Rc::new(Verified {
                identity,
                caller: Caller::default(),
                issuer: 0,
                generation: 0,
            });
            cache.insert(&number.to_be_bytes(), verified);
            assert!(cache.young_bytes <= MAX_TOKEN_BYTES && cache.young.len() < 70);
        }
        assert!(!format!("{cache:?}").contains(&group));
    }

    #[test]
    fn fetched_keys_grow_stale_and_then_are_gone() {
        let ring = |fetched| KeyRing {
            keys: KeySet::secret(&"A".repeat(64), &[]).unwrap(),
            generation: 0,
            fetched,
            keep: 3600,
        };
        let at = UnixTime::from_secs;
        let fetched = ring(Some(at(1000)));
        assert!(fetched.is_usable(at(4600)) && !fetched.is_usable(at(4601)));
        // a clock that went backwards makes nothing older
        assert!(fetched.is_usable(at(0)) && fetched.age(at(0)) == 0);
        assert!(fetched.age(at(1720)) <= STALE_SECS && fetched.age(at(1721)) > STALE_SECS);
        assert!(ring(None).is_usable(at(u64::MAX)));
    }
}
