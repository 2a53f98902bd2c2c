//! What replay says of a request is what the machine says of it with the changed files.

use std::collections::BTreeSet;

use policies::decision::Reason;
use serde_json::{Value, json};

use crate::cases::{Bench, Outcome};
use crate::checks::vectors::GATE;
use crate::output::{Options, Output, compile};
use crate::policy::Policy;
use crate::source::Source;
use crate::syntax::AccessTest;

use super::*;

mod gates;
mod lines;
mod proxies;

const CLAIMS: &str = "      audiences: [ml-models]
      claims: { user: sub, groups: groups, serviceAccount: azp, attributes: { mfa: { claim: amr, type: list } } }
";
const MODELS: &str = "apiVersion: modelgate.dev/v1alpha1
kind: ModelAccess
metadata: { namespace: risk, name: models }
spec:
  models:
    - { name: churn-*, api: open-inference }
    - { name: open-x, api: open-inference, public: true }
";
const OLD: &str = "  allow:
    - who: { groups: [analysts] }
    - who: { users: [ann, bob] }
      can: [predict, metadata]
    - who: { serviceAccounts: [payments/checkout, corp/batch] }
      when: context.hour >= 6
    - who: { groups: [leads] }
      when: context.claims has mfa
  deny:
    - who: { groups: [interns] }
      models: [churn-x]
    - who: { users: [eve] }
";
const NEW: &str = "  allow:
    - who: { groups: [analysts] }
      when: context.hour >= 6
    - who: { users: [ann, carl] }
    - who: { serviceAccounts: [payments/checkout] }
    - who: { groups: [leads, interns] }
  deny:
    - who: { users: [eve], serviceAccounts: [mesh/proxy] }
      models: [churn-x]
";
const WHO: [&str; 11] = [
    "user: ann",
    "user: bob",
    "user: carl",
    "user: eve, groups: [analysts]",
    "user: ida, groups: [analysts, interns]",
    "user: zoe, groups: [analysts]",
    "user: lea, groups: [leads], claims: { mfa: [otp] }",
    "user: leo, groups: [leads], peer: mesh/proxy",
    "serviceAccount: corp/batch",
    "peer: payments/checkout",
    "user: mia",
];

struct Side2 {
    policy: Policy,
    tests: Vec<AccessTest>,
    output: Output,
}

fn compiled(rules: &str) -> Side2 {
    let mut tests = String::new();
    for who in WHO {
        for (path, body) in [
            ("churn-x/infer", "body: '{}', "),
            ("open-x", ""),
            ("none/infer", "body: '{}', "),
        ] {
            for hour in ["05", "12"] {
                tests += &format!(
                    "    - name: '{who} {path} {hour}'\n      who: {{ {who} }}\n      expect: {{ verdict: allow }}\n      \
                     request: {{ host: risk.example.com, path: /v2/models/{path}, {body}at: \"2026-01-05T{hour}:00:00Z\" }}\n"
                );
            }
        }
    }
    let document = format!(
        "apiVersion: modelgate.dev/v1alpha1\nkind: AccessTest\nmetadata: {{ namespace: risk, name: t }}\nspec:\n  tests:\n{tests}"
    );
    let gate = GATE.replace("      audiences: [ml-models]\n", CLAIMS);
    let files = [
        ("gate.yaml", gate),
        ("risk.yaml", format!("{MODELS}{rules}")),
        ("tests.yaml", document),
    ];
    let sources = files.map(|(name, text)| Source {
        name: name.into(),
        bytes: text.into_bytes(),
    });
    let (loaded, found) = crate::load(&sources);
    let loaded = loaded.unwrap_or_else(|| panic!("{found:?}"));
    let output = compile(&loaded.policy, &Options::default()).unwrap();
    Side2 {
        policy: loaded.policy,
        tests: loaded.tests,
        output,
    }
}

fn outcomes(side: &Side2, tests: &[AccessTest]) -> Vec<Outcome> {
    let bundles = side
        .output
        .targets
        .iter()
        .map(|target| (target.name.as_str(), target.text.as_bytes()));
    let mut bench = Bench::load(bundles, Some("corp")).unwrap();
    let cases = tests
        .iter()
        .flat_map(|test| test.tests.iter().map(move |case| (test, case)));
    cases.map(|(test, case)| bench.run(test, case)).collect()
}

/// Replays one line.
fn one(new: &Side<'_>, old: Option<&Side<'_>>, line: &str) -> Report {
    let mut replay = Replay::new(new, old);
    replay.line(Some(line.as_bytes()));
    replay.finish()
}

#[test]
fn verdicts_are_those_of_the_machine() {
    let (old, new) = (compiled(OLD), compiled(NEW));
    let (before, after) = (outcomes(&old, &old.tests), outcomes(&new, &old.tests));
    let (old, new) = (
        Side::new(&old.policy).unwrap(),
        Side::new(&new.policy).unwrap(),
    );
    let mut counts = [[0; 4]; 2];
    for (was, is) in before.iter().zip(&after) {
        let line = was.event.as_ref().unwrap().to_line();
        for (round, old) in [None, Some(&old)].into_iter().enumerate() {
            let report = one(&new, old, &line);
            let changed = was.got.verdict != is.got.verdict;
            let open = report.left() + report.perhaps();
            let told = [report.same, report.allowed(), report.denied(), open];
            assert_eq!(told.iter().sum::<u64>(), 1, "{report:#?}");
            assert!(report.same == 0 || !changed, "{line}\n{report:#?}");
            if report.allowed() + report.denied() == 1 {
                assert!(changed, "{line}\n{report:#?}");
                let (key, _) = report.changed.first_key_value().unwrap();
                let rules = key.rules_now.iter();
                let rules: Vec<&str> = rules.map(|place| new.rule(*place).id.as_str()).collect();
                let known = was.got.rules.iter().chain(&is.got.rules);
                assert!(rules.iter().all(|rule| known.clone().any(|id| id == rule)) || key.before);
            }
            for (sum, one) in counts[round].iter_mut().zip(told) {
                *sum += one;
            }
        }
    }
    let [without, with] = counts;
    assert!(with[3] < without[3], "{counts:?}");
    assert!(
        without[1] > 2 && without[2] > 2 && with[0] > 10,
        "{counts:?}"
    );
}

