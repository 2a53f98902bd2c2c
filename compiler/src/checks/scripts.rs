//! MG0328: a user, group or service account whose name is not what it looks like. Names are compared letter by letter, so a rule about
//! such a name is about nobody, or about somebody whom nobody had in mind.

use crate::diagnostic::Diagnostic;
use crate::scripts::doubt;
use crate::syntax::Text;
use crate::syntax::who::Principals;

use super::{Scope, written};

/// Names that are not what they look like.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(named(scope).filter_map(doubtful));
}

/// Names in rules and roles, and of the groups that may be granted something.
pub fn named<'a>(scope: &Scope<'a>) -> impl Iterator<Item = &'a Text> {
    let rules = scope.reading.files.iter();
    let rules = rules.flat_map(|file| file.allow.iter().chain(&file.deny));
    let in_rules = rules.flat_map(|rule| rule.who.lists().flat_map(names).chain(&rule.who.through));
    let roles = scope.reading.roles.iter();
    let roles = roles.flat_map(|roles| &roles.roles);
    let in_roles = roles.flat_map(|role| names(&role.who));
    let grants = scope.gate.grants.iter();
    let groups = grants.flat_map(|grants| grants.groups.iter().flatten());
    written(in_rules.chain(in_roles).chain(groups))
}

fn doubtful(name: &Text) -> Option<Diagnostic> {
    doubt(&name.value, name.span)
}

/// Names of every kind.
pub fn names(who: &Principals) -> impl Iterator<Item = &Text> {
    let Principals {
        users,
        groups,
        service_accounts,
    } = who;
    users.iter().chain(groups).chain(service_accounts)
}

#[cfg(test)]
mod tests {
    use crate::checks::vectors::{access_with, gate_with};

    fn who(text: &str) -> Vec<&'static str> {
        access_with("groups: [analysts]", text)
    }

    #[test]
    fn names_of_people_and_groups() {
        assert_eq!(who("users: [анна], groups: [corp/müller]"), [""; 0]);
        assert_eq!(who("users: [аnna]"), ["MG0328"]);
        assert_eq!(who("groups: [corp/аnalysts, corp/analуsts]"), ["MG0328"; 2]);
        assert_eq!(who("groups: [a], all: [{ groups: [аb] }]"), ["MG0328"]);
        assert_eq!(who("serviceAccounts: [corp/сор]"), ["MG0328"]);
        assert_eq!(who("users: [a], through: [corp/сор]"), ["MG0328"]);
    }

    #[test]
    fn groups_that_may_be_granted_something() {
        let grants = |group: &str| {
            gate_with(
                "  namespaces:\n",
                &format!("  grants: {{ groups: [analysts, {group}] }}\n  namespaces:\n"),
            )
        };
        assert_eq!(grants("анна"), [""; 0]);
        assert_eq!(grants("аnna"), ["MG0328"]);
    }
}
