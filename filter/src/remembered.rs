//! Keys that outlive a change of policy: the same virtual machine serves the old configuration and the new one, so the new one
//! begins with what was fetched for the old, and nobody waits. The memory is the virtual machine's own: no other plugin reads it.
//!
//! Keys are known by where they came from (cluster, authority, path), never by an issuer's name.

use std::cell::RefCell;

use policies::time::UnixTime;

/// Most key sets; each is at most [`policies::keys::MAX_BYTES`].
const MOST: usize = 16;

/// Where keys come from.
pub type Origin = (String, String, String);

thread_local! {
    static KEYS: RefCell<Vec<(Origin, UnixTime, Vec<u8>)>> = const { RefCell::new(Vec::new()) };
}

/// Remembers a set that was good when it was fetched; the oldest goes where there is no room.
pub fn put(origin: Origin, fetched: UnixTime, jwks: Vec<u8>) {
    KEYS.with(|keys| {
        let Ok(mut keys) = keys.try_borrow_mut() else {
            return;
        };
        keys.retain(|(known, ..)| *known != origin);
        let all = keys.iter().enumerate();
        let oldest = all.min_by_key(|(_, (_, fetched, _))| *fetched);
        if let Some((oldest, _)) = oldest.filter(|_| keys.len() >= MOST) {
            keys.swap_remove(oldest);
        }
        keys.push((origin, fetched, jwks));
    });
}

/// The last good set from there, and when it was fetched.
pub fn get(origin: &Origin) -> Option<(UnixTime, Vec<u8>)> {
    KEYS.with(|keys| {
        let keys = keys.try_borrow().ok()?;
        let (_, fetched, jwks) = keys.iter().find(|(known, ..)| known == origin)?;
        Some((*fetched, jwks.clone()))
    })
}
