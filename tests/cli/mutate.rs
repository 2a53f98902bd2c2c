//! `mutate`: which changes of rules the tests would notice.

use cli::{Exit, Terminal};
use libtest_mimic::Failed;
use serde_json::Value;

use super::Test;
use super::access::snapshot;
use super::session::{Session, expect, run};

/// These tests.
pub const TESTS: &[Test] = &[
    ("mutate: what no test notices, and one that would", text),
    ("mutate: reports for machines, to the letter", reports),
    ("mutate: the tests that it gives notice everything", given),
    ("mutate: enough is what was asked for", score),
    ("mutate: one file's rules, or one rule alone", only),
    ("mutate: what was edited alone", since),
    ("mutate: it ends when enough was found", many),
    ("mutate: what other namespaces say counts", others),
    ("mutate: tests that fail already are no measure", failing),
    ("mutate: progress is for whoever watches", progress),
];

const FILES: &str = "access/old access/tests";

fn text() -> Result<(), Failed> {
    let session = run(&format!("mutate {FILES}"), b"");
    snapshot(&session, Exit::Problems, "mutate.txt")?;
    expect(session.errors.is_empty(), &session)?;
    // a test is one piece, to be copied
    let wide = session
        .output
        .lines()
        .filter(|line| !line.starts_with("        "))
        .find(|line| line.chars().count() > 80);
    expect(wide.is_none(), &session)?;
    let colored = run(&format!("--color always mutate {FILES}"), b"");
    snapshot(&colored, Exit::Problems, "mutate-colors.txt")
}

fn reports() -> Result<(), Failed> {
    for format in ["json", "sarif", "junit", "github", "gitlab"] {
        let session = run(&format!("mutate -o {format} {FILES}"), b"");
        snapshot(&session, Exit::Problems, &format!("mutate-{format}.txt"))?;
    }
    Ok(())
}

/// Pasted under the others, they kill every mutant that they were given for.
fn given() -> Result<(), Failed> {
    let first = run(&format!("mutate -o json {FILES}"), b"");
    let report: Value = serde_json::from_str(&first.output)?;
    let changes = report["changes"].as_array().ok_or("no changes")?;
    let mut text = std::fs::read_to_string("access/tests/risk.yaml")?;
    for test in changes.iter().filter_map(|change| change["test"].as_str()) {
        text.extend(test.lines().map(|line| format!("    {line}\n")));
    }
    let second = run("mutate access/old -", text.as_bytes());
    expect(
        second.exit == Exit::Clean && second.output.contains(" 0 not noticed"),
        &second,
    )?;
    let tests = run("test access/old -", text.as_bytes());
    expect(tests.exit == Exit::Clean, &tests)
}

fn score() -> Result<(), Failed> {
    let enough = run(&format!("mutate --min-score 40 {FILES}"), b"");
    expect(enough.exit == Exit::Clean, &enough)?;
    let little = run(&format!("mutate --min-score 90 {FILES}"), b"");
    expect(little.exit == Exit::Problems, &little)?;
    let none = run("mutate access/old", b"");
    expect(
        none.exit == Exit::CannotRun && none.errors.contains("AccessTest"),
        &none,
    )
}

fn only() -> Result<(), Failed> {
    let all = run(&format!("mutate {FILES}"), b"");
    let file = run(&format!("mutate --only risk/models {FILES}"), b"");
    expect(file.output == all.output, &file)?;
    let rule = run(
        &format!("mutate --only risk/models/deny[0] -o json {FILES}"),
        b"",
    );
    let report: Value = serde_json::from_str(&rule.output)?;
    let changes = report["changes"].as_array().ok_or("no changes")?;
    let is_own = |change: &Value| change["rule"] == "risk/models/deny[0]";
    expect(!changes.is_empty() && changes.iter().all(is_own), &rule)?;
    for (id, meant) in [
        ("risk/model", "did you mean `risk/models`?"),
        ("rusk", "did you mean `risk`?"),
        ("risk/models/deny", "there are: `risk/models`"),
    ] {
        let wrong = run(&format!("mutate --only {id} {FILES}"), b"");
        let said = wrong.errors.contains(&format!("`--only {id}`")) && wrong.errors.contains(meant);
        expect(
            wrong.exit == Exit::CannotRun && said && wrong.output.is_empty(),
            &wrong,
        )?;
    }
    Ok(())
}

