//! Which claim names the user, which one the groups, and which are attributes of conditions: one plan for all issuers, made from
//! what the policies ask for.

use std::collections::BTreeMap;

use policies::bundle::{ClaimKind, ClaimPath};

use crate::syntax::Text;
use crate::syntax::issuer::is_name;
use crate::syntax::istio::{Condition, Rule};

/// Names of a person in tokens, besides `sub`.
const PEOPLE: [&str; 6] = [
    "email",
    "preferred_username",
    "upn",
    "unique_name",
    "username",
    "user",
];
/// Names of groups in tokens.
const GROUPS: [&str; 5] = ["groups", "roles", "group", "role", "teams"];
/// Claims whose words Istio takes for a list.
const WORDS: [&str; 2] = ["scope", "permission"];
/// Claims that have a meaning of their own.
const REGISTERED: [&str; 6] = ["iss", "exp", "nbf", "iat", "aud", "jti"];

/// Where identities are found.
#[derive(Debug, Clone)]
pub struct Plan {
    /// the claim of the user's name
    pub user: ClaimPath,
    /// the claim of the groups
    pub groups: Option<ClaimPath>,
    /// name and type of each claim that conditions ask for
    pub attributes: BTreeMap<ClaimPath, (String, ClaimKind)>,
}

/// A key of `when`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// `request.auth.claims[a][b]`
    Claim(ClaimPath),
    /// `request.auth.principal`
    RequestPrincipal,
    /// `source.principal`
    Principal,
    /// anything else
    Other,
}

impl Key {
    /// Reads a key as Istio does.
    #[must_use]
    pub fn read(text: &str) -> Self {
        match text {
            "request.auth.principal" => Self::RequestPrincipal,
            "source.principal" => Self::Principal,
            _ => {
                let claim = text.strip_prefix("request.auth.claims").and_then(steps);
                claim.map_or(Self::Other, Self::Claim)
            }
        }
    }
}

/// `[a][b]`.
fn steps(text: &str) -> Option<ClaimPath> {
    let inner = text.strip_prefix('[')?.strip_suffix(']')?;
    let steps: ClaimPath = inner.split("][").map(str::to_owned).collect();
    let fits = |step: &String| {
        !step.is_empty() && !step.contains(['[', ']']) && !step.contains(char::is_control)
    };
    let known = steps
        .first()
        .is_some_and(|first| !REGISTERED.contains(&first.as_str()));
    (known && steps.iter().all(fits)).then_some(steps)
}

impl Plan {
    /// For these rules.
    #[must_use]
    pub fn of<'a>(rules: impl Iterator<Item = &'a Rule> + Clone) -> Self {
        let asked: Vec<(ClaimPath, bool)> = rules
            .clone()
            .flat_map(|rule| &rule.when)
            .filter_map(claim)
            .collect();
        let positive: Vec<&ClaimPath> = asked
            .iter()
            .filter(|(_, positive)| *positive)
            .map(|(path, _)| path)
            .collect();
        let user = user(rules, &positive);
        let groups = groups(&user, &positive);
        let mut attributes = BTreeMap::new();
        for (path, _) in &asked {
            let kind = if is_words(path) {
                ClaimKind::Words
            } else {
                ClaimKind::List
            };
            let taken = |name: &str, attributes: &BTreeMap<ClaimPath, (String, ClaimKind)>| {
                attributes.values().any(|(other, _)| other == name)
            };
            if attributes.contains_key(path) {
                continue;
            }
            let mut name = identifier(path);
            while taken(&name, &attributes) {
                name.push('x');
            }
            attributes.insert(path.clone(), (name, kind));
        }
        Self {
            user,
            groups,
            attributes,
        }
    }

    /// Leaves the attributes that conditions ask for.
    pub fn keep(&mut self, conditions: &[String]) {
        self.attributes.retain(|_, (name, _)| {
            let asked = format!("context.claims has {name} ");
            conditions
                .iter()
                .any(|condition| condition.contains(&asked))
        });
    }
}

fn claim(condition: &Condition) -> Option<(ClaimPath, bool)> {
    match Key::read(&condition.key.value) {
        Key::Claim(path) => Some((path, !condition.values.is_empty())),
        _ => None,
    }
}

/// `sub` where a rule names it, else the first other name that is asked for.
fn user<'a>(mut rules: impl Iterator<Item = &'a Rule>, positive: &[&ClaimPath]) -> ClaimPath {
    let exact = |values: &[Text]| values.iter().any(|value| !value.value.contains('*'));
    let subject = vec!["sub".to_owned()];
    let by_principal = rules.any(|rule| {
        let fields = rule.from.iter().flat_map(|source| &source.fields);
        let mut named = fields.filter(|(name, _)| name.value == "requestPrincipals");
        let mut asked = rule
            .when
            .iter()
            .filter(|when| when.key.value == "request.auth.principal");
        named.any(|(_, values)| exact(values)) || asked.any(|when| exact(&when.values))
    });
    let is_person =
        |path: &&&ClaimPath| matches!(path.as_slice(), [only] if PEOPLE.contains(&only.as_str()));
    if by_principal || positive.contains(&&subject) {
        return subject;
    }
    positive
        .iter()
        .find(is_person)
        .map_or(subject, |path| (*path).clone())
}

fn groups(user: &ClaimPath, positive: &[&ClaimPath]) -> Option<ClaimPath> {
    let free = |path: &&&ClaimPath| **path != user && !is_words(path);
    let named = |path: &&&ClaimPath| {
        path.last()
            .is_some_and(|last| GROUPS.contains(&last.as_str()))
    };
    let candidates = || positive.iter().filter(free);
    candidates()
        .find(named)
        .or_else(|| candidates().next())
        .map(|path| (*path).clone())
}

fn is_words(path: &ClaimPath) -> bool {
    matches!(path.as_slice(), [only] if WORDS.contains(&only.as_str()))
}

/// A name in Cedar.
fn identifier(path: &ClaimPath) -> String {
    let letter = |letter: char| {
        if letter.is_ascii_alphanumeric() {
            letter
        } else {
            '_'
        }
    };
    let text: String = path.join("_").chars().map(letter).take(48).collect();
    let first = text
        .chars()
        .next()
        .map_or('c', |first| first.to_ascii_lowercase());
    let lowered: String = std::iter::once(first).chain(text.chars().skip(1)).collect();
    if is_name(&lowered) {
        lowered
    } else {
        format!("c_{text}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_istio_does() {
        let path =
            |steps: &[&str]| Key::Claim(steps.iter().map(|step| (*step).to_owned()).collect());
        assert_eq!(Key::read("request.auth.claims[groups]"), path(&["groups"]));
        assert_eq!(
            Key::read("request.auth.claims[a][b.c]"),
            path(&["a", "b.c"])
        );
        assert_eq!(Key::read("source.principal"), Key::Principal);
        for other in [
            "request.auth.claims",
            "request.auth.claims[",
            "request.auth.claims[a",
            "request.auth.claims[iss]",
            "request.headers[a]",
        ] {
            assert_eq!(Key::read(other), Key::Other, "{other}");
        }
    }

    #[test]
    fn a_claim_becomes_a_name_of_cedar() {
        for (path, name) in [
            (vec!["tier"], "tier"),
            (vec!["Realm-X", "a"], "realm_X_a"),
            (vec!["in"], "c_in"),
            (vec!["2"], "c_2"),
        ] {
            assert_eq!(
                identifier(&path.into_iter().map(str::to_owned).collect()),
                name
            );
        }
    }
}