#[test]
fn the_same_files_decide_the_same() {
    let old = compiled(OLD);
    let before = outcomes(&old, &old.tests);
    let side = Side::new(&old.policy).unwrap();
    let mut replay = Replay::new(&side, None);
    for outcome in &before {
        replay.line(Some(outcome.event.as_ref().unwrap().to_line().as_bytes()));
    }
    let report = replay.finish();
    assert_eq!(report.allowed() + report.denied(), 0);
    let reasons: Vec<String> = report.left.keys().map(ToString::to_string).collect();
    // only a certificate that no rule names is refused for want of a token
    assert!(
        reasons
            .iter()
            .all(|reason| reason.contains("token_missing")),
        "{reasons:?}"
    );
}

/// Nothing is concluded from a list that was lost on the way, or that does not fit the verdict.
#[test]
fn lists_are_taken_as_they_were_written() {
    let (old, new) = (compiled(OLD), compiled(NEW));
    let outcomes = outcomes(&old, &old.tests);
    let (old, new) = (
        Side::new(&old.policy).unwrap(),
        Side::new(&new.policy).unwrap(),
    );
    let why = |line: &Value| {
        let report = one(&new, Some(&old), &line.to_string());
        let left = report.left.first_key_value();
        left.map(|(why, _)| why.clone())
    };
    let mut reasons = BTreeSet::new();
    for event in outcomes.iter().filter_map(|outcome| outcome.event.as_ref()) {
        let line: Value = serde_json::from_str(&event.to_line()).unwrap();
        let with = |field: &str, value: Value| {
            let mut line = line.clone();
            line[field] = value;
            why(&line)
        };
        if matches!(why(&line), Some(Why::BeforeRules(_))) {
            continue;
        }
        for field in ["rules", "otherModels"] {
            let mut lost = line.clone();
            lost.as_object_mut().unwrap().remove(field);
            assert_eq!(why(&lost), Some(Why::Missing(field)), "{line}");
            assert_eq!(with(field, Value::Null), Some(Why::Missing(field)));
        }
        let (rule, due) = match event.reason {
            Reason::Allowed => ("risk/models/deny[0]", Why::Misfit),
            Reason::DeniedByRule => ("risk/models/allow[0]", Why::Misfit),
            _ => ("risk/models/allow[0]", Why::Malformed),
        };
        assert_eq!(with("rules", json!([rule])), Some(due), "{line}");
        let lost = with("rules", json!([])) == Some(Why::Missing("rules"));
        assert_eq!(lost, !event.rules.is_empty(), "{line}");
        reasons.insert(event.reason.code());
    }
    assert!(reasons.len() > 2, "{reasons:?}");
}

const ODD: [&str; 5] = [
    "",
    "[2026-01-05 12:00:00.000][17][info] nothing",
    "{\"kind\":\"modelgate.audit\"",
    "{\"kind\":\"modelgate.audit\"}",
    "{\"note\":\"of modelgate.audit\"}",
];

#[test]
fn odd_lines_are_counted() {
    let (old, new) = (compiled(OLD), compiled(NEW));
    let event = outcomes(&old, &old.tests)[0].event.clone().unwrap();
    let line = event.to_line();
    let side = Side::new(&new.policy).unwrap();
    let mut replay = Replay::new(&side, None);
    for odd in ODD {
        replay.line(Some(odd.as_bytes()));
    }
    replay.line(None);
    replay.line(Some(b"\xff\xfe modelgate.audit {{{\x00"));
    for (from, to) in [
        ("\"version\":1", "\"version\":2"),
        ("\"version\":1", "\"version\":1,\"later\":[{}]"),
        ("\"target\":\"edge\"", "\"target\":\"another\""),
        ("\"issuer\":\"corp\"", "\"issuer\":\"another\""),
        ("\"action\":\"predict\"", "\"action\":\"dance\""),
        ("\"subject\":\"ann\"", "\"subject\":null"),
        ("\"reason\":\"allowed\"", "\"reason\":\"token_expired\""),
        (
            "\"reason\":\"not_permitted\"",
            "\"reason\":\"token_expired\"",
        ),
    ] {
        let odd = line.replace(from, to);
        replay.line(Some(
            format!("[2026-01-05][warning] wasm log: {odd} done").as_bytes(),
        ));
    }
    let report = replay.finish();
    assert_eq!(report.lines, 15);
    assert_eq!(report.others, 2, "{report:#?}");
    let told: Vec<String> = report.left.keys().map(ToString::to_string).collect();
    for part in [
        "`version` is `2`",
        "`version` is not",
        "`another`",
        "`dance`",
        "`subject`",
        "too long",
        "cannot be read",
    ] {
        assert!(told.iter().any(|why| why.contains(part)), "{part} {told:?}");
    }
    let known = report.others + report.same + report.allowed() + report.denied() + report.left();
    assert_eq!(known, report.lines);
}
