//! What must hold for a rule of an access file besides caller, action and model, as its author wrote it. The table has the same in other
//! words: of `versions` it makes tests of a fact, of `until` a number of seconds, of a zone's clock its changes of fifteen years.

use std::collections::BTreeSet;

use crate::cedar::{Part, characters};
use crate::policy::{Gate, Rule, Term, Until};

use super::words;

/// The machine between, in the Cedar policies that a deny about machines becomes besides its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Between {
    /// the connection's peer
    Peer,
    /// the application that a person's token was given to
    Client,
}

impl Between {
    /// By the id of the policy.
    pub(super) fn of(id: &str) -> Option<Self> {
        let (_, part) = id.rsplit_once('/')?;
        match part {
            "peer" => Some(Self::Peer),
            "client" => Some(Self::Client),
            _ => None,
        }
    }
}

/// `the model's version is 3 or 4, and context.hour >= 6`.
pub(super) fn condition(rule: &Rule, between: Option<Between>, gate: &Gate) -> String {
    let machine = between.map(|between| {
        let own = rule
            .who
            .iter()
            .filter(|term| is_between(term, between, gate));
        through(own)
    });
    let also = rule.all.iter().map(also);
    let parts = machine
        .into_iter()
        .chain(also)
        .chain(by(rule))
        .chain(versions(rule))
        .chain(rule.until.as_ref().map(before))
        .chain(when(rule));
    parts.collect::<Vec<_>>().join(", and ")
}

/// The same of `through` and `when` alone; `None` where the rule has neither.
pub(super) fn own(rule: &Rule) -> Option<String> {
    let parts: Vec<String> = by(rule).into_iter().chain(when(rule)).collect();
    (!parts.is_empty()).then(|| parts.join(", and "))
}

fn by(rule: &Rule) -> Option<String> {
    (!rule.through.is_empty()).then(|| through(rule.through.iter()))
}

fn when(rule: &Rule) -> Option<String> {
    let when = rule.when.as_ref();
    when.map(|when| in_one_line(&when.text))
}

fn also(who: &BTreeSet<Term>) -> String {
    format!("the caller is also {}", one_of(who.iter()))
}

fn through<'a>(applications: impl Iterator<Item = &'a Term>) -> String {
    format!("it comes through {}", one_of(applications))
}

fn one_of<'a>(terms: impl Iterator<Item = &'a Term>) -> String {
    terms.map(words::principal).collect::<Vec<_>>().join(" or ")
}

/// A deny of some versions denies a request that names none, too.
fn versions(rule: &Rule) -> Option<String> {
    if rule.versions.is_empty() {
        return None;
    }
    let versions: Vec<&str> = rule.versions.iter().map(String::as_str).collect();
    let none = if rule.denies { " or none is named" } else { "" };
    let versions = versions.join(" or ");
    Some(format!("the model's version is {versions}{none}"))
}

/// A day is over with its last second.
fn before(until: &Until) -> String {
    let text = until.text.trim();
    match text.contains([':', 'T', 't']) {
        true => format!("it is before {text}"),
        false => format!("it is before the end of {text}"),
    }
}

/// Cedar with one blank between its words, and without comments, which would swallow what follows; its texts stay as they are.
fn in_one_line(cedar: &str) -> String {
    let mut line = String::with_capacity(cedar.len());
    let mut blank = false;
    for (_, letter, part) in characters(cedar) {
        if part == Part::Comment || (part == Part::Code && letter.is_whitespace()) {
            blank = true;
            continue;
        }
        if blank && !line.is_empty() {
            line.push(' ');
        }
        blank = false;
        line.push(letter);
    }
    line
}

/// Whether a machine of a deny is looked for there: a workload as the peer, a service account of an issuer as the client.
fn is_between(term: &Term, between: Between, gate: &Gate) -> bool {
    let Term::ServiceAccount(id) = term else {
        return false;
    };
    let owner = id.split_once('/').map_or(id.as_str(), |(owner, _)| owner);
    let issuer = gate.issuers.iter().find(|issuer| issuer.name == owner);
    match between {
        Between::Peer => issuer.is_none(),
        Between::Client => issuer.is_some_and(|issuer| issuer.claims.user.is_some()),
    }
}