/// A rule that was moved is as it was; one that asks for less is not, and one that is new.
fn since() -> Result<(), Failed> {
    let text = std::fs::read_to_string("access/old/risk.yaml")?;
    let (head, rules) = text.split_once("  allow:\n").ok_or("no rules")?;
    let edited = format!("{head}  allow:\n    - who: {{ groups: [auditors] }}\n{rules}");
    let files = "access/old/gate.yaml access/tests -";
    let command = format!("mutate --min-score 0 -o json --since access/old {files}");
    let session = run(&command, edited.as_bytes());
    expect(session.exit == Exit::Clean, &session)?;
    let report: Value = serde_json::from_str(&session.output)?;
    let changes = report["changes"].as_array().ok_or("no changes")?;
    let is_new = |change: &Value| change["rule"] == "risk/models/allow[0]";
    expect(!changes.is_empty() && changes.iter().all(is_new), &session)?;
    // `--with` belongs to both sides, and a reason changes no verdict
    let alike = edited.replace("because: interns work", "because: they work");
    let old = std::env::temp_dir().join(format!("modelgate-since-{}.yaml", std::process::id()));
    std::fs::write(&old, &edited)?;
    let command = format!(
        "mutate --since {} --with access/old/gate.yaml access/tests -",
        old.display()
    );
    let same = run(&command, alike.as_bytes());
    std::fs::remove_file(&old)?;
    expect(
        same.exit == Exit::Clean && same.errors.starts_with("no rule was edited since `"),
        &same,
    )?;
    let only = "mutate --since access/old --only fraud access/old access/tests";
    let unknown = run(only, b"");
    expect(unknown.exit == Exit::CannotRun, &unknown)?;
    let broken = run(
        "mutate --since bad-input/unknown-field.yaml access/old access/tests",
        b"",
    );
    expect(
        broken.exit == Exit::CannotRun
            && broken.output.is_empty()
            && broken.errors.contains("MG0101")
            && broken.errors.ends_with("has errors: nothing was changed\n"),
        &broken,
    )
}

/// As many as anybody reads, unless all are wanted.
fn many() -> Result<(), Failed> {
    let text = std::fs::read_to_string("access/old/risk.yaml")?;
    let (head, rules) = text.split_once("  allow:\n").ok_or("no rules")?;
    let more: String = (0..150)
        .map(|number| format!("    - who: {{ groups: [team-{number}] }}\n"))
        .collect();
    let text = format!("{head}  allow:\n{more}{rules}");
    let files = "access/old/gate.yaml access/tests -";
    let silent = |session: &Session| session.output.matches("no test notices").count();
    let ended = run(&format!("mutate {files}"), text.as_bytes());
    let all = run(&format!("mutate --all {files}"), text.as_bytes());
    expect(
        ended.exit == Exit::Problems && silent(&ended) == 300 && ended.errors.contains("`--all`"),
        &ended,
    )?;
    expect(
        all.exit == Exit::Problems && silent(&all) > 300 && all.errors.is_empty(),
        &all,
    )?;
    let score = run(&format!("mutate --min-score 1 {files}"), text.as_bytes());
    expect(score.output == all.output, &score)?;
    for (option, complete) in [("", false), ("--all", true)] {
        let session = run(&format!("mutate {option} -o json {files}"), text.as_bytes());
        let report: Value = serde_json::from_str(&session.output)?;
        expect(report["complete"] == complete, &session)?;
    }
    Ok(())
}

