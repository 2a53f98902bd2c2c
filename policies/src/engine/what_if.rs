//! An engine is changed in small ways to ask what another policy would say. A proxy never does: its policy comes as a whole, and the
//! filter is built without this.

use std::rc::Rc;

use crate::action::Action;
use crate::bundle::Bundle;

use super::Engine;

impl Engine {
    /// What was loaded, without what was made of it.
    #[must_use]
    pub fn into_bundle(self) -> Bundle {
        self.bundle
    }

    /// Gives a rule other actions; without any it never matches.
    pub fn set_actions(&mut self, rule: usize, actions: Rc<[Action]>) {
        if let Some(rule) = self.bundle.rules.get_mut(rule) {
            rule.actions = actions;
        }
    }

    /// Makes a principal one that no rule names, or one that is named again.
    pub fn hide(&mut self, term: &str, hidden: bool) {
        // it stands where it stood: no name has a byte that is less
        let other = format!("{term}\0");
        let (from, to) = if hidden {
            (term, other.as_str())
        } else {
            (other.as_str(), term)
        };
        let terms = &mut self.bundle.terms;
        let place = terms.binary_search_by(|known| known.as_str().cmp(from));
        if let Some(known) = place.ok().and_then(|place| terms.get_mut(place)) {
            to.clone_into(known);
        }
    }
}