#[cfg(test)]
mod tests {
    use policies::bundle::CLOCK;

    use crate::analysis::Side;
    use crate::checks::vectors::{ACCESS, GATE};
    use crate::source::Source;

    /// Conditions of the rules of an access file with these, each as it is shown.
    fn shown(rules: &str) -> Vec<Option<String>> {
        let gate = format!("{GATE}  timeZones: [Europe/Berlin]\n");
        let (head, _) = ACCESS.split_once("  allow:").unwrap();
        let texts = [gate, format!("{head}{rules}")];
        let sources = texts.map(|text| Source {
            name: "a.yaml".into(),
            bytes: text.into_bytes(),
        });
        let (loaded, problems) = crate::load(&sources);
        let loaded = loaded.unwrap_or_else(|| panic!("{problems:?}"));
        let side = Side::new(&loaded.policy).unwrap();
        let rules = side.table.rules.iter().enumerate();
        let own = rules.filter(|(_, rule)| !rule.id.ends_with(CLOCK));
        own.map(|(position, _)| side.shown(position).condition)
            .collect()
    }

    fn allowed(rule: &str) -> Option<String> {
        let who = "  allow:\n    - who: { groups: [analysts] }\n";
        shown(&format!("{who}{rule}")).remove(0)
    }

    #[test]
    fn a_condition_is_what_was_written() {
        for (rule, condition) in [
            (
                "      versions: [\"3\", \"4\"]\n",
                "the model's version is 3 or 4",
            ),
            (
                "      until: 2027-01-31\n",
                "it is before the end of 2027-01-31",
            ),
            (
                "      until: 2027-01-31T18:00:00+01:00\n",
                "it is before 2027-01-31T18:00:00+01:00",
            ),
            (
                "      when: '!(context.hour < 6)  ||\n        resource.public'\n",
                "!(context.hour < 6) || resource.public",
            ),
            (
                "      when: 'context.local[\"Europe/Berlin\"].hour >= 6'\n",
                "context.local[\"Europe/Berlin\"].hour >= 6",
            ),
            (
                "      versions: [\"3\"]\n      until: 2027-01-31\n      when: context.hour >= 6\n",
                "the model's version is 3, and it is before the end of 2027-01-31, and context.hour >= 6",
            ),
        ] {
            assert_eq!(allowed(rule).as_deref(), Some(condition), "{rule}");
        }
        assert_eq!(allowed(""), None);
    }

    #[test]
    fn a_comment_in_a_condition_swallows_nothing() {
        let rule = "      when: |\n        context.hour >= 6 // by \"day\"\n        && context.method == \"//  a\\\"\"   // POST\n";
        let condition = "context.hour >= 6 && context.method == \"//  a\\\"\"";
        assert_eq!(allowed(rule).as_deref(), Some(condition));
        let ended = "      when: \"context.hour >= 6 // day\\r|| resource.public\"\n";
        let condition = "context.hour >= 6 || resource.public";
        assert_eq!(allowed(ended).as_deref(), Some(condition));
    }

    #[test]
    fn a_deny_of_versions_and_one_about_machines() {
        let rules = "  allow:\n    - who: { groups: [analysts] }\n  deny:\n    - who: { serviceAccounts: [payments/checkout] }\n      versions: [\"7\"]\n";
        let version = "the model's version is 7 or none is named";
        let peer = format!("it comes through service account payments/checkout, and {version}");
        let denied: Vec<Option<String>> = shown(rules).into_iter().skip(1).collect();
        assert_eq!(denied, [Some(version.to_owned()), Some(peer)]);
    }

    #[test]
    fn in_all_of_them_and_through_a_machine() {
        let rules = "  allow:\n    - who: { groups: [analysts], all: [{ groups: [leads, owners] }], through: [payments/checkout] }\n";
        let condition = "the caller is also group corp/leads or group corp/owners, and it comes through service account payments/checkout";
        assert_eq!(shown(rules), [Some(condition.to_owned())]);
    }
}
