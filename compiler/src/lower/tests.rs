//! What Cedar becomes in the table.

use policies::action::Action;
use policies::bundle::Rule as TableRule;
use policies::bundle::{Api, Bundle, Comparison, Condition, Effect, Number, Text, Who};

use crate::cedar;
use crate::diagnostic::Diagnostic;
use crate::fixture::{account, allow, deny, everyone, file, group, policy_with, user, when};
use crate::policy::{Policy, Rule};

use super::{bundle, lower};

mod claims;
mod facts;
mod spellings;

fn compiled(policy: &Policy, install: usize) -> Bundle {
    let meaning = cedar::build(policy).unwrap();
    let table = lower(&meaning, &policy.gate).unwrap();
    bundle(&table, policy, &policy.gate.installs[install])
}

fn guarded(guardrail: &str) -> TableRule {
    compiled(&policy_with(Vec::new(), Some(guardrail)), 0)
        .rules
        .remove(0)
}

fn condition(text: &str) -> Condition {
    guarded(&format!(
        "forbid (principal, action, resource) when {{ {text} }};"
    ))
    .when
    .unwrap()
    .as_ref()
    .clone()
}

fn refused(text: &str) -> Diagnostic {
    let policy = policy_with(
        Vec::new(),
        Some(&format!(
            "forbid (principal, action, resource) when {{ {text} }};"
        )),
    );
    let meaning = cedar::build(&policy).unwrap();
    lower(&meaning, &policy.gate).unwrap_err().remove(0)
}

/// Each counts once, whoever names it.
#[test]
fn conditions_of_a_namespace_name_so_many_models() {
    let named = |(rules, lists): (usize, usize)| {
        let rule = |number: usize| {
            let list = number % lists;
            let names = (0..100).map(|name| format!("\"a{list}-{name}\""));
            let names: Vec<String> = names.collect();
            let who = [group("corp/x"), account("payments/checkout")];
            let id = format!("deny[{number}]");
            let rule = deny(&id, &who, &[Action::Predict], &["risk-*"]);
            when(
                rule,
                &format!("[{}].contains(resource.name)", names.join(",")),
            )
        };
        let policy = policy_with((0..rules).map(rule).collect(), None);
        let meaning = cedar::build(&policy).unwrap();
        let table = lower(&meaning, &policy.gate);
        table.err().map(|found| found.len())
    };
    let found = [(10, 10), (11, 11), (13, 13), (30, 10)].map(named);
    assert_eq!(found, [None, Some(1), Some(1), None]);
}

/// Whoever comes with a certificate alone is found by its name, and has no token.
#[test]
fn an_allow_for_everyone_is_for_tokens() {
    let open = |when_: Option<&str>| {
        let rule = everyone(allow("allow[0]", &[], &[Action::Predict], &["risk-*"]));
        let rule = match when_ {
            Some(text) => when(rule, text),
            None => rule,
        };
        compiled(&policy_with(vec![rule], None), 0).rules.remove(0)
    };
    let plain = open(None);
    assert_eq!((plain.who, plain.when), (Who::Anyone, None));
    let checkout = open(Some("principal == ServiceAccount::\"payments/checkout\""));
    assert_eq!(checkout.who, Who::Anyone);
    let named = Condition::PrincipalIn(vec![0]);
    assert_eq!(checkout.when.as_deref(), Some(&named));
    for text in [
        "context.token",
        "!context.token",
        "context.token || context.hour > 6",
    ] {
        assert_eq!(refused(text).code, "MG0906", "{text}");
    }
    let named = allow(
        "allow[0]",
        &[group("corp/a")],
        &[Action::Predict],
        &["risk-*"],
    );
    for rule in [everyone(named.clone()), named] {
        let policy = policy_with(vec![when(rule, "context.token")], None);
        assert_eq!(cedar::build(&policy).unwrap_err()[0].code, "MG0906");
    }
}

