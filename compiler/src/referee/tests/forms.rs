//! Rules that differ in names only are held to the one that is compared with Cedar, and what is broken in one of them is noticed.

use std::rc::Rc;

use policies::action::Action;
use policies::bundle::{Bundle, Comparison, Condition, Effect, ModelEntry, Number, Who};

use crate::fixture::{account, allow, deny, group, policy_with, through, user, when};
use crate::policy::{Policy, Rule};

use super::{Break, agree, compiled, pop_term, rule};

/// Four rules of each form; the first of each goes the whole way, and so does the second, which the form is made of.
fn rules() -> Vec<Rule> {
    let four = 0..4_usize;
    let readers = four.clone().map(|turn| {
        let who = [
            group(&format!("corp/readers-{turn}")),
            user(&format!("corp/ann-{turn}")),
        ];
        let models = ["fraud-detector".to_owned(), format!("risk-{turn}*")];
        let models = models.each_ref().map(String::as_str);
        allow(&format!("allow[{turn}]"), &who, &[Action::Predict], &models)
    });
    let night = four.clone().map(|turn| {
        let who = [group(&format!("corp/night-{turn}"))];
        let model = format!("risk-{turn}");
        let rule = allow(
            &format!("allow[1{turn}]"),
            &who,
            &[Action::Explain],
            &[&model],
        );
        when(
            through(rule, &[account(&format!("payments/portal-{turn}"))]),
            "context.hour >= 18",
        )
    });
    let clients = four.clone().map(|turn| {
        let who = [user(&format!("corp/bob-{turn}"))];
        let model = format!("risk-{turn}");
        let rule = allow(&format!("allow[2{turn}]"), &who, &[Action::Chat], &[&model]);
        through(rule, &[account(&format!("machines/app-{turn}"))])
    });
    let denied = four.map(|turn| {
        let mut rule = deny(
            &format!("deny[{turn}]"),
            &[account(&format!("batch/job-{turn}"))],
            &[Action::Predict],
            &["risk-*"],
        );
        rule.because = Some(format!("reason {turn}"));
        rule
    });
    readers.chain(night).chain(clients).chain(denied).collect()
}

pub fn policy() -> Policy {
    policy_with(rules(), None)
}

#[test]
fn the_third_rule_of_a_form_is_filled_in() {
    let (meaning, bundle) = compiled(&policy(), 0);
    let filled = meaning
        .statements
        .iter()
        .filter(|statement| statement.whole.is_none());
    assert_eq!(meaning.statements.len(), 20);
    assert_eq!(filled.clone().count(), 10);
    assert!(filled.clone().all(|statement| statement.policy().is_some()));
    assert!(agree(&meaning, &bundle));
    let third = meaning
        .statements
        .iter()
        .find(|statement| statement.id.ends_with("deny[2]/peer"));
    let text = &third.unwrap().text;
    assert!(text.contains("ServiceAccount::\"batch/job-2\""), "{text}");
    assert!(text.contains("@because(\"reason 2\")"), "{text}");
}

#[test]
fn what_is_filled_in_is_what_the_whole_way_gives() {
    let (together, bundle) = compiled(&policy(), 0);
    for (position, alone) in rules().into_iter().enumerate() {
        let (meaning, alone) = compiled(&policy_with(vec![alone], None), 0);
        for (statement, rule) in meaning.statements.iter().zip(&alone.rules) {
            let found = together
                .statements
                .iter()
                .zip(&bundle.rules)
                .find(|(found, _)| found.id == statement.id);
            let (found, filled) = found.unwrap();
            assert_eq!(found.text, statement.text, "{position}");
            assert_eq!(terms(filled, &bundle), terms(rule, &alone));
            assert_eq!(filled.actions, rule.actions);
            assert_eq!(filled.because, rule.because);
        }
    }
}

fn terms(rule: &policies::bundle::Rule, bundle: &Bundle) -> Vec<String> {
    let Who::AnyOf(terms) = &rule.who else {
        return Vec::new();
    };
    let name = |term: &u32| bundle.terms[usize::try_from(*term).unwrap()].clone();
    terms.iter().map(name).collect()
}

