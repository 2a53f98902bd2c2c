//! `check -o ...`: the same problems for every kind of machine; and what a name becomes in a pull request's comment: nothing.

use cli::Exit;
use libtest_mimic::Failed;
use serde_json::Value;

use super::Test;
use super::access::snapshot;
use super::session::{expect, run};

/// These tests.
pub const TESTS: &[Test] = &[
    ("check: reports for machines, to the letter", reports),
    ("check: a SARIF log holds together", sarif),
    ("check: a clean tree has an empty report", clean),
    (
        "check: what is about a whole file names it, wherever it stands",
        whole,
    ),
    (
        "check: lists of groups and models, and Istio's policies",
        beside,
    ),
    ("check: a list that cannot be read", unreadable),
    (
        "check: nothing in a file's name or message breaks a report",
        hostile,
    ),
    ("diff: names in Markdown are code", names),
];

const FILES: &str =
    "bad-input/gate.yaml bad-input/unknown-field.yaml bad-input/rules-without-effect.yaml";

fn reports() -> Result<(), Failed> {
    for format in ["json", "sarif", "junit", "github", "gitlab"] {
        let session = run(&format!("check -o {format} {FILES}"), b"");
        snapshot(&session, Exit::Problems, &format!("report-{format}.txt"))?;
        expect(session.errors.is_empty(), &session)?;
    }
    let warnings = run(
        "check -o github bad-input/gate.yaml bad-input/rules-without-effect.yaml",
        b"",
    );
    expect(
        warnings.exit == Exit::Clean
            && warnings
                .output
                .lines()
                .all(|line| line.starts_with("::warning ")),
        &warnings,
    )
}

