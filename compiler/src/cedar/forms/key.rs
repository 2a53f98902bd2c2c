//! What a rule is besides its names: two rules with the same key have the same form.

use std::collections::BTreeSet;

use policies::action::Action;

use crate::policy::{AccessFile, Gate, Rule, Term};

/// Everything of a rule but its names. A rule about everyone has no caller by whom the referee could find it, and one with `all`
/// names in its condition: neither has a form.
pub(super) fn key(rule: &Rule, file: &AccessFile, gate: &Gate) -> Option<Vec<u8>> {
    const END: u8 = 0;
    let when = rule.when.as_ref().map(|when| when.text.as_str());
    let names = rule.who.iter().chain(&rule.through).map(Term::id);
    let texts = names.chain(rule.models.iter().chain(&rule.versions).map(String::as_str));
    let mut texts = texts.chain([rule.id.as_str(), &file.namespace]);
    let because = rule.because.as_deref().unwrap_or_default();
    let own = when.is_some_and(speaks_of_entities)
        || rule.everyone
        || !rule.all.is_empty()
        || !texts.all(is_plain)
        || !is_plain(because)
        || rule.who.iter().any(|term| rule.through.contains(term));
    if own {
        return None;
    }
    let mut key = vec![u8::from(rule.denies), u8::from(rule.because.is_some())];
    key.extend(mask(&rule.actions).to_le_bytes());
    for terms in [&rule.who, &rule.through] {
        for term in terms {
            key.extend(kind(term, gate)?.to_le_bytes());
        }
        key.extend([END, END]);
    }
    key.extend(
        rule.models
            .iter()
            .map(|name| 1 + u8::from(name.ends_with('*'))),
    );
    key.push(END);
    for version in &rule.versions {
        key.extend(version.as_bytes());
        key.push(END);
    }
    key.push(END);
    let until = rule.until.as_ref();
    key.extend(until.map_or(&[][..], |until| until.text.as_bytes()));
    key.push(END);
    key.extend(when.map_or(&[][..], str::as_bytes));
    Some(key)
}

fn mask(actions: &BTreeSet<Action>) -> u32 {
    let bits = (0..32).zip(Action::ALL);
    bits.filter(|(_, action)| actions.contains(action))
        .fold(0, |mask, (bit, _)| mask | 1 << bit)
}

/// What Cedar's text and the table make of a principal besides its name: kind, and for a machine whose it is.
fn kind(term: &Term, gate: &Gate) -> Option<u16> {
    let (owner, _) = term.id().split_once('/')?;
    match term {
        Term::User(_) => Some(1),
        Term::Group(_) => Some(2),
        Term::ServiceAccount(_) => {
            let issuer = gate.issuers.iter().position(|issuer| issuer.name == owner);
            issuer.map_or(Some(3), |issuer| u16::try_from(issuer + 4).ok())
        }
    }
}

fn speaks_of_entities(when: &str) -> bool {
    // a clock makes a second policy, with a reason of its own
    ["::", "resource", "principal", "hole-", "local"]
        .iter()
        .any(|word| when.contains(word))
}

fn is_plain(text: &str) -> bool {
    let plain = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\';
    text.bytes().all(plain) && !text.contains("hole-")
}
