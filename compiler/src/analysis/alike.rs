//! Questions that differ in the names of principals only. Names mean nothing by themselves: whether some request is allowed
//! is the same when every name is exchanged for another of its kind. So a question is written down with numbers in place of
//! its names, in the order in which they come; two that are written the same have the same answer, and are asked once.

use std::collections::{BTreeMap, HashMap};

use policies::bundle::{Condition, Effect, Text, Who};

use crate::lower::TableRule;
use crate::policy::Term;

use super::models::{Class, Kind};
use super::numbered::Numbered;
use super::offers::Methods;
use super::rules::{Relevant, Side};
use super::words;

/// The rules of one or two policies, ready to be written down.
#[derive(Debug)]
pub(super) struct Alike<'a> {
    /// of each policy, by position
    rules: Vec<Vec<Words>>,
    terms: HashMap<&'a Term, u32>,
}

/// A rule without the names of its principals.
#[derive(Debug)]
pub(super) struct Words {
    /// what is left without them; `None` for a rule that speaks of names of models
    kind: Option<u32>,
    /// it is about everyone
    anyone: bool,
    /// so many of them are whom the rule is about
    own: usize,
    /// they, in the order in which the rule has them
    terms: Vec<u32>,
}

impl Words {
    /// Whom the rule is about; `None` for everyone.
    pub(super) fn who(&self) -> Option<&[u32]> {
        (!self.anyone).then(|| self.terms.get(..self.own).unwrap_or_default())
    }

    /// All of whom it speaks.
    pub(super) fn all(&self) -> &[u32] {
        &self.terms
    }

    fn write(&self, text: &mut Written, met: &mut Met) -> Option<()> {
        text.push(self.kind?);
        for term in &self.terms {
            let next = number(met.len());
            text.push(*met.entry(*term).or_insert(next));
        }
        Some(())
    }

    /// Whom its condition names.
    pub(super) fn named(&self) -> &[u32] {
        self.terms.get(self.own..).unwrap_or_default()
    }
}

/// A question that was written down.
pub(super) type Written = Vec<u32>;

/// The numbers that stand for principals there.
pub(super) type Met = Numbered<u32, u32>;

/// Whom the rules of a place name.
#[derive(Debug)]
pub(super) struct Named<'a> {
    alike: &'a Alike<'a>,
    met: Met,
    /// every principal with every rule that names it, sorted
    pairs: Vec<(u32, usize)>,
}

/// A principal among the rules of a place. Two of whom the same is written can be exchanged, and with them the names that their
/// rules alone have: the rules are the same as before. So the answers about both are, each rule of the one for that of the other.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// the rules that name it, as it sees them
    pub(super) text: Written,
    /// these rules, in the order in which they are written
    pub(super) rules: Vec<usize>,
}

impl<'a> Alike<'a> {
    pub(super) fn of(sides: &[&'a Side<'_>]) -> Self {
        let mut terms = HashMap::new();
        let mut kinds = BTreeMap::new();
        let mut rules = Vec::new();
        for side in sides {
            let names = side.table.terms.names().iter();
            let numbers = names.map(|term| {
                let next = number(terms.len());
                *terms.entry(term).or_insert(next)
            });
            let numbers: Vec<u32> = numbers.collect();
            let own = side.table.rules.iter();
            rules.push(
                own.map(|rule| written(rule, side, &numbers, &mut kinds))
                    .collect(),
            );
        }
        Self { rules, terms }
    }

    /// How the class of models is declared, the methods where a rule asks for them, and which rules can match, on each side.
    /// `None` where names of models count.
    pub(super) fn write(
        &self,
        class: &Class,
        methods: Option<Methods>,
        sides: &[(Option<Kind>, &Relevant)],
    ) -> Option<(Written, Met)> {
        let mut met = Met::default();
        let mut text = declared(class, methods, sides.iter().map(|(kind, _)| *kind));
        for (side, (_, relevant)) in sides.iter().enumerate() {
            for rules in [&relevant.allows, &relevant.denies] {
                let rules = rules.iter().map(|rule| (side, *rule));
                self.write_rules(rules, &mut text, &mut met)?;
            }
        }
        Some((text, met))
    }

    /// These rules, each with the number of its side; who was met before has its number already.
    pub(super) fn write_rules(
        &self,
        rules: impl ExactSizeIterator<Item = (usize, usize)>,
        text: &mut Written,
        met: &mut Met,
    ) -> Option<()> {
        text.push(number(rules.len()));
        for (side, rule) in rules {
            self.words(side, rule)?.write(text, met)?;
        }
        Some(())
    }

    /// Whom the rules of a place of the only policy name, where it could be written.
    pub(super) fn named(&'a self, relevant: &Relevant, met: Met) -> Named<'a> {
        let rules = relevant.allows.iter().chain(&relevant.denies);
        let pairs = rules.flat_map(|rule| {
            let words = self.words(0, *rule).into_iter();
            words.flat_map(|words| words.terms.iter().map(|term| (*term, *rule)))
        });
        let mut pairs: Vec<(u32, usize)> = pairs.collect();
        pairs.sort_unstable();
        pairs.dedup();
        Named {
            alike: self,
            met,
            pairs,
        }
    }

    /// A rule of one of the policies.
    pub(super) fn words(&self, side: usize, rule: usize) -> Option<&Words> {
        self.rules.get(side)?.get(rule)
    }

    /// The number of a principal; `None` for one that no rule names.
    pub(super) fn number(&self, term: &Term) -> Option<u32> {
        self.terms.get(term).copied()
    }
}

impl Named<'_> {
    /// `None` for one that no rule names; everyone is seen nowhere.
    pub(super) fn seen(&self, who: Option<&Term>) -> Option<Seen> {
        let Some(who) = who else {
            return Some(Seen::default());
        };
        let who = self.alike.number(who)?;
        let rules = self.rules(who).iter();
        let texts = rules.map(|(_, rule)| Some((self.text(*rule, who)?, *rule)));
        let mut texts: Vec<(Written, usize)> = texts.collect::<Option<_>>()?;
        texts.sort_unstable();
        let rules: Vec<usize> = texts.iter().map(|(_, rule)| *rule).collect();
        (!rules.is_empty()).then(|| Seen {
            text: texts.into_iter().flat_map(|(text, _)| text).collect(),
            rules,
        })
    }

