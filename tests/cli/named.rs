//! Answers about what was named, and about nothing else.

use std::fs;

use cli::Exit;
use libtest_mimic::Failed;

use super::Test;
use super::access::temporary;
use super::session::{expect, run};

/// These tests.
pub const TESTS: &[Test] = &[
    ("who-can: a beginning has the names that it has", beginnings),
    ("who-can: a file stands where a name is due", misplaced),
    ("diff: standard input is one of its sides", inputs),
    ("diff: a clock's part is edited with its rule", clocks),
    ("explain: what is there in place of what is not", instead),
];

const GATE: &str = "access/old/gate.yaml";

fn access(rules: &str) -> String {
    format!(
        "---\napiVersion: modelgate.dev/v1alpha1\nkind: ModelAccess\nmetadata: {{ name: risk, namespace: risk }}\nspec:\n  models:\n    \
         - {{ name: risk-*, api: open-inference, public: true }}\n    - {{ name: risk-eu-*, api: open-inference }}\n  allow:\n{rules}"
    )
}

fn files(rules: &str) -> Result<String, Failed> {
    Ok(fs::read_to_string(GATE)? + &access(rules))
}

fn beginnings() -> Result<(), Failed> {
    let rule = "    - who: { groups: [analysts] }\n      when: resource.public\n";
    let files = files(rule)?;
    let ask = |model: &str| run(&format!("who-can predict {model} -"), files.as_bytes());
    for nobodys in ["risk-eu-*", "risk-eu-7", "risk-eu-x*"] {
        let session = ask(nobodys);
        let is_nobodys = session.output.ends_with("nobody: no rule grants it\n");
        expect(session.exit == Exit::Problems && is_nobodys, &session)?;
    }
    for somebodys in ["risk-*", "risk-7", "risk-us*"] {
        let session = ask(somebodys);
        let says = session.output.contains("risk/risk-* ") && !session.output.contains("risk-eu");
        expect(session.exit == Exit::Clean && says, &session)?;
    }
    Ok(())
}

fn misplaced() -> Result<(), Failed> {
    for (command, due) in [("who-can predict", "MODEL"), ("what-can", "WHO")] {
        let session = run(&format!("{command} {GATE} access/old/risk.yaml"), b"");
        let said = format!("{due} is missing: `{GATE}` is the path of files");
        let says = session.errors.replace('\n', " ").contains(&said);
        expect(session.exit == Exit::CannotRun && says, &session)?;
    }
    Ok(())
}

fn inputs() -> Result<(), Failed> {
    let rule = "    - who: { groups: [analysts] }\n";
    let (files, folder) = (files(rule)?, temporary("inputs")?);
    let path = folder.join("same.yaml");
    fs::write(&path, &files)?;
    let path = path.display();
    for sides in [format!("- {path}"), format!("{path} -")] {
        let session = run(&format!("diff {sides}"), files.as_bytes());
        let same = "0 newly allowed, 0 newly denied, 0 edited without effect\n";
        expect(
            session.exit == Exit::Clean && session.output == same,
            &session,
        )?;
    }
    for sides in ["- -".to_owned(), format!("--with - {path} {path}")] {
        let session = run(&format!("diff {sides}"), files.as_bytes());
        let says = session.errors.contains("standard input, `-`, is read once");
        expect(session.exit == Exit::CannotRun && says, &session)?;
    }
    let missing = run("diff missing -", b"");
    let says = missing.errors.contains("cannot read `missing`");
    expect(missing.exit == Exit::CannotRun && says, &missing)
}

fn clocks() -> Result<(), Failed> {
    let folder = temporary("clocks")?;
    let gate = fs::read_to_string(GATE)?;
    let (gate, _) = gate.split_once("  guardrails:").ok_or("no guardrails")?;
    // no token must say its groups
    let lines = gate.split_inclusive('\n');
    let open: String = lines
        .filter(|line| !line.contains("requiredClaims"))
        .collect();
    let gate = open + "  timeZones: [Europe/Berlin]\n";
    let write = |name: &str, day: &str| -> Result<String, Failed> {
        let rule = format!(
            "    - who: {{ groups: [analysts] }}\n      until: {day}\n      when: context.local[\"Europe/Berlin\"].hour >= 8\n"
        );
        let path = folder.join(name);
        fs::write(&path, gate.clone() + &access(&rule))?;
        Ok(path.display().to_string())
    };
    let (old, new) = (
        write("old.yaml", "2037-01-31")?,
        write("new.yaml", "2037-02-28")?,
    );
    let checked = run(&format!("check {old}"), b"");
    let says = checked.errors.contains("MG0219");
    expect(checked.exit == Exit::Clean && !says, &checked)?;
    let denied = fs::read_to_string(folder.join("old.yaml"))?;
    let denied = denied + "  deny:\n    - who: { groups: [contractors] }\n";
    let checked = run("check -", denied.as_bytes());
    let names = checked.errors.contains("kept from `contractors`");
    expect(checked.exit == Exit::Clean && names, &checked)?;
    let session = run(&format!("diff {old} {new}"), b"");
    let counts = "1 newly allowed, 0 newly denied, 0 edited without effect\n";
    expect(
        session.exit == Exit::Problems && session.output.ends_with(counts),
        &session,
    )
}

fn instead() -> Result<(), Failed> {
    let ask = |host: &str, path: &str| {
        let request = format!("POST {path} HTTP/1.1\r\nHost: {host}\r\n\r\n{{}}");
        let peer = "--peer spiffe://cluster.local/ns/payments/sa/checkout";
        run(&format!("explain access/old {peer}"), request.as_bytes())
    };
    for (host, path, said) in [
        (
            "risk.example.com",
            "/v2/models/chrn/infer",
            "did you mean `churn`?",
        ),
        (
            "rsk.example.com",
            "/v2/models/churn/infer",
            "did you mean `risk.example.com`?",
        ),
        (
            "risk.example.com",
            "/infer",
            "the usual one is `POST /v2/models/",
        ),
    ] {
        let session = ask(host, path);
        let told = session.output.replace('\n', " ").replace("  ", "");
        expect(
            session.exit == Exit::Problems && told.contains(said),
            &session,
        )?;
    }
    Ok(())
}