/// A guardrail about another namespace, and a test that shows what that namespace's rules make proxies read.
fn others() -> Result<(), Failed> {
    let gate = std::fs::read_to_string("access/old/gate.yaml")?;
    let input = format!(
        "{gate}    @id(\"frauds\")
    forbid (principal in Group::\"corp/x\", action, resource in Namespace::\"fraud\");
---
apiVersion: modelgate.dev/v1alpha1
kind: ModelAccess
metadata: {{ namespace: fraud, name: models }}
spec:
  models: [{{ name: det, api: open-inference }}]
  allow: [{{ who: {{ groups: [analysts] }}, versions: [\"3\"] }}]
---
apiVersion: modelgate.dev/v1alpha1
kind: AccessTest
metadata: {{ namespace: risk, name: more }}
spec:
  tests:
    - name: no second spelling of a version
      who: {{ user: ann, groups: [analysts] }}
      request: {{ host: risk.example.com, path: /v2/models/churn/versions/03/infer, body: '{{}}' }}
      expect: {{ verdict: deny, reason: model_malformed }}
"
    );
    let files = "access/old/risk.yaml access/tests -";
    let tests = run(&format!("test {files}"), input.as_bytes());
    expect(tests.exit == Exit::Clean, &tests)?;
    let session = run(&format!("mutate --min-score 0 {files}"), input.as_bytes());
    expect(
        session.exit == Exit::Clean
            && session.errors.is_empty()
            && session.output.contains("fraud/models/allow[0]"),
        &session,
    )?;
    let wrong = input.replace("verdict: deny, reason: model_malformed", "verdict: allow");
    let refused = run(&format!("mutate {files}"), wrong.as_bytes());
    expect(
        refused.exit == Exit::Problems && refused.errors.starts_with("1 test fails with"),
        &refused,
    )
}

fn failing() -> Result<(), Failed> {
    let text = std::fs::read_to_string("access/tests/risk.yaml")?;
    let text = text.replace("expect: { verdict: allow }", "expect: { verdict: deny }");
    let session = run("mutate access/old -", text.as_bytes());
    expect(
        session.exit == Exit::Problems
            && session.output.is_empty()
            && session.errors.starts_with("2 tests fail with"),
        &session,
    )?;
    for format in ["json", "sarif", "junit", "github", "gitlab"] {
        let session = run(&format!("mutate -o {format} access/old -"), text.as_bytes());
        expect(
            session.exit == Exit::Problems
                && is_document(format, &session.output)
                && session.output.matches("test `").count() >= 2
                && session.errors.starts_with("2 tests fail with"),
            &session,
        )?;
    }
    let wrong = run("mutate bad-input/unknown-field.yaml", b"");
    expect(
        wrong.exit == Exit::Problems && wrong.output.is_empty(),
        &wrong,
    )?;
    for format in ["json", "sarif", "junit", "github", "gitlab"] {
        let wrong = run(
            &format!("mutate -o {format} bad-input/unknown-field.yaml"),
            b"",
        );
        let test = run(
            &format!("test -o {format} bad-input/unknown-field.yaml"),
            b"",
        );
        expect(wrong == test && wrong.output.contains("MG0101"), &wrong)?;
    }
    Ok(())
}

fn progress() -> Result<(), Failed> {
    let words = ["modelgate", "mutate", "access/old", "access/tests"];
    let (mut input, mut output, mut errors) = (&b""[..], Vec::new(), Vec::new());
    let mut terminal = Terminal::new(&mut input, &mut output, &mut errors, false).watched(true);
    let exit = cli::run(words.map(Into::into), &mut terminal);
    let errors = String::from_utf8(errors)?;
    let holds = exit == Exit::Problems
        && errors.starts_with("\rabout 2 of ")
        && errors.ends_with("\r\u{1b}[K")
        && !output.contains(&b'\r');
    if holds { Ok(()) } else { Err(errors.into()) }
}

/// What a CI server reads: JSON or XML to the end, or a line for each annotation.
fn is_document(format: &str, output: &str) -> bool {
    match format {
        "junit" => output.starts_with("<?xml") && output.ends_with("</testsuites>\n"),
        "github" => output.lines().all(|line| line.starts_with("::error ")),
        _ => serde_json::from_str::<Value>(output).is_ok(),
    }
}
