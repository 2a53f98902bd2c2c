//! Conditions about what a request says besides.

use policies::bundle::{ClaimTest, Condition};
use policies::facts::of_header;

use super::{condition, refused};

#[test]
fn header_fields_are_tested() {
    let field = |name: &str, test| Condition::Claim(of_header(name), test);
    let text = |text: &str| field("x-purpose", ClaimTest::Text(text.into()));
    let has = field("x-purpose", ClaimTest::Present);
    let cases = [
        ("context.headers[\"x-purpose\"] == \"a\"", text("a")),
        (
            "\"a\" != context.headers[\"x-purpose\"]",
            Condition::Not(Box::new(text("a"))),
        ),
        (
            "[\"a\", \"b\"].contains(context.headers[\"x-purpose\"])",
            Condition::Any(vec![text("a"), text("b")]),
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
