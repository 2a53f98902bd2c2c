//! What rules and declarations do beside the verdicts that follow from them: a change of theirs can let somebody in without one rule
//! that grants it anew. `everyone` is also every workload that some rule of the proxy's bundle names; what a rule asks of requests is
//! read of each, and refused where it cannot be read; and a declared name keeps its other spellings away where servers read several
//! alike.
//!
//! What proxies know is taken from what they would be told, not from the words of conditions, which say the same in many ways.

use std::collections::{BTreeMap, BTreeSet};

use policies::bundle::{ClaimTest, Effect, Who};
use policies::engine::{ADDED, LOCAL, folded};
use policies::facts;

use crate::lower::{self, Known, Pattern};
use crate::policy::{Policy, Term};

use super::caller::Kind;
use super::example::Example;
use super::formula::{Formula, Property};
use super::models::Class;
use super::places::Place;
use super::rules::Side;
use super::words;

/// How a service account begins in a bundle's dictionary.
const WORKLOAD: &str = "sa:";

/// What a change does for such reasons, each as a sentence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beside {
    /// what is or may be allowed newly
    pub opened: Vec<String>,
    /// what is refused newly
    pub closed: Vec<String>,
    /// the workloads that one side alone knows
    pub strangers: Strangers,
}

/// Workloads, as `NAMESPACE/NAME`, that the old side knows by no certificate and the new one does, and the other way round.
pub type Strangers = [BTreeSet<String>; 2];

/// What differs. The sides must have all namespaces, where it [`is_due`].
#[must_use]
pub fn compare(old: &Side<'_>, new: &Side<'_>) -> Beside {
    let (mut opened, mut closed) = (BTreeSet::new(), BTreeSet::new());
    let sides = [old, new].map(known_of);
    let strangers = strangers(&sides);
    for (install, [before, after]) in in_both(&sides) {
        for fact in before.facts.difference(&after.facts) {
            opened.insert(unread(install, fact));
        }
        for fact in after.facts.difference(&before.facts) {
            closed.insert(read(install, fact));
        }
        for workload in after.terms.difference(&before.terms) {
            let words = ["names", "now", "is"];
            let here = (new, install, &strangers[0]);
            opened.extend(named(here, after, workload, words));
        }
        for workload in before.terms.difference(&after.terms) {
            let words = ["named", "and none does now", "was"];
            let here = (old, install, &strangers[1]);
            closed.extend(named(here, before, workload, words));
        }
    }
    opened.extend(spellings(old, new).into_iter().map(|(name, open)| {
        let (name, open) = (told(name), open.entry_name());
        format!("{name} is not named any more, whose other spellings were refused: they are names of `{open}` now")
    }));
    closed.extend(spellings(new, old).into_iter().map(|(name, open)| {
        let (name, open) = (told(name), open.entry_name());
        format!("{name} is named now, so that its other spellings are refused: they were names of `{open}`")
    }));
    Beside {
        opened: opened.into_iter().collect(),
        closed: closed.into_iter().collect(),
        strangers,
    }
}

fn told(name: &Pattern) -> String {
    format!("`{}/{}`", name.namespace, name.entry_name())
}

fn strangers(sides: &[Everywhere<'_>; 2]) -> Strangers {
    let [before, after] = sides.each_ref().map(|side| -> BTreeSet<&str> {
        let all = side.values().flat_map(workloads);
        all.map(|term| &term[WORKLOAD.len()..]).collect()
    });
    let without = |all: &BTreeSet<&str>, known: &BTreeSet<&str>| {
        let names = all.difference(known);
        names.map(|name| (*name).to_owned()).collect()
    };
    [without(&after, &before), without(&before, &after)]
}

/// Where a workload is known by its certificate, and where it is not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Whereabouts<'s> {
    /// namespaces whose requests pass proxies that know it
    pub namespaces: BTreeSet<&'s str>,
    /// install targets at which no rule names it
    pub unknown: Vec<&'s str>,
}

