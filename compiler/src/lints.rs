//! Rules that say less than they seem to: warnings, one a file, each exact. Where one is given, the rule can be taken out and
//! no request is judged otherwise, or where MG0501 says so none but lists, and where MG0502 says so none about a model. Grants that end, grants to everyone, what
//! lists do not have, and traps of Istio's own policies are told of beside them.
//!
//! What a rule does besides is not lost from sight: taken out, what it alone asks of requests is not read any more
//! ([`crate::analysis::beside`]).
//!
//! A rule that asks for a zone's clock also refuses what comes when nobody knows the clock: taken out, requests of those years may be let in,
//! and of no others.
//!
//! Guardrails may speak of what no team has yet: of them is told what holds whatever models there are.

mod always;
mod contradictory;
mod everyone;
mod expiring;
mod guardrails;
mod known;
mod namesakes;
mod personal;
mod redundant;
mod shadowed;
mod strangers;
mod traps;
mod vacuous;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use policies::bundle::{CLOCK, Effect};
use policies::time::UnixTime;

use crate::analysis::Side;
use crate::analysis::answers::{Answers, Besides, Numbered};
use crate::analysis::rules::{NO_CLOCK, written_id};
use crate::diagnostic::{self, Diagnostic};

pub use known::{Groups, Known, Models};

/// Every warning, in the order of the files.
#[must_use]
pub fn run(side: &Side<'_>, now: UnixTime, known: &Known) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    strangers::lint(side, known, &mut found);
    personal::lint(side.policy, known, &mut found);
    traps::lint(side.policy, &known.istio, &mut found);
    namesakes::lint(side.policy, known, &mut found);
    expiring::lint(side.policy, now, &mut found);
    let always = always::lint(side, &mut found);
    everyone::lint(side.policy, now, &always, &mut found);
    guardrails::lint(side, &mut found);
    vacuous::nowhere(side, &mut found);
    let mut answers = Answers::of(side);
    for namespace in side.declared.namespaces() {
        let before = found.len();
        let rules = Rules::of(side, &mut answers, namespace);
        let vacuous = vacuous::lint(&rules, &mut found);
        let contradictory = contradictory::lint(&rules, &vacuous, &mut found);
        let said = vacuous.union(&contradictory).copied().collect();
        redundant::lint(&rules, &said, &mut found);
        shadowed::lint(&rules, &vacuous, &mut found);
        // what was found is nothing then, as is what would be found next
        if let Some(problem) = side.given_up_at(namespace) {
            found.truncate(before);
            found.push(problem);
            break;
        }
    }
    diagnostic::sort(&mut found);
    found
}

/// The rules about one namespace, and every place where they can match.
struct Rules<'a> {
    side: &'a Side<'a>,
    answers: &'a Answers<'a>,
    places: Vec<Numbered>,
    /// of each rule, where it can match
    by_rule: HashMap<usize, Vec<usize>>,
    /// the parts of each rule of an access file, by its id: a deny about machines has several
    parts: BTreeMap<&'a str, Vec<usize>>,
    guardrails: Vec<usize>,
}

impl<'a> Rules<'a> {
    fn of(side: &'a Side<'a>, answers: &'a mut Answers<'_>, namespace: &str) -> Self {
        let mut parts: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut guardrails = Vec::new();
        for position in side.about(namespace) {
            let rule = side.rule(position);
            if rule.effect == Effect::Guardrail {
                guardrails.push(position);
            } else if !rule.id.ends_with(CLOCK) {
                parts
                    .entry(written_id(&rule.id))
                    .or_default()
                    .push(position);
            }
        }
        let classes = side.classes(namespace);
        let places = classes.iter().flat_map(|class| side.places(class));
        let places: Vec<Numbered> = places.map(|place| answers.number(place)).collect();
        let mut by_rule: HashMap<usize, Vec<usize>> = HashMap::new();
        for (number, there) in places.iter().enumerate() {
            let relevant = &there.place.relevant;
            for position in relevant.allows.iter().chain(&relevant.denies) {
                by_rule.entry(*position).or_default().push(number);
            }
        }
        Self {
            side,
            answers,
            places,
            by_rule,
            parts,
            guardrails,
        }
    }

    /// Where the rule can match.
    fn places(&self, position: usize) -> impl Iterator<Item = &Numbered> + Clone {
        let places = self.by_rule.get(&position);
        places
            .into_iter()
            .flatten()
            .map(|number| &self.places[*number])
    }

    /// Whether some request there matches the rule and is like this.
    fn can(&self, there: &Numbered, rule: usize, besides: Besides<'_>) -> bool {
        self.answers.can(there, rule, besides)
    }

    /// Of these other rules, which together leave a rule's parts nothing to do, those that suffice; `gone` are not counted.
    fn sufficient(
        &self,
        parts: &[usize],
        gone: &BTreeSet<usize>,
        others: BTreeSet<usize>,
    ) -> BTreeSet<usize> {
        least(others.clone(), |kept| {
            let gone: BTreeSet<usize> = others.difference(kept).chain(gone).copied().collect();
            let alone = |position: &usize| {
                let mut places = self.places(*position);
                places.any(|there| self.can(there, *position, Besides::Alone(&gone)))
            };
            !parts.iter().any(alone)
        })
    }

