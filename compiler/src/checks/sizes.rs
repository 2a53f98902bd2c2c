//! MG0313 to MG0316: a file stays small enough to be read by a person and compiled in no time.

use crate::diagnostic::{Diagnostic, is_unseen};
use crate::source::Span;
use crate::syntax::ModelAccess;
use crate::syntax::access::Rule;
use crate::syntax::who::Principals;

use super::Scope;
use super::roles::ByName;

/// Most rules of a file.
const MOST_RULES: usize = 500;

/// Most models of a file, and of a rule.
pub(super) const MOST_MODELS: usize = 500;

/// Most principals of a rule.
const MOST_PRINCIPALS: usize = 100;

/// Longest `because` in characters.
const LONGEST_REASON: usize = 256;

/// Every access file.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    let roles = ByName::new(&scope.reading.roles);
    for file in &scope.reading.files {
        found.extend(too_many_rules(file));
        let declared = file.models.first().map(|model| model.name.span);
        found.extend(too_many_models(declared, file.models.len()));
        for rule in file.allow.iter().chain(&file.deny) {
            let models = rule.models.as_deref().unwrap_or_default();
            found.extend(too_many_models(
                models.first().map(|name| name.span),
                models.len(),
            ));
            found.extend(too_many_principals(rule, &file.namespace.value, &roles));
            found.extend(no_reason(rule));
        }
    }
}

fn too_many_rules(file: &ModelAccess) -> Option<Diagnostic> {
    let number = file.allow.len() + file.deny.len();
    let first = file.allow.iter().chain(&file.deny).nth(MOST_RULES)?;
    let message = format!(
        "`{}` has {number} rules, the most is {MOST_RULES}",
        file.name.value
    );
    let help = "put people into groups, or split the file";
    Some(Diagnostic::error("MG0313", first.span, message).with_help(help))
}

fn no_reason(rule: &Rule) -> Option<Diagnostic> {
    let reason = rule.because.as_ref()?;
    if let Some(unseen) = reason.value.chars().find(|letter| is_unseen(*letter)) {
        let message = format!("`because` has a character that is not seen, {unseen:?}");
        let help =
            "write it in one line, without control characters and signs that turn its direction";
        return Some(Diagnostic::error("MG0314", reason.span, message).with_help(help));
    }
    let length = reason.value.chars().count();
    (length > LONGEST_REASON).then(|| {
        let message = format!("`because` has {length} characters, the most is {LONGEST_REASON}");
        Diagnostic::error("MG0314", reason.span, message).with_help("say it shorter")
    })
}

/// A role counts as if it were written out.
fn too_many_principals(rule: &Rule, namespace: &str, roles: &ByName<'_>) -> Option<Diagnostic> {
    let lists: usize = rule.who.lists().map(Principals::count).sum();
    let named = rule.who.roles.iter();
    let named = named.filter_map(|name| roles.get(namespace, &name.value));
    let in_roles: usize = named.map(|role| role.who.count()).sum();
    let number = lists + in_roles + rule.who.through.len();
    (number > MOST_PRINCIPALS).then(|| {
        let message = format!("a rule about {number} principals, the most is {MOST_PRINCIPALS}");
        let help = "put them into a group at their issuer";
        Diagnostic::error("MG0315", rule.span, message).with_help(help)
    })
}

fn too_many_models(first: Option<Span>, number: usize) -> Option<Diagnostic> {
    let first = first.filter(|_| number > MOST_MODELS)?;
    let message = format!("{number} models, the most is {MOST_MODELS}");
    let help = "name their common beginning, like `risk-*`, or split the file";
    Some(Diagnostic::error("MG0316", first, message).with_help(help))
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_REASON, MOST_MODELS, MOST_PRINCIPALS, MOST_RULES};
    use crate::checks::vectors::access_with;

    #[test]
    fn files_stay_small() {
        let rule = "    - who: { groups: [analysts] }\n";
        assert_eq!(access_with(rule, &rule.repeat(MOST_RULES)), [""; 0]);
        assert_eq!(access_with(rule, &rule.repeat(MOST_RULES + 1)), ["MG0313"]);
        let deny = |length: usize| {
            format!(
                "  deny:\n{rule}      because: {}\n  allow:",
                "é".repeat(length)
            )
        };
        assert_eq!(access_with("  allow:", &deny(LONGEST_REASON)), [""; 0]);
        assert_eq!(
            access_with("  allow:", &deny(LONGEST_REASON + 1)),
            ["MG0314"]
        );
        let turned = format!("  deny:\n{rule}      because: \"a\\u202eb\"\n  allow:");
        assert_eq!(access_with("  allow:", &turned), ["MG0314"]);
    }
    #[test]
    fn rules_stay_small() {
        let users = |number: usize| {
            let users: Vec<String> = (0..number).map(|user| format!("u{user}")).collect();
            access_with(
                "groups: [analysts]",
                &format!("users: [{}]", users.join(", ")),
            )
        };
        assert_eq!(users(MOST_PRINCIPALS), [""; 0]);
        assert_eq!(users(MOST_PRINCIPALS + 1), ["MG0315"]);
        let models = |number: usize| {
            let model = |model| format!("    - {{ name: m{model}, api: open-inference }}\n");
            let models: String = (0..number).map(model).collect();
            access_with("    - { name: churn-*, api: open-inference }\n", &models)
        };
        assert_eq!(models(MOST_MODELS), [""; 0]);
        assert_eq!(models(MOST_MODELS + 1), ["MG0316"]);
    }
}
