//! MG0506: everyone who is signed in may use models that are not public, whatever their token says and however they come.

use crate::checks::grammar::covers;
use crate::diagnostic::Diagnostic;
use crate::policy::{AccessFile, Policy, Rule};

/// Adds what it finds.
pub fn lint(policy: &Policy, found: &mut Vec<Diagnostic>) {
    for file in &policy.files {
        for rule in file.rules.iter().filter(|rule| is_open(rule)) {
            let closed = rule.models.iter().find(|name| !is_public(name, file));
            let Some(model) = closed else { continue };
            let name = rule.id.rsplit('/').next().unwrap_or_default();
            let message = format!(
                "`{name}` grants `{model}` to everyone whom any issuer of the gate knows, and the model is not public"
            );
            let help = "name who needs it, add `through` or `when`, or declare the model with `public: true`";
            found.push(Diagnostic::warning("MG0506", rule.span, message).with_help(help));
        }
    }
}

fn is_open(rule: &Rule) -> bool {
    rule.everyone && !rule.denies && rule.through.is_empty() && rule.when.is_none()
}

/// Of a server as a whole nothing is told: its models are what matters.
fn is_public(name: &str, file: &AccessFile) -> bool {
    let declared = file.models.iter();
    let declared = declared.filter(|model| covers(&model.name, name));
    let nearest = declared.max_by_key(|model| (!model.name.ends_with('*'), model.name.len()));
    name.starts_with('@') || nearest.is_some_and(|model| model.public)
}

#[cfg(test)]
mod tests {
    use crate::lints::tests::lints;

    #[test]
    fn a_grant_to_everyone_is_told_of() {
        let who = |rule: &str| lints(&format!("  allow:\n    - who: {{ {rule} }}\n"));
        assert_eq!(who("everyone: true"), ["MG0506"]);
        assert_eq!(who("everyone: true, through: [web/portal]"), [""; 0]);
        assert_eq!(who("groups: [analysts]"), [""; 0]);
    }
}
