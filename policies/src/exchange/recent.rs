//! What a document named before: one that goes from one model to another and back asks once about each.

use scan::Named;

use crate::decision::Reason;

/// A document may name so many models, and that is far more than any batch asks. Where it names more than [`KEPT`], one counts as
/// often as it is named.
pub const MAX_MODELS: u32 = 1000;
/// The first of them are known again.
const KEPT: usize = 8;

/// The models of a document that were allowed.
#[derive(Debug, Default)]
pub(super) struct Recent {
    first: Vec<String>,
    count: u32,
}

impl Recent {
    /// It was allowed within this exchange, so that it is again.
    pub(super) fn has(&self, named: Named<'_>) -> bool {
        named.version.is_none() && self.first.iter().any(|known| known == named.model)
    }

    /// One more was allowed.
    ///
    /// # Errors
    /// They are too many.
    pub(super) fn add(&mut self, named: Named<'_>) -> Result<(), Reason> {
        self.count = self.count.saturating_add(1);
        if self.count > MAX_MODELS {
            return Err(Reason::BodyTooLarge);
        }
        if named.version.is_none() && self.first.len() < KEPT {
            self.first.push(named.model.to_owned());
        }
        Ok(())
    }
}
