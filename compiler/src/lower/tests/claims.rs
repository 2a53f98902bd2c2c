//! Conditions about claims and applications.

use policies::bundle::{ClaimTest, Comparison, Condition};

use super::{condition, refused};

fn list(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn claims_are_tested() {
    let claim = |name: &str, test| Condition::Claim(name.into(), test);
    let mfa = |texts: &[&str]| claim("mfa", ClaimTest::Contains(list(texts)));
    let level = |comparison, number| claim("level", ClaimTest::Number(comparison, number));
    let tier = |texts: &[&str]| claim("tier", ClaimTest::Text(list(texts)));
    let not = |condition| Condition::Not(Box::new(condition));
    let flag = claim("flag", ClaimTest::True);
    let cases = [
        ("mfa", "context.claims.mfa.contains(\"x\")", mfa(&["x"])),
        (
            "mfa",
            "[\"x\"].containsAny(context.claims.mfa)",
            mfa(&["x"]),
        ),
        (
            "level",
            "2 <= context.claims.level",
            level(Comparison::Ge, 2),
        ),
        (
            "level",
            "context.claims.level != 2",
            not(level(Comparison::Eq, 2)),
        ),
        (
            "tier",
            "context.claims.tier != \"gold\"",
            not(tier(&["gold"])),
        ),
        ("flag", "context.claims.flag", flag.clone()),
        ("flag", "context.claims.flag == false", not(flag)),
    ];
    is_each(cases);
}

#[test]
fn texts_of_claims_are_tested_together() {
    let claim = |name: &str, test| Condition::Claim(name.into(), test);
    let mfa = |texts: &[&str]| claim("mfa", ClaimTest::Contains(list(texts)));
    let tier = |texts: &[&str]| claim("tier", ClaimTest::Text(list(texts)));
    is_each([
        (
            "mfa",
            "context.claims.mfa.containsAny([\"x\", \"y\"])",
            mfa(&["x", "y"]),
        ),
        (
            "tier",
            "[\"a\", \"b\"].contains(context.claims.tier)",
            tier(&["a", "b"]),
        ),
        (
            "tier",
            "(context.claims.tier == \"a\" || \"b\" == context.claims.tier)",
            tier(&["a", "b"]),
        ),
    ]);
}

fn is_each<const COUNT: usize>(cases: [(&str, &str, Condition); COUNT]) {
    for (name, text, expected) in cases {
        let has = Condition::Claim(name.into(), ClaimTest::Present);
        let all = Condition::All(vec![has, expected]);
        for has in [
            format!("context.claims has {name}"),
            format!("context has claims.{name}"),
        ] {
            assert_eq!(condition(&format!("{has} && {text}")), all, "{text}");
        }
    }
}

#[test]
fn what_is_asked_of_claims_at_once() {
    let claim = |name: &str, test| Condition::Claim(name.into(), test);
    let has = |name: &str| claim(name, ClaimTest::Present);
    let mfa = |text: &str| claim("mfa", ClaimTest::Contains(list(&[text])));
    let both = "context.claims has mfa && context.claims.mfa.containsAll([\"x\", \"y\"])";
    assert_eq!(
        condition(both),
        Condition::All(vec![has("mfa"), mfa("x"), mfa("y")])
    );
}

#[test]
fn applications_are_an_issuers() {
    let through = "context has client && context.client in [ServiceAccount::\"corp/a\", ServiceAccount::\"corp/b\"]";
    let expected = Condition::All(vec![Condition::HasClient, Condition::ClientIn(vec![0, 1])]);
    assert_eq!(condition(through), expected);
    let peer = "context has client && context.client == ServiceAccount::\"payments/a\"";
    assert_eq!(refused(peer).code, "MG0907");
}

#[test]
fn what_no_claim_can_be_asked() {
    for text in [
        "context.claims has tier && context.claims.tier like \"g*\"",
        "context.claims has mfa && [\"x\"].containsAll(context.claims.mfa)",
        "context.claims has mfa && context.claims.mfa == [\"x\"]",
        "context.claims has mfa && context.claims.mfa.isEmpty()",
        "context.claims has level && context.claims.level + 1 > 2",
    ] {
        assert_eq!(refused(text).code, "MG0906", "{text}");
    }
}
