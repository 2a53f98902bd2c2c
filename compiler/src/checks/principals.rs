//! MG0308 to MG0312: every principal of a rule is one user, group or service account, and it is clear which.

use crate::diagnostic::Diagnostic;
use crate::syntax::Text;
use crate::syntax::access::Who;

use super::names::{Names, Unclear};
use super::{Scope, written};

/// `who` of every rule.
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
            let Who {
                users,
                groups,
                service_accounts,
                through,
            } = &rule.who;
            let users = written(users.iter());
            found.extend(users.filter_map(|name| report(name, names.user(&name.value))));
            let groups = written(groups.iter());
            found.extend(groups.filter_map(|name| report(name, names.person(&name.value))));
            found.extend(
                written(service_accounts.iter().chain(through))
                    .filter_map(|name| report(name, names.workload(&name.value))),
            );
        }
    }
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
    fn empty_and_mistyped_names_are_reported_once() {
        assert_eq!(who("groups: []"), ["MG0106"]);
        assert_eq!(who("groups: [\"\"]"), ["MG0107"]);
        assert_eq!(who("groups: [no]"), ["MG0105"]);
        assert_eq!(who("groups: [7]"), ["MG0105"]);
        assert_eq!(who("groups: analysts"), ["MG0102"]);
        assert_eq!(who(""), ["MG0110"]);
    }
}