/// Where somebody is known who is a workload: by its certificate alone where a rule of the proxy's bundle names it. `None` for who is
/// known everywhere, by its token.
#[must_use]
pub fn whereabouts<'s>(side: &'s Side<'_>, term: &Term) -> Option<Whereabouts<'s>> {
    let mut kinds = side.shapes.iter().map(|shape| &shape.kind);
    let by_token = kinds.any(|kind| matches!(kind, Kind::Token(_)));
    if by_token || !side.policy.gate.is_workload(term) {
        return None;
    }
    let name = term.dictionary_form();
    let mut found = Whereabouts::default();
    for (install, known) in known_of(side) {
        if known.terms.contains(name.as_str()) {
            found.namespaces.extend(known.namespaces);
        } else {
            found.unknown.push(install);
        }
    }
    Some(found)
}

/// Whether what these namespaces change depends on what the others ask for and grant; `whole` are both policies with all of them.
#[must_use]
pub fn is_due(old: &Side<'_>, new: &Side<'_>, whole: [&Policy; 2]) -> bool {
    let files = whole.iter().flat_map(|policy| &policy.files);
    let mut rules = files.flat_map(|file| &file.rules);
    let for_everyone = rules.any(|rule| rule.everyone && !rule.denies);
    let sides = [old, new].map(known_of);
    in_both(&sides).any(|(_, [before, after])| {
        before.facts != after.facts || for_everyone && !workloads(before).eq(workloads(after))
    })
}

/// The service accounts that they know, workloads among them.
fn workloads<'k>(known: &'k Known<'_>) -> impl Iterator<Item = &'k String> {
    let terms = known.terms.iter();
    terms.filter(|term| term.starts_with(WORKLOAD))
}

/// What the proxies of each install target know, by its name.
type Everywhere<'s> = BTreeMap<&'s str, Known<'s>>;

fn known_of<'s>(side: &'s Side<'_>) -> Everywhere<'s> {
    let installs = side.policy.gate.installs.iter();
    let known = |install| lower::known(&side.table, side.policy, install);
    installs
        .map(|install| (install.name.as_str(), known(install)))
        .collect()
}

/// The same before and after; an install target that comes is told as a change of the gate.
fn in_both<'k, 's>(
    [before, after]: &'k [Everywhere<'s>; 2],
) -> impl Iterator<Item = (&'s str, [&'k Known<'s>; 2])> {
    let after = after.iter();
    after.filter_map(|(name, after)| Some((*name, [before.get(name)?, after])))
}

/// What was read of requests, and refused where it could not be, and is not any more.
fn unread(install: &str, fact: &str) -> String {
    format!(
        "no rule at `{install}` asks for {} any more: a request that was refused because it could not be read, is malformed or is named twice may be allowed",
        words::fact(fact)
    )
}

/// What is read of requests now, and refuses those in which it cannot be.
fn read(install: &str, fact: &str) -> String {
    let form = match fact {
        facts::VERSION => "that names one in a form which servers read differently, or two",
        facts::ADDRESS => "without one that the proxy knows",
        _ => "that has it twice, with `_` for `-`, too long or not as a text",
    };
    format!(
        "a rule at `{install}` asks for {} now: a request {form} is refused, whatever else it asks for",
        words::fact(fact)
    )
}

/// A workload that is known on this side, where something that is for everyone is for it as well. One that the other side knows
/// elsewhere is no stranger to it ([`Strangers`]), so that here nothing has been told of what is for it alone either.
fn named(
    (side, install, strangers): (&Side<'_>, &str, &BTreeSet<String>),
    known: &Known<'_>,
    term: &str,
    [names, now, is]: [&str; 3],
) -> Option<String> {
    let workload = term.strip_prefix(WORKLOAD)?;
    let namespaces = known.namespaces.iter().copied();
    let alone = !strangers.contains(workload);
    let (rule, example) = allowing(side, namespaces, workload, alone)?;
    Some(format!(
        "a rule at `{install}` {names} the workload `{workload}` {now}, so that `{}` {is} for it as well: {example}",
        side.rule(rule).id
    ))
}

/// A rule in these namespaces that is for everyone, and so for this service account where it is a workload that the proxies know, and
/// a request that shows it.
#[must_use]
pub fn for_everyone<'n>(
    side: &Side<'_>,
    namespaces: impl Iterator<Item = &'n str>,
    account: &str,
) -> Option<(usize, Example)> {
    allowing(side, namespaces, account, false)
}

