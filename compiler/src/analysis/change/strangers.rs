//! Workloads that one side alone knows: whoever comes by a certificate that no rule of the proxy's bundle names is nobody there,
//! whatever is for everyone.

use crate::analysis::caller::{Kind, Shape};
use crate::analysis::formula::Formula;
use crate::policy::Term;

use super::Cause;
use super::search::Search;

impl Search<'_, '_> {
    /// Whoever comes by its certificate alone is one that this side knows, as far as the other does.
    pub(super) fn is_known(&self, side: usize, shape: &Shape) -> Formula {
        let accounts = self.strangers[side].iter();
        let terms = accounts.map(|account| Term::ServiceAccount(account.clone()));
        let terms: Vec<Term> = terms.filter(|_| shape.kind == Kind::Workload).collect();
        shape.one_of(&terms).not()
    }

    /// Whether the rule names somebody whom one side alone knows: what others say of names is not asked then.
    pub(super) fn names_stranger(&self, cause: Cause) -> bool {
        let side = [self.old, self.new][cause.sides().0];
        let is_stranger = |term: &Term| match term {
            Term::ServiceAccount(name) => self.strangers.iter().any(|all| all.contains(name)),
            Term::User(_) | Term::Group(_) => false,
        };
        self.strangers.iter().any(|all| !all.is_empty())
            && side
                .rule(cause.position())
                .names()
                .into_iter()
                .any(|term| side.term(term).is_some_and(is_stranger))
    }
}
