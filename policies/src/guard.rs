//! What one filter instance remembers between requests: the engine, each issuer's keys, and the tokens already verified.
//! Everything is bounded; nothing outlives a change of policy, because a new bundle makes a new guard.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::engine::Engine;
use crate::keys::{KeySet, KeysError};
use crate::principal::Identity;
use crate::time::UnixTime;

/// Most verified tokens in one half of the cache; there are two halves.
pub const MAX_TOKENS: usize = 1000;
/// Most token bytes in one half of the cache.
pub const MAX_TOKEN_BYTES: usize = 2 * 1024 * 1024;

/// Engine and memory.
#[derive(Debug)]
pub struct Guard {
    engine: Engine,
    rings: BTreeMap<usize, KeyRing>,
    tokens: TokenCache,
}

/// The keys of one issuer, as last fetched.
#[derive(Debug)]
pub struct KeyRing {
    keys: KeySet,
    generation: u64,
}

/// A token whose signature was verified.
#[derive(Debug)]
pub struct Verified {
    /// who it is
    pub identity: Identity,
    /// its terms in the dictionary of this bundle
    pub terms: Vec<u32>,
    issuer: usize,
    generation: u64,
}

/// Two halves: when the young one is full it becomes the old one, and the old one is dropped. What is used stays.
#[derive(Debug, Default)]
struct TokenCache {
    young: BTreeMap<Vec<u8>, Rc<Verified>>,
    young_bytes: usize,
    old: BTreeMap<Vec<u8>, Rc<Verified>>,
}

impl Guard {
    /// A guard that knows the keys of the bundle and no token.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        let rings = engine
            .inline_keys()
            .map(|(issuer, keys)| {
                (
                    issuer,
                    KeyRing {
                        keys,
                        generation: 0,
                    },
                )
            })
            .collect();
        Self {
            engine,
            rings,
            tokens: TokenCache::default(),
        }
    }

    /// The engine.
    #[must_use]
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Installs freshly fetched keys; tokens verified with a set that differs are forgotten.
    ///
    /// # Errors
    /// When the set is refused; the last good one stays.
    pub fn install_keys(&mut self, issuer: usize, jwks: &[u8]) -> Result<(), KeysError> {
        let keys = KeySet::parse(jwks)?;
        let generation = match self.rings.get(&issuer) {
            Some(ring) if ring.keys == keys => ring.generation,
            Some(ring) => ring.generation.wrapping_add(1),
            None => 0,
        };
        self.rings.insert(issuer, KeyRing { keys, generation });
        Ok(())
    }

    /// The issuer's keys, once there are any.
    #[must_use]
    pub fn keys(&self, issuer: usize) -> Option<&KeySet> {
        self.rings.get(&issuer).map(|ring| &ring.keys)
    }

    /// Forgets every verified token, as a fresh proxy would not know them.
    pub fn forget_tokens(&mut self) {
        self.tokens = TokenCache::default();
    }

    /// What is known of a token: nothing unless these very bytes were verified with the issuer's present keys and are valid.
    pub(crate) fn known(&mut self, token: &[u8], now: UnixTime) -> Option<Rc<Verified>> {
        let verified = self.tokens.get(token)?;
        let generation = self.rings.get(&verified.issuer).map(|ring| ring.generation);
        let valid =
            now.secs() < verified.identity.valid_until && generation == Some(verified.generation);
        valid.then_some(verified)
    }

    /// Keeps a token whose signature the issuer's present keys have verified.
    pub(crate) fn remember(
        &mut self,
        token: Vec<u8>,
        issuer: usize,
        identity: Identity,
    ) -> Rc<Verified> {
        let generation = self.rings.get(&issuer).map_or(0, |ring| ring.generation);
        let terms = self.engine.caller(Some(&identity), None).terms;
        let verified = Rc::new(Verified {
            identity,
            terms,
            issuer,
            generation,
        });
        self.tokens.insert(token, Rc::clone(&verified));
        verified
    }
}

impl TokenCache {
    fn get(&mut self, token: &[u8]) -> Option<Rc<Verified>> {
        if let Some(verified) = self.young.get(token) {
            return Some(Rc::clone(verified));
        }
        let (token, verified) = self.old.remove_entry(token)?;
        self.insert(token, Rc::clone(&verified));
        Some(verified)
    }

    fn insert(&mut self, token: Vec<u8>, verified: Rc<Verified>) {
        let bytes = self.young_bytes.saturating_add(token.len());
        if self.young.len() >= MAX_TOKENS || bytes > MAX_TOKEN_BYTES {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes = self.young_bytes.saturating_add(token.len());
        self.young.insert(token, verified);
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
            valid_until: 1,
        };
        Rc::new(Verified {
            identity,
            terms: vec![],
            issuer: 0,
            generation: 0,
        })
    }

    #[test]
    fn the_cache_is_bounded_and_keeps_what_is_used() {
        let mut cache = TokenCache::default();
        cache.insert(b"used".to_vec(), verified());
        for number in 0..10_000_u32 {
            cache.insert(number.to_be_bytes().to_vec(), verified());
            assert!(cache.get(b"used").is_some());
            assert!(cache.young.len() <= MAX_TOKENS && cache.old.len() <= MAX_TOKENS);
        }
        assert!(cache.get(&0_u32.to_be_bytes()).is_none());
    }

    #[test]
    fn the_cache_is_bounded_in_bytes() {
        let mut cache = TokenCache::default();
        for number in 0..2000_u32 {
            let mut token = vec![0; 8 * 1024];
            token[..4].copy_from_slice(&number.to_be_bytes());
            cache.insert(token, verified());
            assert!(cache.young_bytes <= MAX_TOKEN_BYTES);
        }
    }
}