#[test]
fn every_broken_rule_of_a_form_is_noticed() {
    notices(&[
        ("a rule is gone", |bundle| {
            bundle
                .rules
                .retain(|rule| !rule.id.to_string().ends_with("allow[2]"));
        }),
        ("a rule more", |bundle| {
            let mut more = rule(bundle, "allow[3]").clone();
            more.id = format!("{}x", more.id).as_str().into();
            bundle.rules.push(more);
        }),
        ("ids are swapped", |bundle| {
            rule(bundle, "allow[2]").id = "fraud/models/x".into();
            rule(bundle, "allow[3]").id = "fraud/models/allow[2]".into();
            rule(bundle, "models/x").id = "fraud/models/allow[3]".into();
        }),
        ("for everyone", |bundle| {
            rule(bundle, "allow[2]").who = Who::Anyone
        }),
        ("a term is gone", |bundle| pop_term(bundle, "allow[3]")),
        ("somebody else's", |bundle| {
            rule(bundle, "allow[2]").who = rule(bundle, "allow[3]").who.clone();
        }),
        ("a term more", |bundle| {
            let all = (0..u32::try_from(bundle.terms.len()).unwrap()).collect();
            rule(bundle, "allow[2]").who = Who::AnyOf(all);
        }),
        ("an action more", |bundle| {
            let rule = rule(bundle, "allow[2]");
            rule.actions = [&*rule.actions, &[Action::Metrics]].concat().into();
        }),
        ("an action less", |bundle| {
            let rule = rule(bundle, "allow[2]");
            rule.actions = rule.actions[..1].into();
        }),
        ("every model", |bundle| rule(bundle, "allow[2]").scope = 0),
        ("models of another", |bundle| {
            rule(bundle, "allow[2]").scope = rule(bundle, "allow[3]").scope;
        }),
    ]);
}

#[test]
fn every_broken_effect_or_reason_of_a_form_is_noticed() {
    notices(&[
        ("it denies", |bundle| {
            rule(bundle, "allow[2]").effect = Effect::Deny
        }),
        ("it allows", |bundle| {
            rule(bundle, "deny[2]").effect = Effect::Allow
        }),
        ("no reason", |bundle| rule(bundle, "deny[2]").because = None),
        ("the reason of another", |bundle| {
            rule(bundle, "deny[2]").because = Some("reason 3".into());
        }),
        ("no condition", |bundle| {
            rule(bundle, "allow[12]").when = None
        }),
    ]);
}

#[test]
fn every_broken_condition_of_a_form_is_noticed() {
    notices(&[
        ("only the hour", |bundle| {
            let hour = Condition::Number(Number::Hour, Comparison::Ge, 18);
            rule(bundle, "allow[12]").when = Some(hour.into());
        }),
        ("another hour", |bundle| {
            let when = rule(bundle, "allow[12]").when.as_mut();
            let Some(Condition::All(parts)) = when.map(Rc::make_mut) else {
                panic!("two conditions")
            };
            let hour = parts
                .iter_mut()
                .find(|part| matches!(part, Condition::Number(..)));
            *hour.unwrap() = Condition::Number(Number::Hour, Comparison::Ge, 17);
        }),
        ("through another", |bundle| {
            rule(bundle, "allow[12]").when = rule(bundle, "allow[13]").when.clone();
        }),
        ("through the peer", |bundle| {
            let Some(when) = rule(bundle, "allow[22]").when.clone() else {
                panic!("no condition")
            };
            let text = format!("{when:?}");
            assert!(text.contains("ClientIn"), "{text}");
            rule(bundle, "allow[22]").when = Some(Condition::HasClient.into());
        }),
        ("any peer", |bundle| {
            rule(bundle, "deny[2]/peer").when = Some(Condition::HasPeer.into())
        }),
        ("no peer", |bundle| {
            rule(bundle, "deny[3]/peer").when = Some(Condition::Always(false).into())
        }),
    ]);
}

#[test]
fn every_broken_entry_of_a_form_is_noticed() {
    fn entry<'a>(bundle: &'a mut Bundle, name: &str) -> &'a mut ModelEntry {
        let found = bundle.models.iter_mut().find(|entry| entry.name == name);
        found.unwrap()
    }
    notices(&[
        ("an entry is gone", |bundle| {
            bundle.models.retain(|entry| entry.name != "risk-2*")
        }),
        ("a name is gone", |bundle| {
            bundle.models.retain(|entry| entry.name != "risk-3")
        }),
        ("a scope is gone", |bundle| {
            entry(bundle, "risk-2").scopes.truncate(1);
        }),
        ("a scope more", |bundle| {
            let scope = rule(bundle, "allow[3]").scope;
            let scopes = &mut entry(bundle, "risk-2*").scopes;
            scopes.push(scope);
            scopes.sort_unstable();
        }),
    ]);
}

fn notices(breaks: &[Break]) {
    let (meaning, bundle) = compiled(&policy(), 0);
    for (what, broken) in breaks {
        let mut changed = bundle.clone();
        broken(&mut changed);
        assert_ne!(changed, bundle, "{what}");
        assert!(!agree(&meaning, &changed), "{what} was not noticed");
    }
}
