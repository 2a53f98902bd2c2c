//! Members beside the model's: those in which more models may be named, and those that choose one.

use super::{Due, ITEMS, ScanError};
use crate::aliases::{CACHING_GROUPS, METADATA, MODEL, is_alias};

/// What may name more models beside the request's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aside {
    Outside,
    /// the value of its key is due
    Due(More),
    /// it lies on the path
    Inside(More),
}

/// A member beside the model, in which others may be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum More {
    /// of each tool, the model that it runs
    Tools,
    /// the model whose stored answers LiteLLM gives
    Metadata,
    /// nothing: who chooses a model by it is refused, and clients send `null` for what they have not
    Null,
}

impl More {
    const fn of(key: &[u8]) -> Option<Self> {
        match key {
            b"tools" => Some(Self::Tools),
            b"metadata" => Some(Self::Metadata),
            _ => None,
        }
    }

    /// The steps to the name.
    pub(super) const fn path(self) -> &'static [&'static str] {
        match self {
            Self::Tools => &[ITEMS, MODEL],
            Self::Metadata => &["model_group"],
            Self::Null => &[],
        }
    }
}

/// What a key of an object on the path says of its value; `step` is the path's, and the object has it already where it was `found`.
#[inline(never)]
pub(super) fn due_after(
    key: &[u8],
    step: &str,
    found: bool,
    aside: &mut Aside,
) -> Result<Due, ScanError> {
    let inside = matches!(aside, Aside::Inside(_));
    if key == step.as_bytes() && !found {
        return Ok(Due::WantedColon);
    }
    if let Some(more) = More::of(key).filter(|_| step == MODEL && !inside) {
        *aside = Aside::Due(more);
        return Ok(Due::WantedColon);
    }
    let is = |name: &str| key.eq_ignore_ascii_case(name.as_bytes());
    if is(step) || *aside == Aside::Inside(More::Metadata) && is(CACHING_GROUPS) {
        return Err(ScanError::Conflict);
    }
    if inside || is(METADATA) || !is_alias(key, step) {
        return Ok(Due::Colon);
    }
    *aside = Aside::Due(More::Null);
    Ok(Due::WantedColon)
}
