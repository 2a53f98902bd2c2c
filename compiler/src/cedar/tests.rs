//! What access rules and guardrails say in Cedar, and what is said about bad ones.

use policies::action::Action;

use crate::analysis::Side;
use crate::diagnostic::Diagnostic;
use crate::fixture::{account, allow, cedar_text, deny, group, policy_with, through, user, when};
use crate::policy::Rule;

use super::{Meaning, build};

fn meaning(rules: Vec<Rule>, guardrails: Option<&str>) -> Meaning {
    build(&policy_with(rules, guardrails)).unwrap()
}

fn problems(rules: Vec<Rule>, guardrails: Option<&str>) -> Vec<Diagnostic> {
    build(&policy_with(rules, guardrails)).unwrap_err()
}

fn with_when(text: &str) -> Vec<Rule> {
    vec![when(
        allow(
            "allow[0]",
            &[group("corp/analysts")],
            &[Action::Predict],
            &["fraud-detector"],
        ),
        text,
    )]
}

#[test]
fn one_term_goes_into_the_scope() {
    let rules = vec![allow(
        "allow[0]",
        &[group("corp/analysts")],
        &[Action::Predict, Action::Explain],
        &["fraud-detector"],
    )];
    let expected = r#"@id("fraud/models/allow[0]")
permit (
  principal in Group::"corp/analysts",
  action in [Action::"predict", Action::"explain"],
  resource in Namespace::"fraud"
)
when { resource in [Model::"fraud/fraud-detector"] };
"#;
    assert_eq!(meaning(rules, None).text(), expected);
}

#[test]
fn a_deny_of_machines_speaks_of_what_comes_through_them_too() {
    let who = [
        account("payments/checkout"),
        account("corp/bot"),
        user("corp/ann@example.com"),
    ];
    let rules = vec![when(
        deny("deny[0]", &who, &Action::ALL, &["risk-*", "fraud-detector"]),
        "context.hour >= 6 // \"early\"",
    )];
    let expected = r#"@because("they \"may\" not")
@id("fraud/models/deny[0]")
forbid (
  principal,
  action,
  resource in Namespace::"fraud"
)
when { (principal in [User::"corp/ann@example.com"]) || (principal in [ServiceAccount::"corp/bot", ServiceAccount::"payments/checkout"]) }
when { (resource in [Model::"fraud/fraud-detector"]) || (resource in [Pattern::"fraud/risk-*"]) }
when { context.hour >= 6 };

@because("they \"may\" not")
@id("fraud/models/deny[0]/peer")
forbid (
  principal,
  action,
  resource in Namespace::"fraud"
)
when { (context has peer) && (context.peer in [ServiceAccount::"payments/checkout"]) }
when { (resource in [Model::"fraud/fraud-detector"]) || (resource in [Pattern::"fraud/risk-*"]) }
when { context.hour >= 6 };

@because("they \"may\" not")
@id("fraud/models/deny[0]/client")
forbid (
  principal,
  action,
  resource in Namespace::"fraud"
)
when { (context has client) && (context.client in [ServiceAccount::"corp/bot"]) }
when { (resource in [Model::"fraud/fraud-detector"]) || (resource in [Pattern::"fraud/risk-*"]) }
when { context.hour >= 6 };
"#;
    assert_eq!(meaning(rules, None).text(), expected);
}

#[test]
fn an_application_is_a_peer_or_a_client() {
    let applications = [account("payments/checkout"), account("corp/portal")];
    let rule = allow(
        "allow[0]",
        &[group("corp/analysts")],
        &[Action::Explain],
        &["fraud-detector"],
    );
    let expected = r#"@id("fraud/models/allow[0]")
permit (
  principal in Group::"corp/analysts",
  action in [Action::"explain"],
  resource in Namespace::"fraud"
)
when { ((context has peer) && (context.peer in [ServiceAccount::"payments/checkout"])) || ((context has client) && (context.client in [ServiceAccount::"corp/portal"])) }
when { resource in [Model::"fraud/fraud-detector"] };
"#;
    assert_eq!(
        meaning(vec![through(rule, &applications)], None).text(),
        expected
    );
    let workload = [account("a/b")];
    let rule = through(
        deny("deny[0]", &workload, &Action::ALL, &["risk-*"]),
        &applications[1..],
    );
    let text = meaning(vec![rule], None).text();
    let narrowed = text.matches("context.client in [ServiceAccount::\"corp/portal\"]");
    assert_eq!(narrowed.count(), 2, "the rule and its peer: {text}");
}

