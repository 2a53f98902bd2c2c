//! MG0506: everyone who is signed in may use models that are not public, whatever their token says and however they come.

use std::collections::BTreeSet;

use policies::time::UnixTime;

use crate::checks::grammar::covers;
use crate::diagnostic::Diagnostic;
use crate::policy::{AccessFile, Model, Policy, Rule};

/// Adds what it finds. The conditions of the rules with these ids ask for nothing.
pub fn lint(policy: &Policy, now: UnixTime, always: &BTreeSet<&str>, found: &mut Vec<Diagnostic>) {
    let is_open = |rule: &&Rule| {
        let asks = rule.when.is_some() && !always.contains(rule.id.as_str());
        let is_over = rule
            .until
            .as_ref()
            .is_some_and(|until| until.ends <= now.secs());
        rule.everyone && !rule.denies && rule.through.is_empty() && !asks && !is_over
    };
    for file in &policy.files {
        for rule in file.rules.iter().filter(is_open) {
            let closed = rule.models.iter().find_map(|name| closed(name, file));
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

/// A model that the name stands for, and that is not public. Of a server as a whole nothing is told: its models are what matters.
fn closed<'f>(name: &'f str, file: &'f AccessFile) -> Option<&'f str> {
    if name.starts_with('@') {
        return None;
    }
    let above = file.models.iter().filter(|model| covers(&model.name, name));
    let own = above.max_by_key(|model| (!model.name.ends_with('*'), model.name.len()));
    let is_closed = |model: &&Model| !model.public;
    if own.is_none_or(|own| !own.public) {
        return Some(name);
    }
    let mut below = file.models.iter().filter(|model| covers(name, &model.name));
    below.find(is_closed).map(|model| model.name.as_str())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use policies::bundle::Api;
    use policies::time::UnixTime;

    use crate::fixture::{allow, file, policy_with, until};
    use crate::lints::tests::lints;
    use crate::policy::{Policy, Rule};

    /// With this rule for everyone, where `risk-*` is public.
    fn policy(rule: Rule) -> Policy {
        let rule = Rule {
            everyone: true,
            ..rule
        };
        let mut policy = policy_with(vec![rule], None);
        policy.files[0].models[1].public = true;
        policy
    }

    fn told(policy: &Policy) -> Vec<String> {
        let mut found = Vec::new();
        let now = UnixTime::from_secs(1_800_000_000);
        super::lint(policy, now, &BTreeSet::new(), &mut found);
        found
            .into_iter()
            .map(|diagnostic| diagnostic.message)
            .collect()
    }

    #[test]
    fn a_grant_to_everyone_is_told_of() {
        let who = |rule: &str| lints(&format!("  allow:\n    - who: {{ {rule} }}\n"));
        assert_eq!(who("everyone: true"), ["MG0506"]);
        assert_eq!(who("everyone: true, through: [web/portal]"), [""; 0]);
        assert_eq!(who("groups: [analysts]"), [""; 0]);
    }

    #[test]
    fn a_model_below_a_public_beginning_is_told_of() {
        let mut policy = policy(allow("allow[0]", &[], &[], &["risk-*"]));
        assert_eq!(told(&policy), [""; 0]);
        let below = file("fraud", &[("risk-secret", Api::OpenInference)]);
        policy.files[0].models.extend(below.models);
        let told = told(&policy);
        assert!(told[0].contains("grants `risk-secret`"), "{told:?}");
    }

    #[test]
    fn what_is_over_grants_nothing() {
        let rule = |day: &str| until(allow("allow[0]", &[], &[], &["fraud-detector"]), day);
        assert_eq!(told(&policy(rule("2030-01-01"))).len(), 1);
        assert_eq!(told(&policy(rule("2020-01-01"))), [""; 0]);
    }
}
