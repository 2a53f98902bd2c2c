//! Conditions about what a request says besides.

use policies::bundle::{ClaimTest, Condition};
use policies::facts::{ADDRESS, VERSION, of_header};

use super::{condition, refused};

#[test]
fn header_fields_are_tested() {
    let field = |name: &str, test| Condition::Claim(of_header(name), test);
    let text = |text: &str| field("x-purpose", ClaimTest::Text(vec![text.into()]));
    let either = ["a", "b"].map(str::to_owned).to_vec();
    let has = field("x-purpose", ClaimTest::Present);
    let cases = [
        ("context.headers[\"x-purpose\"] == \"a\"", text("a")),
        (
            "\"a\" != context.headers[\"x-purpose\"]",
            Condition::Not(Box::new(text("a"))),
        ),
        (
            "[\"a\", \"b\"].contains(context.headers[\"x-purpose\"])",
            field("x-purpose", ClaimTest::Text(either)),
        ),
    ];
    for (test, expected) in cases {
        let whole = format!("context.headers has \"x-purpose\" && {test}");
        let all = Condition::All(vec![has.clone(), expected]);
        assert_eq!(condition(&whole), all, "{test}");
    }
    let short = condition("context has headers.purpose");
    assert_eq!(short, field("purpose", ClaimTest::Present));
}

#[test]
fn addresses_are_tested() {
    let either = |bits: &[&str]| {
        let bits = bits.iter().map(|bits| (*bits).to_owned()).collect();
        Condition::Claim(ADDRESS.into(), ClaimTest::Begins(bits))
    };
    let begins = |bits: &str| either(&[bits]);
    let cases = [
        (
            "context.address.isInRange(ip(\"10.0.0.0/8\"))",
            begins("400001010"),
        ),
        ("context.address.isIpv4()", begins("4")),
        (
            "!context.address.isInRange(ip(\"128.0.0.0/1\"))",
            Condition::Not(Box::new(begins("41"))),
        ),
        (
            "[ip(\"0.0.0.0\"), ip(\"::\")].contains(context.address)",
            either(&[
                &format!("4{}", "0".repeat(32)),
                &format!("6{}", "0".repeat(128)),
            ]),
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(condition(text), expected, "{text}");
    }
    for (text, code) in [
        ("context.address == ip(\"10.0.0.0/8\")", "MG0907"),
        (
            "context.address.isInRange(ip(\"::ffff:a00:0/104\"))",
            "MG0907",
        ),
        ("ip(\"10.0.0.0/8\").isInRange(context.address)", "MG0906"),
        ("ip(\"10.0.0.1\").isLoopback()", "MG0906"),
    ] {
        assert_eq!(refused(text).code, code, "{text}");
    }
}

#[test]
fn what_no_header_field_can_be_asked() {
    for test in [
        "context.headers[\"x-purpose\"] like \"b*\"",
        "context.headers[\"x-purpose\"] == resource.name",
    ] {
        let text = format!("context.headers has \"x-purpose\" && {test}");
        assert_eq!(refused(&text).code, "MG0906", "{text}");
    }
    for text in [
        "context.headers has \"x-purposes\"",
        "!(context has headers.ticket)",
    ] {
        assert_eq!(refused(text).code, "MG0907", "{text}");
    }
}

#[test]
fn a_version_is_tested() {
    let version = |test| Condition::Claim(VERSION.into(), test);
    let text = |texts: &[&str]| {
        version(ClaimTest::Text(
            texts.iter().map(|text| (*text).to_owned()).collect(),
        ))
    };
    assert_eq!(
        condition("context has version && [\"3\", \"4\"].contains(context.version)"),
        Condition::All(vec![version(ClaimTest::Present), text(&["3", "4"])])
    );
    assert_eq!(
        condition("context has version && \"3\" != context.version"),
        Condition::All(vec![
            version(ClaimTest::Present),
            Condition::Not(Box::new(text(&["3"])))
        ])
    );
    for text in [
        "context has version && context.version like \"3*\"",
        "context has version && context.version == resource.name",
    ] {
        assert_eq!(refused(text).code, "MG0906", "{text}");
    }
}

#[test]
fn a_misspelt_attribute_is_refused() {
    for text in [
        "context.claims has levle",
        "context.claims has levle && context.claims.levle >= 3",
        "!(context.claims has levle)",
        "context has claims.levle || context.hour > 3",
        "if context.claims has levle then false else true",
    ] {
        let refused = refused(text);
        assert_eq!(refused.code, "MG0907", "{text}");
        assert_eq!(refused.help.as_deref(), Some("did you mean `level`?"));
    }
}
