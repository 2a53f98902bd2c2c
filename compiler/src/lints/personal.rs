//! MG0510: a rule names all members of a group one by one, where a list of groups with their members is given. Who joins the group gets
//! nothing by such a rule, and who leaves it keeps what it grants.

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostic;
use crate::policy::{Policy, Rule, Term};

use super::known::Known;

/// Adds what it finds.
pub fn lint(policy: &Policy, known: &Known, found: &mut Vec<Diagnostic>) {
    let Some(groups) = &known.groups else { return };
    for rule in policy.files.iter().flat_map(|file| &file.rules) {
        for issuer in &policy.gate.issuers {
            let users = users(rule, &issuer.name);
            for (group, members) in groups.within(&issuer.name, &users) {
                let name = rule.id.rsplit('/').next().unwrap_or_default();
                let members: Vec<&str> = members.iter().map(String::as_str).collect();
                let message = format!(
                    "`{name}` names everybody of `{group}` by name: {}",
                    members.join(", ")
                );
                let help = format!(
                    "write `groups: [{group}]` in their place, so that who joins or leaves counts"
                );
                found.push(Diagnostic::warning("MG0510", rule.span, message).with_help(help));
            }
        }
    }
}

/// The plain names of an issuer's users.
fn users<'r>(rule: &'r Rule, issuer: &str) -> BTreeSet<&'r str> {
    let who = rule.who.iter().filter_map(|term| match term {
        Term::User(id) => id.split_once('/'),
        Term::Group(_) | Term::ServiceAccount(_) => None,
    });
    who.filter(|(owner, _)| *owner == issuer)
        .map(|(_, name)| name)
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::lints::known::{Groups, Known};
    use crate::lints::tests::knowing;

    #[test]
    fn everybody_of_a_group_by_name() {
        let groups =
            Some(Groups::read("leads: ann, bob\nboss: eve\nall: ann, bob, eve, zoe").unwrap());
        let known = Known {
            groups,
            ..Known::default()
        };
        let rule = |who: &str| {
            knowing(
                &known,
                &format!("  allow:\n    - who: {{ users: [{who}] }}\n"),
            )
        };
        assert_eq!(rule("ann, bob"), ["MG0510"]);
        assert_eq!(rule("ann, bob, eve"), ["MG0510"]);
        assert_eq!(rule("ann, eve"), [""; 0]);
        assert_eq!(rule("eve"), [""; 0]);
    }
}