/// The same, or a rule that is for it `alone`.
fn allowing<'n>(
    side: &Side<'_>,
    namespaces: impl Iterator<Item = &'n str>,
    account: &str,
    alone: bool,
) -> Option<(usize, Example)> {
    let term = Term::ServiceAccount(account.to_owned());
    if !side.policy.gate.is_workload(&term) {
        return None;
    }
    let classes = namespaces.flat_map(|namespace| side.classes(namespace));
    let mut classes: Vec<Class> = classes.collect();
    // an example about a model says more
    classes.sort_by_key(Class::is_server);
    let mut places = classes.iter().flat_map(|class| side.places(class));
    places.find_map(|place| allowed(side, &place, account, alone))
}

/// A request there by the workload's certificate alone that a rule for everyone allows, or one for it `alone`.
fn allowed(
    side: &Side<'_>,
    place: &Place,
    workload: &str,
    alone: bool,
) -> Option<(usize, Example)> {
    let target = place.target();
    let shape = side
        .shapes
        .iter()
        .find(|shape| shape.kind == Kind::Workload)?;
    let is = ClaimTest::Text(workload.to_owned());
    let is = Formula::Test(Property::Name, is);
    let denied = side.some(&place.relevant.denies, shape, target).not();
    let mut grants = place.relevant.allows.iter().copied();
    grants.find_map(|grant| {
        let rule = side.rule(grant);
        if rule.effect != Effect::Allow || !alone && rule.who != Who::Anyone {
            return None;
        }
        let matches = side.formula(grant, shape, target);
        let whole = Formula::all([is.clone(), matches, denied.clone()]);
        let domains = shape.solve(&whole)?;
        Some((grant, Example::of(&domains, shape, target, place.action())))
    })
}

/// Names that only one side has, each with a beginning of the other which stands for other spellings of it: they are refused where the
/// name is.
fn spellings<'s>(one: &'s Side<'_>, other: &'s Side<'_>) -> Vec<(&'s Pattern, &'s Pattern)> {
    let [here, there] =
        [one, other].map(|side| -> BTreeSet<&Pattern> { side.declared.spelled().collect() });
    let like = |pattern: &Pattern| folded(&pattern.name).to_ascii_lowercase();
    let alone = here.difference(&there).filter_map(|name| {
        let own = || {
            there
                .iter()
                .filter(|other| other.namespace == name.namespace)
        };
        if own().any(|other| other.open == name.open && like(other) == like(name)) {
            return None;
        }
        let spelt = spelt(&name.name);
        let covers = |pattern: &&&Pattern| {
            let begins = pattern.name.to_ascii_lowercase();
            let is = |(before, name): &(usize, String)| {
                *before <= begins.len() && name.starts_with(&begins)
            };
            pattern.open && spelt.iter().any(is)
        };
        Some((*name, *own().find(covers)?))
    });
    alone.collect()
}

/// How a server that adds to names itself would take the name too, in small letters, each with the length of what is added before it.
fn spelt(name: &str) -> Vec<(usize, String)> {
    let (registry, library, tag) = ADDED;
    let plain = folded(name).to_ascii_lowercase();
    let begins = [
        "".to_owned(),
        library.to_owned(),
        registry.to_owned(),
        format!("{registry}{library}"),
    ];
    let spelt = begins.iter().flat_map(|begin| {
        ["", tag, LOCAL].map(|end| (begin.len(), format!("{begin}{plain}{end}")))
    });
    spelt.collect()
}

#[cfg(test)]
mod tests;