    /// A rule with who sees it as 0, whom no other rule names as odd numbers, and the others as even ones.
    fn text(&self, rule: usize, who: u32) -> Option<Written> {
        let words = self.alike.words(0, rule)?;
        let seen = |term: &u32| {
            if *term == who {
                return Some(0);
            }
            if self.rules(*term).len() == 1 {
                let place = words.terms.iter().position(|other| other == term)?;
                return Some(2 * number(place) + 1);
            }
            Some(2 * self.met.get(term)? + 2)
        };
        let kind = std::iter::once(words.kind);
        kind.chain(words.terms.iter().map(seen)).collect()
    }

    fn rules(&self, who: u32) -> &[(u32, usize)] {
        let from = self.pairs.partition_point(|(term, _)| *term < who);
        let rest = self.pairs.get(from..).unwrap_or_default();
        let end = rest.partition_point(|(term, _)| *term == who);
        rest.get(..end).unwrap_or_default()
    }
}

/// How a class of models is declared on each side, and the methods where a rule asks for them.
pub(super) fn declared(
    class: &Class,
    methods: Option<Methods>,
    kinds: impl IntoIterator<Item = Option<Kind>>,
) -> Written {
    // a request about a server as a whole names no version
    let methods = methods.unwrap_or_default().bits();
    let mut text = vec![u32::from(class.is_server()), u32::from(methods)];
    for kind in kinds {
        text.push(kind.map_or(0, |kind| 1 + u32::from(kind.public)));
        text.push(kind.map_or(0, |kind| kind.api as u32));
    }
    text
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn written(
    rule: &TableRule,
    side: &Side<'_>,
    numbers: &[u32],
    kinds: &mut BTreeMap<String, u32>,
) -> Words {
    let mut words = match rule.effect {
        Effect::Allow => "allow ".to_owned(),
        Effect::Deny | Effect::Guardrail => "deny ".to_owned(),
    };
    let mut positions = Vec::new();
    let anyone = match &rule.who {
        Who::Anyone => true,
        Who::AnyOf(terms) => {
            positions.extend(terms);
            false
        }
    };
    if anyone {
        words += "anyone";
    }
    let own = positions.len();
    let mut names_models = false;
    if let Some(when) = &rule.when {
        names_models = condition(when, side, &mut words, &mut positions);
    }
    words += &format!(" {own}");
    let mut terms = Vec::with_capacity(positions.len());
    for position in positions {
        words += &side
            .term(position)
            .map_or_else(String::new, |term| kind(term, side));
        let number = usize::try_from(position)
            .ok()
            .and_then(|at| numbers.get(at));
        terms.extend(number);
    }
    let next = number(kinds.len());
    let kind = (!names_models).then(|| *kinds.entry(words).or_insert(next));
    Words {
        kind,
        anyone,
        own,
        terms,
    }
}

/// What kind of name it is: a user, a group or an account of an issuer, or a workload.
fn kind(term: &Term, side: &Side<'_>) -> String {
    let (letter, id) = match term {
        Term::User(id) => ('u', id),
        Term::Group(id) => ('g', id),
        Term::ServiceAccount(id) => ('s', id),
    };
    let owner = id.split_once('/').map_or("", |(owner, _)| owner);
    let issuers = &side.policy.gate.issuers;
    let owner = issuers.iter().find(|issuer| issuer.name == owner);
    format!(
        " {letter}{:?}",
        owner.map_or("", |issuer| issuer.name.as_str())
    )
}

/// Whether it tells models apart by their names.
fn condition(
    condition: &Condition,
    side: &Side<'_>,
    words: &mut String,
    terms: &mut Vec<u32>,
) -> bool {
    let mut list = |name: &str, of: &[u32]| {
        *words += &format!("{name} in {}", of.len());
        terms.extend(of);
        false
    };
    match condition {
        Condition::PrincipalIn(of) => list("principal", of),
        Condition::PeerIn(of) => list("peer", of),
        Condition::ClientIn(of) => list("client", of),
        Condition::All(parts) | Condition::Any(parts) => {
            *words += if matches!(condition, Condition::All(_)) {
                "all("
            } else {
                "any("
            };
            let mut names_models = false;
            for part in parts {
                names_models |= self::condition(part, side, words, terms);
                *words += ",";
            }
            *words += ")";
            names_models
        }
        Condition::Not(part) => {
            *words += "not(";
            let names_models = self::condition(part, side, words, terms);
            *words += ")";
            names_models
        }
        Condition::ModelIn(_) | Condition::Text(Text::Namespace | Text::Name, _) => true,
        Condition::Always(_)
        | Condition::HasPeer
        | Condition::HasClient
        | Condition::Claim(..)
        | Condition::Public
        | Condition::Number(..)
        | Condition::Text(Text::Method | Text::Api, _) => {
            *words += &words::condition(condition, &side.table);
            false
        }
    }
}
