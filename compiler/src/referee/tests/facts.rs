//! The same for what a request says besides.

use policies::action::Action;
use policies::bundle::{Bundle, ClaimTest, Condition};
use policies::engine::{Engine, LoadError};
use policies::facts::{ADDRESS, VERSION, of_header};

use super::claims::change;
use super::{notices, rule};
use crate::fixture::{allow, deny, group, policy_with, when};
use crate::policy::Rule;

/// One that allows by a header field, and one that denies by several.
pub fn rules() -> Vec<Rule> {
    let analysts = [group("corp/analysts")];
    let batch = allow("allow[31]", &analysts, &[Action::Image], &["risk-a*"]);
    let inside = allow("allow[32]", &analysts, &[Action::Speech], &["risk-a*"]);
    let outside = deny("deny[32]", &analysts, &[Action::Speech], &["risk-ab"]);
    let denied = deny("deny[31]", &analysts, &[Action::Image], &["risk-ab"]);
    vec![
        when(
            inside,
            "context.address.isInRange(ip(\"10.1.0.0/15\")) || [ip(\"::1\"), ip(\"2001:db8::/128\")].contains(context.address)",
        ),
        when(
            outside,
            "context.address.isIpv6() && !context.address.isLoopback() || context.address.isMulticast() || \
             context.address.isInRange(ip(\"0.0.0.0/1\")) || ip(\"255.255.255.255\") == context.address",
        ),
        when(
            batch,
            "context.headers has \"x-purpose\" && context.headers[\"x-purpose\"] == \"batch\"",
        ),
        when(
            denied,
            "!(context.headers has \"x-ticket\") || \
             context has headers.purpose && [\"a\", \"b\"].contains(context.headers.purpose)",
        ),
    ]
}

type To<'a> = &'a dyn Fn(&str) -> Option<String>;

#[test]
fn every_broken_range_is_noticed() {
    let broken = |bundle: &mut Bundle, id: &str, to: To<'_>| {
        change(bundle, id, &|part| match part {
            Condition::Claim(name, ClaimTest::Begins(bits)) => {
                let to = |bits: &String| to(bits).unwrap_or_else(|| bits.clone());
                let test = ClaimTest::Begins(bits.iter().map(to).collect());
                Some(Condition::Claim(name.clone(), test))
            }
            _ => None,
        });
    };
    let breaks: [(&str, &str, To<'_>); 6] = [
        ("a bit too many", "allow[32]", &|bits| {
            (bits.len() == 16).then(|| format!("{bits}0"))
        }),
        ("a bit too few", "allow[32]", &|bits| {
            (bits.len() == 16).then(|| bits[..15].to_owned())
        }),
        ("a range for an address", "allow[32]", &|bits| {
            (bits.len() > 33).then(|| bits[..bits.len() - 1].to_owned())
        }),
        ("another version", "deny[32]", &|bits| {
            (bits == "6").then(|| "4".to_owned())
        }),
        ("all of IPv4", "deny[32]", &|bits| {
            (bits == "40").then(|| "4".to_owned())
        }),
        ("another last address", "deny[32]", &|bits| {
            let last = format!("4{}", "1".repeat(32));
            (bits == last).then(|| format!("{}0", &last[..32]))
        }),
    ];
    let policy = policy_with(super::rules(), None);
    let (meaning, bundle) = super::compiled(&policy, 0);
    for (what, id, to) in breaks {
        let mut changed = bundle.clone();
        broken(&mut changed, id, to);
        assert_ne!(changed, bundle, "{what}");
        assert!(!super::agree(&meaning, &changed), "{what} was not noticed");
    }
}

#[test]
fn every_broken_header_is_noticed() {
    notices(&[
        ("whatever it says", |bundle| {
            change(bundle, "allow[31]", &|part| match part {
                Condition::Claim(name, ClaimTest::Text(_)) => {
                    Some(Condition::Claim(name.clone(), ClaimTest::Present))
                }
                _ => None,
            });
        }),
        ("another text", |bundle| {
            change(bundle, "allow[31]", &|part| match part {
                Condition::Claim(name, ClaimTest::Text(_)) => {
                    let test = ClaimTest::Text(vec!["bath".into()]);
                    Some(Condition::Claim(name.clone(), test))
                }
                _ => None,
            });
        }),
        ("whatever begins so", |bundle| {
            change(bundle, "allow[31]", &|part| match part {
                Condition::Claim(name, ClaimTest::Text(all)) => Some(Condition::Claim(
                    name.clone(),
                    ClaimTest::Begins(all.clone()),
                )),
                _ => None,
            });
        }),
        ("another field", |bundle| {
            change(bundle, "allow[31]", &|part| match part {
                Condition::Claim(_, test) => {
                    Some(Condition::Claim(of_header("x-ticket"), test.clone()))
                }
                _ => None,
            });
        }),
        ("a claim of the same name", |bundle| {
            change(bundle, "deny[31]", &|part| match part {
                Condition::Claim(_, test @ ClaimTest::Text(_)) => {
                    Some(Condition::Claim("purpose".into(), test.clone()))
                }
                _ => None,
            });
        }),
        ("there or not", |bundle| {
            rule(bundle, "deny[31]").when = None;
        }),
    ]);
}

/// It would be missing from every request, and a deny about it would deny nothing.
#[test]
fn a_rule_about_what_is_not_read_is_refused() {
    let (_, bundle) = super::compiled(&policy_with(super::rules(), None), 0);
    let load = |bundle: &Bundle| Engine::load(&serde_json::to_vec(bundle).unwrap()).map(drop);
    let expected = ["purpose", "x-purpose", "x-ticket"].map(of_header);
    assert_eq!(
        bundle.facts,
        [&expected[..], &[ADDRESS.to_owned(), VERSION.to_owned()]].concat()
    );
    assert_eq!(load(&bundle), Ok(()));
    for left in &bundle.facts {
        let mut other = bundle.clone();
        other.facts.retain(|fact| fact != left);
        let problem = LoadError::Inconsistent("a condition asks for what is not read");
        assert_eq!(load(&other), Err(problem), "{left}");
    }
    let mut other = bundle;
    other.facts.push("request:mood".to_owned());
    let problem = LoadError::Inconsistent("a fact is of no known kind");
    assert_eq!(load(&other), Err(problem));
}

/// A filter from before facts takes such a bundle, and refuses the field in any other.
#[test]
fn a_bundle_without_facts_does_not_say_so() {
    let (_, bundle) = super::compiled(&policy_with(super::claims::rules(), None), 0);
    assert!(
        !serde_json::to_string(&bundle)
            .unwrap()
            .contains("\"facts\"")
    );
}
