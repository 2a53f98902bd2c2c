//! Rules and conditions that tests show, and those that they do not.

use crate::checks::vectors::{ACCESS, GATE};
use crate::output::{Options, compile};
use crate::source::Source;

use super::*;

const RULES: &str = "  allow:
    - who: { groups: [analysts] }
    - who: { users: [lena] }
      when: context.hour >= 6
    - who: { groups: [leads] }
  deny:
    - who: { serviceAccounts: [corp/portal, a/b] }
";

fn covered(cases: &[(&str, &str)]) -> Coverage {
    let cases = cases.iter();
    let cases = cases.map(|(who, at)| case(who, "churn-x", &format!("2026-01-05T{at}")));
    covered_of(RULES, &cases.collect::<String>())
}

fn case(who: &str, model: &str, hour: &str) -> String {
    format!(
        "    - name: '{who} {model} {hour}'\n      who: {{ {who} }}\n      expect: {{ verdict: allow }}\n      \
         request: {{ host: risk.example.com, path: /v2/models/{model}/infer, body: '{{}}', at: \"{hour}:00:00Z\" }}\n"
    )
}

fn covered_of(rules: &str, cases: &str) -> Coverage {
    let (head, _) = ACCESS.split_once("  allow:").unwrap();
    let tests = format!(
        "apiVersion: modelgate.dev/v1alpha1\nkind: AccessTest\nmetadata: {{ namespace: risk, name: t }}\nspec:\n  tests:\n{cases}"
    );
    let files = [
        ("gate.yaml", GATE.to_owned()),
        ("risk.yaml", format!("{head}{rules}")),
        ("tests.yaml", tests),
    ];
    let sources = files.map(|(name, text)| Source {
        name: name.into(),
        bytes: text.into_bytes(),
    });
    let (loaded, found) = crate::load(&sources);
    let loaded = loaded.unwrap_or_else(|| panic!("{found:?}"));
    let output = compile(&loaded.policy, &Options::default()).unwrap();
    let bundles = output
        .targets
        .iter()
        .map(|target| (target.name.clone(), target.text.clone().into_bytes()));
    let outcomes = crate::cases::run(&loaded.tests, &bundles.collect(), Some("corp")).unwrap();
    let side = Side::new(&loaded.policy).unwrap();
    for outcome in &outcomes {
        let decided = outcome.asked.iter().flat_map(|request| {
            let seen = seen(&side, request);
            deciding(&side, &seen)
        });
        let decided: Vec<&str> = decided
            .map(|position| side.rule(position).id.as_str())
            .collect();
        assert_eq!(outcome.got.rules, decided);
    }
    Coverage::of(&side, &outcomes)
}

#[test]
fn what_no_test_shows_is_told() {
    let coverage = covered(&[
        ("user: ada, groups: [analysts]", "12"),
        ("user: lena, groups: [analysts]", "12"),
    ]);
    let told: Vec<String> = coverage.rules.iter().flat_map(Covered::gaps).collect();
    assert_eq!(
        told,
        [
            "`context.hour >= 6` holds in every test",
            "decides no test",
            "decides no test"
        ]
    );
    assert_eq!(coverage.counts(), (3, 6));
    assert_eq!(coverage.percent(), 50);
    let codes: Vec<&str> = coverage.warnings().iter().map(|found| found.code).collect();
    assert_eq!(codes, ["MG0603", "MG0602", "MG0602"]);
}

#[test]
fn a_deny_is_covered_by_the_machine_between() {
    let coverage = covered(&[
        ("user: lena", "12"),
        ("user: lena", "05"),
        ("user: lena, groups: [leads, analysts]", "12"),
        ("user: lena, groups: [leads], peer: a/b", "12"),
    ]);
    assert_eq!(coverage.percent(), 100, "{coverage:#?}");
}

/// Where the rest of a rule does not speak of a request, its condition is not asked: it has not failed.
#[test]
fn a_condition_fails_by_itself() {
    let third = "churn-x/versions/3";
    let (noon, night, later) = ("2026-01-05T12", "2026-01-05T05", "2026-02-05T12");
    let (trained, other) = (
        "user: ann, groups: [analysts, trained]",
        "user: ann, groups: [analysts]",
    );
    for (rule, elsewhere) in [
        (
            "who: { groups: [analysts], all: [{ groups: [trained] }] }",
            case(other, third, noon),
        ),
        (
            "who: { groups: [analysts] }, versions: [\"3\"]",
            case(trained, "churn-x", noon),
        ),
        (
            "who: { groups: [analysts] }, until: 2026-01-31",
            case(trained, third, later),
        ),
    ] {
        let counts = |rule: &str, cases: &[&str]| {
            let rules = format!("  allow:\n    - {{ {rule} }}\n");
            covered_of(&rules, &cases.concat()).counts()
        };
        let asks = format!("{rule}, when: context.hour >= 6");
        let (held, failed) = (&case(trained, third, noon), &case(trained, third, night));
        assert_eq!(counts(&asks, &[held, &elsewhere]), (2, 3), "{rule}");
        assert_eq!(counts(&asks, &[held, failed]), (3, 3), "{rule}");
        // by itself it has both ways, too
        assert_eq!(counts(rule, &[held]), (2, 3), "{rule}");
        assert_eq!(counts(rule, &[held, &elsewhere]), (3, 3), "{rule}");
    }
}

#[test]
fn a_deny_of_versions_asks_of_a_request_that_names_none() {
    let rules = "  allow:\n    - who: { groups: [analysts] }\n  deny:\n    - who: { groups: [analysts] }\n      versions: [\"3\"]\n      when: context.hour >= 6\n";
    let at = |hour| case("user: ann, groups: [analysts]", "churn-x", hour);
    let cases = [at("2026-01-05T12"), at("2026-01-05T05")].concat();
    assert_eq!(covered_of(rules, &cases).percent(), 100);
}