#[test]
fn a_rule_is_looked_up_by_principal_and_model() {
    let who = [
        user("corp/ann"),
        group("corp/analysts"),
        account("payments/checkout"),
    ];
    let rules = vec![allow("allow[0]", &who, &[Action::Predict], &["risk-*"])];
    let bundle = compiled(&policy_with(rules, None), 0);
    assert_eq!(
        bundle.terms,
        [
            "group:corp/analysts",
            "sa:payments/checkout",
            "user:corp/ann"
        ]
    );
    let expected = TableRule {
        id: "fraud/models/allow[0]".into(),
        effect: Effect::Allow,
        who: Who::AnyOf(vec![0, 1, 2]),
        actions: Action::Predict.members().into(),
        scope: 1,
        when: None,
        because: None,
    };
    assert_eq!(bundle.rules, [expected]);
}

#[test]
fn tests_in_a_when_narrow_the_look_up() {
    let rule = guarded(
        "forbid (principal, action == Action::\"predict\", resource in Namespace::\"fraud\") \
         when { resource in Pattern::\"fraud/risk-*\" && principal in [Group::\"corp/x\"] && context.hour < 6 };",
    );
    assert_eq!(rule.who, Who::AnyOf(vec![0]));
    assert_eq!(*rule.actions, [Action::Predict]);
    assert_eq!(rule.scope, 1);
    assert_eq!(
        rule.when.as_deref(),
        Some(&Condition::Number(Number::Hour, Comparison::Lt, 6))
    );
}

#[test]
fn conditions_are_what_they_say() {
    let hour = |comparison, constant| Condition::Number(Number::Hour, comparison, constant);
    let text = |text, constant: &str| Condition::Text(text, constant.into());
    assert_eq!(condition("6 <= context.hour"), hour(Comparison::Ge, 6));
    assert_eq!(condition("-1 < context.hour"), hour(Comparison::Gt, -1));
    assert_eq!(
        condition("context.hour != 3"),
        Condition::Not(Box::new(hour(Comparison::Eq, 3)))
    );
    assert_eq!(
        condition("\"GET\" == context.method"),
        text(Text::Method, "GET")
    );
    assert_eq!(
        condition("resource.public == false"),
        Condition::Not(Box::new(Condition::Public))
    );
    let either = Condition::Any(vec![text(Text::Api, "openai"), text(Text::Api, "seldon")]);
    assert_eq!(
        condition("[\"openai\", \"seldon\"].contains(resource.api)"),
        either
    );
    assert_eq!(condition("context has peer"), Condition::HasPeer);
    let peer = Condition::All(vec![Condition::HasPeer, Condition::PeerIn(vec![0])]);
    assert_eq!(guarded("forbid (principal, action, resource) when { context has peer && context.peer == ServiceAccount::\"a/b\" };").when, Some(peer.into()));
    let models = Condition::Not(Box::new(Condition::ModelIn(vec![
        "fraud/x".into(),
        "risk".into(),
    ])));
    assert_eq!(
        condition("!(resource == Model::\"fraud/x\" || resource in Namespace::\"risk\")"),
        models
    );
}

#[test]
fn what_the_table_has_no_place_for_is_refused_with_advice() {
    for text in [
        "resource.name like \"a*\"",
        "context.hour * 2 > 3",
        "principal is User",
        "context.hour == context.weekday",
        "action == Action::\"predict\"",
        "{\"a\": 1}.a == 1",
        "context has hour",
        "[1].containsAll([1])",
        "resource in [] || true",
    ] {
        let policy = policy_with(
            Vec::new(),
            Some(&format!(
                "forbid (principal, action, resource) when {{ {text} }};"
            )),
        );
        // the strict validator may be first
        if let Ok(meaning) = cedar::build(&policy) {
            let problems = lower(&meaning, &policy.gate).unwrap_err();
            assert!(
                problems[0].code == "MG0906" && problems[0].help.is_some(),
                "{text}: {problems:?}"
            );
        }
    }
    assert_eq!(
        refused("resource in Pattern::\"fraud/a*b*\"").code,
        "MG0907"
    );
    let deep = "if (".repeat(12)
        + "context.hour > 1"
        + &") then context.hour > 2 else context.hour > 3".repeat(12);
    assert_eq!(refused(&deep).code, "MG0910");
}

