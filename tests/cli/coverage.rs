//! `test`: its reports for machines, and what the tests show of the rules.

use cli::Exit;
use libtest_mimic::Failed;
use serde_json::Value;

use super::Test;
use super::access::snapshot;
use super::session::{expect, run};

/// These tests.
pub const TESTS: &[Test] = &[
    ("coverage: of one rule", single),
    ("test: coverage as a table", table),
    ("test: too little coverage is a problem", least),
    ("test: reports for machines, to the letter", reports),
    (
        "test: what is wrong with the files is in every report",
        wrong_files,
    ),
    (
        "test: a failed test is a finding at its place",
        failed_tests,
    ),
    ("test: a denial of what is not there is told", about_nothing),
];

const FILES: &str = "access/old access/tests";

fn table() -> Result<(), Failed> {
    let session = run(&format!("test --coverage {FILES}"), b"");
    snapshot(&session, Exit::Clean, "test-coverage.txt")?;
    let wide = session
        .output
        .lines()
        .skip_while(|line| !line.is_empty())
        .find(|line| line.chars().count() > 80);
    expect(wide.is_none(), &session)?;
    let colored = run(&format!("--color always test --coverage {FILES}"), b"");
    snapshot(&colored, Exit::Clean, "test-coverage-colors.txt")
}

fn least() -> Result<(), Failed> {
    let enough = run(&format!("test --min-coverage 60 {FILES}"), b"");
    expect(
        enough.exit == Exit::Clean && enough.errors.is_empty(),
        &enough,
    )?;
    let little = run(&format!("test --min-coverage 100 {FILES}"), b"");
    expect(
        little.exit == Exit::Problems
            && little.errors.contains("100 % are due")
            && little.output.contains("not covered"),
        &little,
    )?;
    for (part, said) in [
        ("101", "write a whole number from 0 to 100"),
        ("90%", "write it without the sign: `90`"),
        ("90.5", "write a whole number from 0 to 100"),
    ] {
        let wrong = run(&format!("test --min-coverage {part} {FILES}"), b"");
        expect(
            wrong.exit == Exit::CannotRun && wrong.errors.contains(said),
            &wrong,
        )?;
    }
    Ok(())
}

fn reports() -> Result<(), Failed> {
    for format in ["json", "sarif", "junit", "github", "gitlab"] {
        let session = run(&format!("test --min-coverage 100 -o {format} {FILES}"), b"");
        snapshot(&session, Exit::Problems, &format!("test-{format}.txt"))?;
        let plain = run(&format!("test -o {format} {FILES}"), b"");
        expect(plain.exit == Exit::Clean && plain.errors.is_empty(), &plain)?;
    }
    Ok(())
}

fn wrong_files() -> Result<(), Failed> {
    for format in ["json", "sarif", "junit", "github", "gitlab"] {
        let session = run(
            &format!("test -o {format} bad-input/gate.yaml bad-input/unknown-field.yaml"),
            b"",
        );
        expect(
            session.exit == Exit::Problems
                && session.output.contains("MG0101")
                && session.errors.is_empty(),
            &session,
        )?;
    }
    Ok(())
}

/// One is not many.
fn single() -> Result<(), Failed> {
    const FILES: &str = "apiVersion: modelgate.dev/v1alpha1
kind: ModelAccess
metadata: { namespace: risk, name: models }
spec:
  models:
    - { name: churn, api: open-inference }
  allow:
    - who: { users: [ann] }
---
apiVersion: modelgate.dev/v1alpha1
kind: AccessTest
metadata: { namespace: risk, name: t }
spec:
  tests:
    - name: ann predicts
      who: { user: ann }
      request: { host: risk.example.com, path: /v2/models/churn/infer, body: '{}' }
      expect: { verdict: allow }
";
    let gate = std::fs::read_to_string("access/old/gate.yaml")?;
    let (gate, _) = gate.split_once("  guardrails:").ok_or("no guardrails")?;
    let files = format!("{gate}---\n{FILES}");
    let session = run("test --coverage -", files.as_bytes());
    expect(
        session
            .output
            .contains("1 of 1 rule or way of a condition covered, 100 %"),
        &session,
    )
}

fn failed_tests() -> Result<(), Failed> {
    let text = std::fs::read_to_string("access/tests/risk.yaml")?;
    let text = text.replace("expect: { verdict: allow }", "expect: { verdict: deny }");
    let session = run("test -o json access/old -", text.as_bytes());
    let report: Value = serde_json::from_str(&session.output)?;
    expect(
        session.exit == Exit::Problems
            && report["failed"] == 2
            && report["tests"][0]["failure"].is_string(),
        &session,
    )?;
    let github = run("test -o github access/old -", text.as_bytes());
    let errors = github.output.lines().filter(|line| {
        line.starts_with("::error file=<stdin>,line=6,")
            || line.starts_with("::error file=<stdin>,line=17,")
    });
    expect(
        github.exit == Exit::Problems && errors.count() == 2,
        &github,
    )
}

/// Unless the test says that it is meant.
fn about_nothing() -> Result<(), Failed> {
    let text = std::fs::read_to_string("access/tests/risk.yaml")?;
    let (head, _) = text.split_once("  tests:\n").ok_or("no tests")?;
    let case = |path: &str, expect: &str| {
        format!(
            "{head}  tests:\n    - name: t\n      who: {{ user: zoe }}\n      request: {{ host: risk.example.com, path: {path}, body: '{{}}' }}\n      expect: {{ {expect} }}\n"
        )
    };
    let (there, misspelt) = ("/v2/models/churn/infer", "/v2/models/chrun/infer");
    for (path, expected, vain) in [
        (there, "verdict: deny", false),
        (misspelt, "verdict: deny", true),
        (misspelt, "verdict: deny, reason: model_unknown", false),
        (misspelt, "verdict: deny, status: 403", false),
        ("/v3/models/churn/infer", "verdict: deny", true),
    ] {
        let case = case(path, expected);
        let text = run("test access/old -", case.as_bytes());
        expect(
            text.exit == Exit::Clean && text.output.contains("see MG0605") == vain,
            &text,
        )?;
        let github = run("test -o github access/old -", case.as_bytes());
        let warned = github.output.contains("::warning") && github.output.contains("MG0605");
        expect(github.exit == Exit::Clean && warned == vain, &github)?;
        let mutants = run("mutate --min-score 0 access/old -", case.as_bytes());
        expect(mutants.exit == Exit::Clean, &mutants)?;
    }
    Ok(())
}
