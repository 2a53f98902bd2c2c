//! The same for rules about everyone, and about callers who are in several lists.

use std::rc::Rc;

use policies::action::Action;
use policies::bundle::{Bundle, Condition, Who};

use super::{notices, rule};
use crate::fixture::{account, all, allow, deny, everyone, group, through, user, when};
use crate::policy::Rule;

/// Of both kinds, with and without more to ask.
pub fn rules() -> Vec<Rule> {
    let (emea, trained) = (group("corp/emea"), group("corp/trained"));
    let open = |id: &str, action: Action| everyone(allow(id, &[], &[action], &["risk-a*"]));
    let both = |id: &str| {
        allow(
            id,
            &[group("corp/analysts")],
            &[Action::Batch],
            &["risk-a*"],
        )
    };
    let denied = [account("payments/checkout"), group("corp/analysts")];
    vec![
        open("allow[17]", Action::Image),
        when(open("allow[18]", Action::Speech), "context.hour >= 6"),
        through(
            open("allow[19]", Action::Transcribe),
            &[account("payments/checkout")],
        ),
        all(
            both("allow[20]"),
            &[
                &[emea.clone(), user("corp/ann")],
                std::slice::from_ref(&trained),
            ],
        ),
        all(
            deny("deny[12]", &denied, &[Action::Image], &["risk-a*"]),
            &[&[emea]],
        ),
        when(
            open("allow[30]", Action::Embed),
            "principal == ServiceAccount::\"jobs/nightly\"",
        ),
        everyone(deny("deny[13]", &[], &[Action::Objects], &["risk-a*"])),
    ]
}

#[test]
fn every_broken_caller_is_noticed() {
    notices(&[
        ("for one group", |bundle| {
            rule(bundle, "allow[17]").who = Who::AnyOf(vec![0])
        }),
        ("for all but one", |bundle| {
            let ours = Condition::PrincipalIn(vec![0]);
            rule(bundle, "allow[17]").when = Some(Condition::Not(Box::new(ours)).into());
        }),
        ("without a token", |bundle| {
            let rule = rule(bundle, "allow[30]");
            let named = rule.when.take();
            if let Some(Condition::PrincipalIn(terms)) = named.as_deref() {
                rule.who = Who::AnyOf(terms.clone());
            }
        }),
        ("everyone at any hour", |bundle| {
            rule(bundle, "allow[18]").when = None
        }),
        ("everyone however they come", |bundle| {
            rule(bundle, "allow[19]").when = None
        }),
        ("one list alone", |bundle| {
            rule(bundle, "allow[20]").when = None
        }),
        ("one list less", |bundle| drop(lists(bundle).pop())),
        ("any of the lists", |bundle| {
            let parts = std::mem::take(lists(bundle));
            rule(bundle, "allow[20]").when = Some(Condition::Any(parts).into());
        }),
        ("nobody of a list", |bundle| {
            if let Some(Condition::PrincipalIn(terms)) = lists(bundle).first_mut() {
                terms.pop();
            }
        }),
        ("a deny of one list", |bundle| {
            rule(bundle, "deny[12]").when = None
        }),
        ("a deny of nobody's peer", |bundle| {
            rule(bundle, "deny[12]/peer").when = Some(Condition::Always(false).into())
        }),
        ("a deny of one", |bundle| {
            rule(bundle, "deny[13]").who = Who::AnyOf(vec![0])
        }),
    ]);
}

fn lists(bundle: &mut Bundle) -> &mut Vec<Condition> {
    match rule(bundle, "allow[20]").when.as_mut().map(Rc::make_mut) {
        Some(Condition::All(parts)) => parts,
        other => panic!("{other:?}"),
    }
}