/// A deny about such a name would deny nobody.
#[test]
fn names_in_conditions_are_held_to_what_names_are() {
    for (text, code) in [
        ("principal in Group::\"corp/*\"", "MG0312"),
        ("principal in Group::\"corp/inte\\u{200b}rns\"", "MG0312"),
        ("principal in Group::\"corp/“interns”\"", "MG0312"),
        ("principal == User::\"corp/ ann\"", "MG0312"),
        ("context.peer == ServiceAccount::\"pay/Checkout\"", "MG0907"),
        ("principal == ServiceAccount::\"pay/checkout/x\"", "MG0907"),
    ] {
        let text = match text.starts_with("context.peer") {
            true => format!("context has peer && {text}"),
            false => text.to_owned(),
        };
        assert_eq!(refused(&text).code, code, "{text}");
    }
}

/// An entry for each declared model and each narrower pattern that a rule names; nothing for what nobody declared.
#[test]
fn entries_lie_in_the_scopes_that_cover_them() {
    let analysts = [group("corp/analysts")];
    let rules = vec![
        allow("allow[0]", &analysts, &[Action::Predict], &["risk-*"]),
        allow(
            "allow[1]",
            &analysts,
            &[Action::Predict],
            &["risk-ab*", "risk-x", "fraud-detector"],
        ),
        allow("allow[2]", &analysts, &[Action::Predict], &["risk-a*"]),
    ];
    let mut policy = policy_with(
        rules,
        Some("forbid (principal, action, resource in Pattern::\"fraud/unknown-*\");"),
    );
    policy.files[0].models[1].public = true;
    let bundle = compiled(&policy, 0);
    let scope = |id: &str| {
        bundle
            .rules
            .iter()
            .find(|rule| rule.id.to_string().ends_with(id))
            .unwrap()
            .scope
    };
    let (wide, mixed, middle) = (scope("allow[0]"), scope("allow[1]"), scope("allow[2]"));
    let found: Vec<(&str, bool, Vec<u32>)> = bundle
        .models
        .iter()
        .map(|entry| (entry.name.as_str(), entry.public, entry.scopes.clone()))
        .collect();
    let sorted = |mut scopes: Vec<u32>| {
        scopes.sort_unstable();
        scopes
    };
    let expected = [
        ("@risk-server", true, vec![]),
        ("fraud-detector", false, vec![mixed]),
        ("risk-*", true, vec![wide]),
        ("risk-a*", true, sorted(vec![wide, middle])),
        ("risk-ab*", true, sorted(vec![wide, middle, mixed])),
        ("risk-x", true, sorted(vec![wide, mixed])),
    ];
    assert_eq!(found, expected);
}

const TWO: &str = "forbid (principal in Group::\"corp/out\", action, resource);\
    forbid (principal in Group::\"corp/other\", action, resource in Namespace::\"risk\");";

#[test]
fn a_target_keeps_what_can_matter_to_it() {
    let analysts = [group("corp/analysts")];
    let own = allow(
        "allow[0]",
        &analysts,
        &[Action::Predict],
        &["fraud-detector"],
    );
    let mut policy = policy_with(vec![own], Some(TWO));
    let ann = deny(
        "deny[0]",
        &[user("corp/ann")],
        &[Action::Predict],
        &["scorer"],
    );
    let mut risk = file("risk", &[("scorer", Api::BentoMl)]);
    risk.rules = vec![Rule {
        id: "risk/models/deny[0]".into(),
        ..when(ann, "context.hour < 6")
    }];
    policy.files.push(risk);

    let ids = |install: usize| {
        let rules = compiled(&policy, install).rules.into_iter();
        rules
            .map(|rule| rule.id.to_string())
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(
        ids(0),
        "guardrail[0] guardrail[1] fraud/models/allow[0] risk/models/deny[0]"
    );
    assert_eq!(ids(1), "guardrail[0] fraud/models/allow[0]");
    let sidecars = compiled(&policy, 1);
    assert_eq!(sidecars.terms, ["group:corp/analysts", "group:corp/out"]);
    assert!(
        sidecars
            .models
            .iter()
            .all(|entry| *entry.namespace == *"fraud")
    );
}