#[test]
fn claims_are_typed_and_known_to_be_there() {
    for text in [
        "context.claims has mfa && context.claims.mfa.contains(\"otp\")",
        "context has claims.level && context.claims.level >= 2",
        "if context.claims has tier then context.claims.tier == \"gold\" else true",
        "context has client",
    ] {
        meaning(with_when(text), None);
    }
    for text in [
        "context.claims.mfa.contains(\"otp\")",
        "context.claims has mfa && context.claims.mfa == \"otp\"",
        "context.claims has level && context.claims.level == \"2\"",
        "context.claims has mafia",
        "context.client == ServiceAccount::\"corp/portal\"",
    ] {
        let found = problems_or_warnings(text);
        assert!(!found.is_empty(), "{text}");
    }
}

/// A test of what no token has is a warning: the rule never matches.
fn problems_or_warnings(text: &str) -> Vec<Diagnostic> {
    match build(&policy_with(with_when(text), None)) {
        Ok(meaning) => meaning.warnings,
        Err(problems) => problems,
    }
}

#[test]
fn names_cannot_leave_their_quotes() {
    let name = "corp/x\"], action, resource); permit(principal, action, resource); //\n\\";
    let rules = vec![allow(
        "allow[0]",
        &[group(name)],
        &[Action::Predict],
        &["fraud-detector"],
    )];
    let made = meaning(rules, None);
    assert_eq!(made.statements.len(), 1);
    assert!(made.statements[0].policy().is_some());
}

#[test]
fn a_when_can_be_nothing_but_an_expression() {
    for text in [
        "true }; permit(principal, action, resource) when { true",
        "true} when {true",
        "true; true",
        "",
        "// nothing",
        "?principal == User::\"corp/ann\"",
    ] {
        let found = problems(with_when(text), None);
        assert!(
            found
                .iter()
                .all(|problem| problem.code == "MG0901" && problem.span.line >= 20),
            "{text}: {found:?}"
        );
    }
}

#[test]
fn a_type_error_is_said_once_and_at_its_place() {
    let found = problems(with_when("context.hour > 1 &&\ncontext.hours > 2"), None);
    let [problem] = &found[..] else {
        panic!("{found:?}")
    };
    assert_eq!(
        (problem.code, problem.span.line, problem.span.column),
        ("MG0902", 21, 11)
    );
    assert_eq!(problem.message, "attribute `hours` in context not found");
    assert_eq!(
        problem.help.as_deref(),
        Some("did you mean `context.hour`?")
    );
}

#[test]
fn the_peer_is_only_read_where_it_is_known_to_be() {
    let found = problems(with_when("context.peer == ServiceAccount::\"a/b\""), None);
    assert_eq!(found[0].code, "MG0902");
    meaning(
        with_when("context has peer && context.peer == ServiceAccount::\"a/b\""),
        None,
    );
}

#[test]
fn guardrails_get_ids_and_only_forbid() {
    let text = "@because(\"x\")\nforbid (principal in Group::\"corp/contractors\", action, resource) unless { resource.public };\n\
                @id(\"night\") forbid (principal, action, resource) when { context.hour < 6 };";
    let made = meaning(Vec::new(), Some(text));
    let ids: Vec<&str> = made
        .statements
        .iter()
        .map(|statement| statement.id.as_str())
        .collect();
    assert_eq!(ids, ["guardrail[0]", "night"]);
    assert_eq!(made.statements[1].span.line, 22);

    let code = |text: &str| problems(Vec::new(), Some(text))[0].code;
    assert_eq!(code("permit (principal, action, resource);"), "MG0903");
    assert_eq!(
        code("@id(\"a/b\") forbid (principal, action, resource);"),
        "MG0904"
    );
    assert_eq!(
        code(
            "@id(\"a\") forbid (principal, action, resource);@id(\"a\") forbid (principal, action, resource);"
        ),
        "MG0904"
    );
    assert_eq!(
        code("forbid (principal == ?principal, action, resource);"),
        "MG0905"
    );
    assert_eq!(code("forbid (principal, action, resource"), "MG0901");
    assert_eq!(
        code("forbid (principal, action == Action::\"predcit\", resource);"),
        "MG0902"
    );
}

