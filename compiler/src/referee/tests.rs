//! The referee agrees with what is compiled, and notices what is broken on purpose.

use policies::action::Action;
use policies::bundle::{Bundle, Comparison, Condition, Number, Who};

use crate::cedar::{self, Meaning};
use crate::diagnostic::Diagnostic;
use crate::fixture::{account, allow, deny, group, policy_with, user, when};
use crate::lower;
use crate::policy::{Policy, Rule};

use super::Half;

mod callers;
mod claims;
mod clocks;
mod facts;
mod forms;
mod orders;
mod relevant;
mod times;
mod versions;

const GUARDRAILS: &str = "forbid (principal in Group::\"corp/contractors\", action, resource) unless { resource.public };\n\
    @id(\"night\") forbid (principal, action == Action::\"manage\", resource)\n\
    when { context.hour < 6 || [6, 7].contains(context.weekday) || context.method != \"POST\" };\n\
    @id(\"peer\") forbid (principal, action in [Action::\"predict\"], resource in Pattern::\"fraud/r*\")\n\
    when { if context has peer then context.peer == ServiceAccount::\"payments/batch\" else resource.name == \"risk-x\" };";

/// Of all kinds.
fn rules() -> Vec<Rule> {
    let callers = [rules_about_callers(), callers::rules()].concat();
    let requests = [
        facts::rules(),
        versions::rules(),
        clocks::rules(),
        times::rules(),
    ]
    .concat();
    [callers, claims::rules(), requests].concat()
}

fn rules_about_callers() -> Vec<Rule> {
    let workloads = [
        account("payments/checkout"),
        account("corp/bot"),
        user("corp/ann"),
    ];
    vec![
        allow(
            "allow[0]",
            &[group("corp/analysts")],
            &[Action::Predict, Action::Explain],
            &["fraud-detector"],
        ),
        allow(
            "allow[1]",
            &workloads,
            &[Action::Chat],
            &["risk-a*", "risk-ab"],
        ),
        when(
            allow(
                "allow[2]",
                &[user("corp/ann")],
                &Action::ALL,
                &["risk-*", "fraud-detector"],
            ),
            "context.hour >= 6",
        ),
        deny(
            "deny[0]",
            &[account("payments/checkout")],
            &[Action::Predict],
            &["risk-*"],
        ),
        when(
            deny(
                "deny[1]",
                &[group("corp/interns")],
                &Action::ALL,
                &["risk-*"],
            ),
            "!(context.weekday < 6 && resource.public)",
        ),
    ]
}

fn compiled(policy: &Policy, install: usize) -> (Meaning, Bundle) {
    let meaning = cedar::build(policy).unwrap();
    let table = lower::lower(&meaning, &policy.gate).unwrap();
    let bundle = lower::bundle(&table, policy, &policy.gate.installs[install]);
    (meaning, bundle)
}

/// Both halves.
fn compare(meaning: &Meaning, bundle: &Bundle) -> Result<(), Vec<Diagnostic>> {
    let text = serde_json::to_string(bundle).unwrap();
    super::compare_with(meaning, bundle, &text, Half::First)?;
    super::compare(meaning, &text, Half::Last)
}

fn agree(meaning: &Meaning, bundle: &Bundle) -> bool {
    match compare(meaning, bundle) {
        Ok(()) => true,
        Err(problems) => {
            assert!(
                problems.iter().all(|problem| problem.code == "MG0950"),
                "{problems:?}"
            );
            false
        }
    }
}

#[test]
fn the_table_means_what_cedar_means() {
    let policy = policy_with(rules(), Some(GUARDRAILS));
    for install in [0, 1] {
        let (meaning, bundle) = compiled(&policy, install);
        assert_eq!(bundle.rules.len(), meaning.statements.len());
        compare(&meaning, &bundle).unwrap();
    }
}

/// Two rules of one form: of a beginning and a name that it stands for, the name has no entry, and needs none.
#[test]
fn a_name_needs_no_entry_beside_its_beginning() {
    let both = |id, who, models: [&str; 2]| allow(id, &[group(who)], &[Action::Predict], &models);
    let rules = vec![
        both("allow[0]", "corp/analysts", ["risk-*", "risk-ab"]),
        both("allow[1]", "corp/leads", ["risk-a*", "risk-ac"]),
    ];
    let (meaning, bundle) = compiled(&policy_with(rules, None), 0);
    assert!(agree(&meaning, &bundle));
}

type Break = (&'static str, fn(&mut Bundle));

/// Each breaks the table in one place; none may go unnoticed.
#[test]
fn every_broken_rule_is_noticed() {
    notices(&[
        ("a rule is gone", |bundle| drop(bundle.rules.remove(3))),
        ("for everyone", |bundle| {
            rule(bundle, "allow[0]").who = Who::Anyone
        }),
        ("a term is gone", |bundle| pop_term(bundle, "allow[1]")),
        ("an action more", |bundle| {
            let rule = rule(bundle, "allow[0]");
            rule.actions = [&*rule.actions, &[Action::Metrics]].concat().into();
        }),
        ("an action less", |bundle| {
            let rule = rule(bundle, "allow[0]");
            rule.actions = rule.actions[..1].into();
        }),
        ("every model", |bundle| rule(bundle, "allow[1]").scope = 0),
        ("no condition", |bundle| {
            rule(bundle, "allow[2]").when = None
        }),
        ("one hour off", |bundle| {
            let after = Condition::Number(Number::Hour, Comparison::Gt, 6);
            rule(bundle, "allow[2]").when = Some(after.into());
        }),
        ("any peer", |bundle| {
            rule(bundle, "deny[0]/peer").when = Some(Condition::HasPeer.into())
        }),
        ("public or not", |bundle| {
            rule(bundle, "guardrail[0]").when = None
        }),
    ]);
}

#[test]
fn every_broken_entry_is_noticed() {
    notices(&[
        ("an entry is gone", |bundle| {
            bundle.models.retain(|entry| entry.name != "risk-a*")
        }),
        ("a scope is gone", |bundle| {
            bundle
                .models
                .iter_mut()
                .for_each(|entry| entry.scopes.truncate(1));
        }),
        ("a scope more", |bundle| {
            let all: Vec<u32> = (1..bundle.scopes).collect();
            bundle
                .models
                .iter_mut()
                .for_each(|entry| entry.scopes.clone_from(&all));
        }),
    ]);
}

fn notices(breaks: &[Break]) {
    let (meaning, bundle) = compiled(&policy_with(rules(), Some(GUARDRAILS)), 0);
    for (what, broken) in breaks {
        let mut changed = bundle.clone();
        broken(&mut changed);
        assert_ne!(changed, bundle, "{what}");
        assert!(!agree(&meaning, &changed), "{what} was not noticed");
    }
}

fn rule<'a>(bundle: &'a mut Bundle, id: &str) -> &'a mut policies::bundle::Rule {
    bundle
        .rules
        .iter_mut()
        .find(|rule| rule.id.to_string().ends_with(id))
        .unwrap()
}

fn pop_term(bundle: &mut Bundle, id: &str) {
    let Who::AnyOf(terms) = &mut rule(bundle, id).who else {
        panic!("{id} is for everyone")
    };
    terms.pop();
}
