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
    let (head, _) = ACCESS.split_once("  allow:").unwrap();
    let case = |(who, at): &(&str, &str)| {
        format!(
            "    - name: '{who} {at}'\n      who: {{ {who} }}\n      expect: {{ verdict: allow }}\n      \
             request: {{ host: risk.example.com, path: /v2/models/churn-x/infer, body: '{{}}', at: \"2026-01-05T{at}:00:00Z\" }}\n"
        )
    };
    let tests = format!(
        "apiVersion: modelgate.dev/v1alpha1\nkind: AccessTest\nmetadata: {{ namespace: risk, name: t }}\nspec:\n  tests:\n{}",
        cases.iter().map(case).collect::<String>()
    );
    let files = [
        ("gate.yaml", GATE.to_owned()),
        ("risk.yaml", format!("{head}{RULES}")),
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