#[test]
fn deep_and_long_texts_are_refused_before_they_are_parsed() {
    for text in [
        "(".repeat(5000),
        "true || ".repeat(900) + "true",
        "!".repeat(5000) + "true",
    ] {
        assert_eq!(problems(with_when(&text), None)[0].code, "MG0909");
    }
    let deepest = format!("{}context.hour > 1{}", "(".repeat(32), ")".repeat(32));
    meaning(with_when(&deepest), None);
    meaning(
        with_when(&("context.hour > 1 || ".repeat(66) + "false")),
        None,
    );
    assert_eq!(cedar_text("x").span.line, 20);
}

#[test]
fn what_is_not_seen_is_written_by_its_number() {
    let text = "forbid (principal, action, resource) when { context.method == \"a\\u{3164}\" };";
    let policy = policy_with(with_when("context.method != \"b\\u{fe0f}\""), Some(text));
    let text = build(&policy).unwrap().text();
    assert!(
        text.contains(r#""a\u{3164}""#) && text.contains(r#""b\u{fe0f}""#),
        "{text}"
    );
    let side = Side::new(&policy).unwrap();
    let shown = side.shown(0).condition.unwrap();
    assert!(shown.contains(r"a\u{3164}"), "{shown}");
}

#[test]
fn a_guardrail_stands_where_it_is_read() {
    let one = "forbid (principal, action, resource) when { !resource.public };";
    let text = format!("// {one}\n{one} // {one}\n{one}");
    let made = meaning(with_when("true"), Some(&text));
    let lines = made.statements.iter().map(|statement| statement.span.line);
    let first = cedar_text("x").span.line;
    assert_eq!(lines.take(2).collect::<Vec<_>>(), [first + 1, first + 2]);
}

#[test]
fn a_policy_that_never_matches_is_said() {
    let made = meaning(with_when("context.hour > 3 && false"), None);
    assert_eq!(made.warnings[0].code, "MG0908");
}

#[test]
fn a_text_with_letters_of_other_scripts_is_told_only_where_it_misleads() {
    let codes = |group: &str| {
        let when = format!("principal in Group::\"corp/{group}\"");
        let made = meaning(with_when(&when), None);
        let codes = made.warnings.iter().map(|warning| warning.code);
        codes.collect::<Vec<_>>()
    };
    for group in ["аналитики", "müller", "営業team", "группа-ml"] {
        assert_eq!(codes(group), [""; 0], "{group}");
    }
    for group in ["analуsts", "сор", "aналитики"] {
        assert_eq!(codes(group), ["MG0328"], "{group}");
    }
}

#[test]
fn what_may_be_missing_is_not_overlooked_by_what_denies() {
    let asks = "context.version != \"3\"";
    let help = |problems: Vec<Diagnostic>| {
        let mut help = problems.into_iter().filter_map(|problem| problem.help);
        help.next().unwrap_or_default()
    };
    let who = [group("corp/analysts")];
    let rule = |asks: &str| {
        let rule = deny("deny[0]", &who, &[Action::Predict], &["fraud-detector"]);
        vec![when(rule, asks)]
    };
    let denied = help(problems(rule(asks), None));
    let due = "if context has version then ... else true";
    assert!(denied.contains(&format!("`{due}` denies")), "{denied}");
    let typed = meaning(rule(&due.replace("...", asks)), None);
    assert_eq!(typed.statements.len(), 1);
    let allowed = help(problems(with_when(asks), None));
    assert!(allowed.contains("`context has version && ..`"), "{allowed}");
    let guardrail = format!("@id(\"a\") forbid (principal, action, resource) when {{ {asks} }};");
    let forbidden = help(problems(with_when("true"), Some(&guardrail)));
    assert!(forbidden.contains(due), "{forbidden}");
}