    /// The positions of allow rules.
    fn allows(&self) -> impl Iterator<Item = usize> {
        let all = self.parts.values().flatten().copied();
        all.filter(|position| self.side.rule(*position).effect == Effect::Allow)
    }

    /// The parts of each deny, in the order of the table.
    fn denies(&self) -> Vec<&Vec<usize>> {
        let denies = |parts: &&Vec<usize>| {
            let first = parts.first();
            first.is_some_and(|first| self.side.rule(*first).effect == Effect::Deny)
        };
        let mut all: Vec<&Vec<usize>> = self.parts.values().filter(denies).collect();
        all.sort_unstable();
        all
    }

    /// A diagnostic at a rule.
    fn warning(
        &self,
        code: &'static str,
        position: usize,
        message: &str,
        help: &str,
    ) -> Diagnostic {
        warning(self.side, code, position, message, help)
    }
}

fn warning(
    side: &Side<'_>,
    code: &'static str,
    position: usize,
    message: &str,
    help: &str,
) -> Diagnostic {
    let shown = side.shown(position);
    let name = shown.id.rsplit('/').next().unwrap_or_default();
    let message = format!("`{name}` {message}");
    Diagnostic::warning(code, shown.span, message).with_help(help)
}

/// Ids of rules, for a help.
fn names(side: &Side<'_>, positions: &BTreeSet<usize>) -> String {
    const MOST: usize = 5;
    let ids = positions
        .iter()
        .map(|position| side.rule(*position).id.as_str());
    let all: Vec<&str> = ids.filter(|id| !id.ends_with(CLOCK)).collect();
    if all.is_empty() {
        return format!("what is refused where {NO_CLOCK}");
    }
    let ids = all.get(..MOST).unwrap_or(&all);
    let more = if all.len() > MOST { ", ..." } else { "" };
    format!("`{}`{more}", ids.join("`, `"))
}

/// Of more rules than these nobody wants to know which of them suffice.
const MANY: usize = 64;

/// Of these rules, which together are enough, those that are; of several that do the same the first. Where there are many, all of them.
fn least(all: BTreeSet<usize>, enough: impl Fn(&BTreeSet<usize>) -> bool) -> BTreeSet<usize> {
    if all.len() > MANY {
        return all;
    }
    let mut kept = all.clone();
    for rule in all.into_iter().rev() {
        kept.remove(&rule);
        if !enough(&kept) {
            kept.insert(rule);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::Known;
    use crate::analysis::Side;
    use crate::checks::vectors::{ACCESS, GATE};
    use crate::diagnostic::Diagnostic;
    use crate::source::Source;
    use policies::time::UnixTime;

    /// Codes of the lints for the valid gate and an access file with these rules.
    pub fn lints(rules: &str) -> Vec<&'static str> {
        with_gate(GATE, rules)
    }

    /// The same for an allow with this condition.
    pub fn when(condition: &str) -> Vec<&'static str> {
        lints(&format!(
            "  allow:\n    - who: {{ groups: [analysts] }}\n      when: '{condition}'\n"
        ))
    }

    pub fn with_gate(gate: &str, rules: &str) -> Vec<&'static str> {
        found(gate, rules, &Known::default())
    }

    /// The same where something is known beside the files.
    pub fn knowing(known: &Known, rules: &str) -> Vec<&'static str> {
        found(GATE, rules, known)
    }

    /// The same, the lints themselves.
    pub fn told(known: &Known, rules: &str) -> Vec<Diagnostic> {
        all(GATE, rules, known)
    }

    /// The lints themselves, for the valid gate.
    pub fn diagnostics(rules: &str) -> Vec<Diagnostic> {
        all(GATE, rules, &Known::default())
    }

    fn found(gate: &str, rules: &str, known: &Known) -> Vec<&'static str> {
        let found = all(gate, rules, known).into_iter();
        found.map(|diagnostic| diagnostic.code).collect()
    }

    fn all(gate: &str, rules: &str, known: &Known) -> Vec<Diagnostic> {
        let (head, _) = ACCESS.split_once("  allow:").unwrap();
        let text = format!("{head}{rules}");
        let source = |(name, text): (&str, &str)| Source {
            name: name.into(),
            bytes: text.as_bytes().to_vec(),
        };
        let sources = [("gate.yaml", gate), ("risk.yaml", text.as_str())].map(source);
        let (loaded, problems) = crate::load(&sources);
        let loaded = loaded.unwrap_or_else(|| panic!("{problems:?}"));
        let side = Side::new(&loaded.policy).unwrap();
        let found = super::run(&side, UnixTime::default(), known);
        assert!(found.iter().all(|diagnostic| !diagnostic.is_error()));
        assert!(found.iter().all(|diagnostic| diagnostic.span.line > 0));
        found
    }

    #[test]
    fn ordinary_rules_are_fine() {
        let rules = "  allow:
    - who: { groups: [analysts] }
    - who: { groups: [leads] }
      can: [manage]
  deny:
    - who: { groups: [contractors] }
    - who: { users: [eve] }
      when: context.hour < 6
";
        assert_eq!(lints(rules), [""; 0]);
    }
}
