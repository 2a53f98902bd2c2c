//! How long is searched. A search is exponential in the worst case, and whoever writes a condition must not keep others waiting.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use crate::diagnostic::Diagnostic;
use crate::source::Span;

use super::rules::Side;

/// How many tests all searches about one policy may look at together. Where nothing is left, a search that finds nothing says nothing.
#[derive(Debug, Clone)]
pub struct Effort(Arc<AtomicU64>);

/// A search was given up: there may be such a request, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GivenUp;

impl Effort {
    /// For so many tests.
    #[must_use]
    pub fn of(tests: u64) -> Self {
        Self(Arc::new(tests.into()))
    }

    /// From here on for so many.
    pub(super) fn renew(&self, tests: u64) {
        self.0.store(tests, Relaxed);
    }

    /// Whether searches were given up.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.0.load(Relaxed) == 0
    }

    pub(super) fn spend(&self, tests: u64) -> Result<(), GivenUp> {
        let less = |left: u64| left.checked_sub(tests);
        if self.0.fetch_update(Relaxed, Relaxed, less).is_ok() {
            return Ok(());
        }
        self.renew(0);
        Err(GivenUp)
    }
}

/// What questions about so many rules may take: a matrix of 100,000 rules in 100 namespaces takes 2 million, and one of 1,800 rules
/// with conditions in a single namespace ends with what these have. What a search looks at after many wrong guesses counts for more.
#[must_use]
pub(super) fn enough(rules: usize) -> u64 {
    const LEAST: u64 = 20_000_000;
    const EACH: u64 = 200_000;
    let rules = u64::try_from(rules).unwrap_or(u64::MAX);
    LEAST.saturating_add(rules.saturating_mul(EACH))
}

impl Side<'_> {
    /// The error, where searches about the policy were given up: then answers that came of them are none.
    #[must_use]
    pub fn given_up(&self) -> Option<Diagnostic> {
        self.effort.is_spent().then(|| self.too_long())
    }

    fn too_long(&self) -> Diagnostic {
        let message = "conditions hang together in so many ways that it would take too long to say what they let whom do";
        let place = self.longest(0..self.table.rules.len());
        Diagnostic::error("MG0517", place, message).with_help(SHORTER)
    }

    /// The same where rules are compared with each other, a namespace after the other, as a warning.
    #[must_use]
    pub fn given_up_at(&self, namespace: &str) -> Option<Diagnostic> {
        let too_long = || self.too_long_at(namespace);
        self.effort.is_spent().then(too_long)
    }

    fn too_long_at(&self, namespace: &str) -> Diagnostic {
        let message = format!(
            "conditions hang together in so many ways that it would take too long to say which rules are superfluous: of `{namespace}` and the namespaces after it nothing is said"
        );
        let place = self.longest(self.about(namespace));
        Diagnostic::warning("MG0517", place, message).with_help(SHORTER)
    }

    /// Where the longest condition of these rules is.
    fn longest(&self, rules: impl IntoIterator<Item = usize>) -> Span {
        let length = |position: &usize| {
            let condition = self.shown(*position).condition;
            condition.map_or(0, |text| text.len())
        };
        let longest = rules.into_iter().max_by_key(length);
        let place = longest.and_then(|position| self.places.get(position));
        place.copied().unwrap_or_default()
    }
}

const SHORTER: &str = "write shorter conditions, or several rules: this is the longest";

#[cfg(test)]
mod tests {
    use crate::analysis::Side;
    use crate::analysis::change::compare;
    use crate::checks::vectors::{ACCESS, GATE};
    use crate::source::Source;

    #[test]
    fn what_takes_too_long_is_given_up_and_told() {
        let rule = "    - who: { groups: [analysts] }\n";
        let hours = [6, 7].map(|hour| format!("{rule}      when: context.hour > {hour}\n"));
        let policies = hours.map(|hours| {
            let texts = [
                GATE.to_owned(),
                ACCESS.replace(rule, &format!("{rule}{hours}")),
            ];
            let sources = texts.map(|text| Source {
                name: "a.yaml".into(),
                bytes: text.into_bytes(),
            });
            crate::load(&sources).0.unwrap().policy
        });
        let [old, new] = policies.each_ref().map(|policy| Side::new(policy).unwrap());
        drop(compare(&old, &new));
        assert_eq!([&old, &new].map(Side::given_up), [None, None]);
        new.effort.renew(3);
        drop(compare(&old, &new));
        let problem = new.given_up().unwrap();
        assert_eq!((problem.code, problem.span.source), ("MG0517", 1));
        assert!(problem.is_error() && problem.span.line > 1);
        let namespace = new.declared.namespaces().next().unwrap();
        assert!(!new.given_up_at(namespace).unwrap().is_error());
    }
}