fn whole() -> Result<(), Failed> {
    const EMPTY: &str = "bad-input/empty-file.yaml";
    for (format, place) in [
        ("text", "--> bad-input/empty-file.yaml"),
        ("json", r#""file": "bad-input/empty-file.yaml""#),
        ("sarif", r#""uri": "bad-input/empty-file.yaml""#),
        ("junit", "error[MG0009] 1:1: "),
        ("github", "::error file=bad-input/empty-file.yaml,"),
        ("gitlab", r#""path": "bad-input/empty-file.yaml""#),
    ] {
        for files in [
            format!("{EMPTY} bad-input/gate.yaml"),
            format!("bad-input/gate.yaml {EMPTY}"),
            EMPTY.to_owned(),
        ] {
            let session = run(&format!("check -o {format} {files}"), b"");
            let told = [&*session.errors, &*session.output].concat();
            expect(
                told.contains(place) && !told.contains("all files"),
                &session,
            )?;
        }
    }
    // and what is about no file names none
    let session = run("check -o json access/old/risk.yaml", b"");
    let report: Value = serde_json::from_str(&session.output)?;
    let problem = &report["problems"][0];
    expect(
        problem["code"] == "MG0202" && problem["file"].is_null(),
        &session,
    )?;
    // but for GitLab, which wants a path
    let session = run("check -o gitlab access/old/risk.yaml", b"");
    let report: Value = serde_json::from_str(&session.output)?;
    let path = &report[0]["location"]["path"];
    expect(path == "access/old/risk.yaml", &session)
}

fn beside() -> Result<(), Failed> {
    let options = "--groups known/groups.txt --models known/models.txt --istio known/istio.yaml";
    let session = run(&format!("check -o github {options} access/old"), b"");
    snapshot(&session, Exit::Clean, "check-known.txt")
}

fn unreadable() -> Result<(), Failed> {
    for (options, said) in [
        ("--groups nowhere.txt", "cannot read nowhere.txt"),
        (
            "--models known/groups.txt",
            "known/groups.txt:2: no namespace: write `NAMESPACE/analysts",
        ),
    ] {
        let session = run(&format!("check {options} access/old"), b"");
        expect(
            session.exit == Exit::CannotRun && session.errors.contains(said),
            &session,
        )?;
    }
    let policy = b"apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: { name: x }\nspec: { actoin: DENY }\n";
    let session = run("check --istio - access/old", policy);
    expect(
        session.exit == Exit::Problems && session.errors.contains("did you mean `action`?"),
        &session,
    )
}

/// What the standard demands of a log and code scanning reads (SARIF 2.1.0 sections 3.14, 3.19, 3.27, 3.30, 3.49).
fn sarif() -> Result<(), Failed> {
    let session = run(&format!("check -o sarif {FILES}"), b"");
    let log: Value = serde_json::from_str(&session.output)?;
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"]
        .as_array()
        .ok_or("no rules")?;
    let results = run["results"].as_array().ok_or("no results")?;
    expect(
        log["version"] == "2.1.0"
            && run["columnKind"] == "unicodeCodePoints"
            && !results.is_empty(),
        &session,
    )?;
    for result in results {
        let index = result["ruleIndex"]
            .as_u64()
            .and_then(|index| usize::try_from(index).ok());
        let rule = index
            .and_then(|index| rules.get(index))
            .ok_or("`ruleIndex` leads nowhere")?;
        let region = &result["locations"][0]["physicalLocation"]["region"];
        let number = |name: &str| region[name].as_u64().unwrap_or_default();
        let holds = rule["id"] == result["ruleId"]
            && rule["shortDescription"]["text"]
                .as_str()
                .is_some_and(|text| !text.is_empty())
            && result["message"]["text"].is_string()
            && matches!(result["level"].as_str(), Some("error" | "warning"))
            && number("startLine") > 0
            && number("startColumn") > 0
            && number("endColumn") > number("startColumn")
            && result["partialFingerprints"]["primaryLocationLineHash"].is_string();
        if !holds {
            return Err(format!("{result:#}").into());
        }
    }
    Ok(())
}

fn clean() -> Result<(), Failed> {
    for (format, expected) in [("gitlab", "[]\n"), ("github", "")] {
        let session = run(&format!("check -o {format} ../examples/platform"), b"");
        expect(
            session.exit == Exit::Clean && session.output == expected,
            &session,
        )?;
    }
    Ok(())
}

fn hostile() -> Result<(), Failed> {
    let file = b"kind: \"a\\n::error::b]]><x>&\\u0001%\"\n";
    let github = run("check -o github -", file);
    let whole = |line: &str| line.starts_with("::error file=<stdin>,line=1,");
    expect(
        github.output.lines().count() == 2 && github.output.lines().all(whole),
        &github,
    )?;
    let junit = run("check -o junit -", file);
    expect(
        !junit.output.contains("<x>") && !junit.output.contains('\u{1}'),
        &junit,
    )
}

/// What GitHub and GitLab make something of outside of code: formulas, in which `%` hides the rest, mentions, references, emoji.
const NAMES: [&str; 10] = [
    "$`%",
    "evil",
    "z`$",
    "$a% b$",
    ":white_check_mark:",
    "GH-7",
    "deadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
    "x`y @team <img src=x>",
    "`` a` @x |",
    "www.evil.example",
];

fn names() -> Result<(), Failed> {
    let old = "access/old";
    let rules = std::fs::read_to_string(format!("{old}/risk.yaml"))?;
    let names = serde_json::json!(NAMES);
    let rule = format!("    - who: {{ groups: {names} }}\n      models: [churn]\n  deny:");
    let session = run(
        &format!("diff -o markdown {old}/risk.yaml - --with {old}/gate.yaml"),
        rules.replacen("  deny:", &rule, 1).as_bytes(),
    );
    let shown: Vec<(String, Vec<&str>)> = session.output.lines().map(spans).collect();
    let plain: String = shown.iter().map(|(plain, _)| plain.as_str()).collect();
    let of_nobody = |name: &&str| !plain.contains(*name);
    let mut spans = shown.iter().flat_map(|(_, spans)| spans);
    let all = NAMES.iter().all(|name| {
        let name = format!("group corp/{name}");
        spans.clone().any(|span| span.trim() == name)
    });
    let dollar = |span: &&str| span.starts_with('$') || span.ends_with('$');
    expect(
        session.exit == Exit::Problems && all && NAMES.iter().all(of_nobody) && !spans.any(dollar),
        &session,
    )
}

/// What is outside of code in a line of Markdown, and each span of code (CommonMark 0.31, section 6.1).
fn spans(line: &str) -> (String, Vec<&str>) {
    let (mut plain, mut spans, mut rest) = (String::new(), Vec::new(), line);
    while let Some((before, from)) = rest.find('`').map(|start| rest.split_at(start)) {
        plain += before;
        let inner = from.trim_start_matches('`');
        let open = from.len() - inner.len();
        let mut at = 0;
        let mut runs = inner.split_inclusive(|letter| letter != '`');
        let close = runs.find_map(|run| {
            let length = run.chars().take_while(|letter| *letter == '`').count();
            let here = (length == open).then_some(at);
            at += run.len();
            here
        });
        let close = close.unwrap_or(inner.len());
        spans.push(inner.get(..close).unwrap_or_default());
        rest = inner.get(close + open..).unwrap_or_default();
    }
    (plain + rest, spans)
}
