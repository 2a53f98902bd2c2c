//! MG0308 to MG0312: every principal of a rule is one user, group or service account, and it is clear which.

use crate::diagnostic::Diagnostic;
use crate::syntax::Text;
use crate::syntax::who::Principals;

use super::names::{Names, Unclear};
use super::{Scope, written};

/// `who` of every rule and role.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    if scope
        .gate
        .issuers
        .iter()
        .all(|issuer| issuer.name.value.is_empty())
    {
        return;
    }
    let names = Names::new(scope.gate);
    for file in &scope.reading.files {
        for rule in file.allow.iter().chain(&file.deny) {
            for list in rule.who.lists() {
                unclear(list, &names, found);
            }
            let through = written(rule.who.through.iter());
            found.extend(through.filter_map(|name| report(name, names.workload(&name.value))));
        }
    }
    for role in scope.reading.roles.iter().flat_map(|roles| &roles.roles) {
        unclear(&role.who, &names, found);
    }
}

fn unclear(who: &Principals, names: &Names<'_>, found: &mut Vec<Diagnostic>) {
    let Principals {
        users,
        groups,
        service_accounts,
    } = who;
    let users = written(users.iter());
    found.extend(users.filter_map(|name| report(name, names.user(&name.value))));
    let groups = written(groups.iter());
    found.extend(groups.filter_map(|name| report(name, names.person(&name.value))));
    let accounts = written(service_accounts.iter());
    found.extend(accounts.filter_map(|name| report(name, names.workload(&name.value))));
}

/// The diagnostic of an unclear name.
pub fn report(name: &Text, result: Result<String, Unclear>) -> Option<Diagnostic> {
    let Unclear {
        code,
        message,
        help,
    } = result.err()?;
    Some(Diagnostic::error(code, name.span, message).with_help(help))
}

#[cfg(test)]
mod tests {
    use crate::checks::vectors::access_with;

    fn who(text: &str) -> Vec<&'static str> {
        access_with("groups: [analysts]", text)
    }

    #[test]
    fn principals_are_clear() {
        assert_eq!(
            who("groups: [analysts, corp/analysts], users: [ada@example.com]"),
            [""; 0]
        );
        assert_eq!(
            who("serviceAccounts: [payments/checkout, corp/checkout]"),
            [""; 0]
        );
        assert_eq!(
            who("groups: [analysts], through: [payments/checkout, corp/portal]"),
            [""; 0]
        );
        assert_eq!(who("serviceAccounts: [a/b], through: [a/b]"), [""; 0]);
        assert_eq!(who("through: [payments/checkout]"), ["MG0110"]);
        assert_eq!(who("users: [ada], through: []"), ["MG0106"]);
        assert_eq!(who("users: [ada], through: [checkout]"), ["MG0310"]);
        assert_eq!(who("groups: [crop/analysts]"), ["MG0308"]);
        assert_eq!(who("serviceAccounts: [checkout]"), ["MG0310"]);
        assert_eq!(who("users: [\"*\"]"), ["MG0312"]);
    }

    #[test]
    fn everyone_is_written_out() {
        assert_eq!(who("everyone: true"), [""; 0]);
        assert_eq!(who("everyone: true, through: [payments/checkout]"), [""; 0]);
        assert_eq!(who("everyone: false, groups: [analysts]"), [""; 0]);
        assert_eq!(who("everyone: false"), ["MG0110"]);
        assert_eq!(who("everyone: \"true\""), ["MG0110", "MG0102"]);
        assert_eq!(who("everyone: true, groups: [analysts]"), ["MG0115"]);
        assert_eq!(who("everyone: true, all: [{ groups: [a] }]"), ["MG0115"]);
    }

    #[test]
    fn all_narrows() {
        assert_eq!(who("groups: [a], all: [{ groups: [b, c] }]"), [""; 0]);
        assert_eq!(who("all: [{ groups: [a] }, { users: [ann] }]"), [""; 0]);
        assert_eq!(who("all: [{ groups: [crop/a] }]"), ["MG0308"]);
        assert_eq!(who("all: [{}]"), ["MG0110"]);
        assert_eq!(who("all: []"), ["MG0106"]);
        assert_eq!(
            who("all: [{ serviceAccounts: [a/b] }]"),
            ["MG0101", "MG0110"]
        );
    }

    #[test]
    fn empty_and_mistyped_names_are_reported_once() {
        assert_eq!(who("groups: []"), ["MG0106"]);
        assert_eq!(who("groups: [\"\"]"), ["MG0107"]);
        assert_eq!(who("groups: [no]"), ["MG0105"]);
        assert_eq!(who("groups: [7]"), ["MG0105"]);
        assert_eq!(who("groups: analysts"), ["MG0102"]);
        assert_eq!(who(""), ["MG0110"]);
    }
}
