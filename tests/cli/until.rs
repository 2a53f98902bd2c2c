//! Grants that end by themselves, as every command speaks of them: `--at` is the time that is asked about.

use cli::Exit;
use libtest_mimic::Failed;

use super::Test;
use super::access::snapshot;
use super::session::{Session, both, expect, run};

/// These tests.
pub const TESTS: &[Test] = &[
    ("until: check tells of grants that end or have ended", check),
    ("until: who may, now and later", questions),
    ("until: an end that moves is a difference", diff),
    ("until: explain judges at the request's time", explain),
    ("until: tests cover an end, and mutate takes it out", tests),
    ("until: a gate limits how long grants are", limits),
    ("until: replay judges each event at its own time", replay),
];

const FILES: &str = "access/old/gate.yaml access/until/risk.yaml";
const TESTED: &str = "access/old/gate.yaml access/until";
/// Both grants run, the first one is about to end, is over, and both are.
const TIMES: [(&str, &str); 4] = [
    ("2025-12-01T00:00:00Z", "early"),
    ("2026-01-31T12:00:00Z", "soon"),
    ("2026-02-01T00:00:00Z", "over"),
    ("1772384400", "all-over"),
];

const EVENT: &str = r#"{"kind":"modelgate.audit","version":1,"time":"TIME","verdict":"allow","reason":"allowed","rules":["risk/models/allow[1]"],"issuer":null,"subject":"payments/checkout","subjectType":"serviceAccount","peer":"spiffe://cluster.local/ns/payments/sa/checkout","namespace":"risk","model":"churn","otherModels":[],"action":"predict","protocol":"open-inference","method":"POST","host":"risk.example.com","path":"/v2/models/churn/infer","bundle":"sha256:OLD","target":"edge"}
"#;

fn check() -> Result<(), Failed> {
    for (at, name) in TIMES {
        let session = both(run(&format!("check --at {at} {FILES}"), b""));
        snapshot(&session, Exit::Clean, &format!("until-check-{name}.txt"))?;
    }
    Ok(())
}

fn questions() -> Result<(), Failed> {
    for (at, name) in TIMES {
        let mut all = String::new();
        for question in ["who-can predict churn", "what-can user:gus", "matrix"] {
            let session = run(&format!("{question} --at {at} {FILES}"), b"");
            all += &format!("$ {question}\n{}", session.output);
        }
        let session = Session {
            exit: Exit::Clean,
            output: all,
            errors: String::new(),
        };
        snapshot(&session, Exit::Clean, &format!("until-who-{name}.txt"))?;
    }
    Ok(())
}

/// Two weeks more for the guest.
fn diff() -> Result<(), Failed> {
    let ask = |at: &str| {
        let sides = "access/until/risk.yaml access/longer/risk.yaml";
        let rest = format!("--at {at} --with access/old/gate.yaml {sides}");
        both(run(&format!("diff {rest}"), b""))
    };
    let before = ask("2026-01-01T00:00:00Z");
    snapshot(&before, Exit::Problems, "until-diff.txt")?;
    let after = ask("2026-02-15T00:00:00Z");
    snapshot(&after, Exit::Clean, "until-diff-over.txt")
}

fn explain() -> Result<(), Failed> {
    let request = "POST /v2/models/churn/infer HTTP/1.1\r\nHost: risk.example.com\r\n\r\n{}";
    let peer = "--peer spiffe://cluster.local/ns/payments/sa/checkout";
    let asked = |at: &str| {
        let arguments = format!("explain {FILES} --at {at} {peer}");
        run(&arguments, request.as_bytes())
    };
    let last = asked("2026-01-31T23:59:59Z");
    snapshot(&last, Exit::Clean, "until-explain.txt")?;
    let late = asked("2026-02-01T00:00:00Z");
    snapshot(&late, Exit::Problems, "until-explain-over.txt")
}

fn tests() -> Result<(), Failed> {
    let session = run(&format!("test --coverage {TESTED}"), b"");
    snapshot(&both(session), Exit::Clean, "until-coverage.txt")?;
    let session = run(&format!("mutate {TESTED}"), b"");
    snapshot(&both(session), Exit::Problems, "until-mutate.txt")
}

/// The same request on both sides of the end.
fn replay() -> Result<(), Failed> {
    let events: String = ["2026-01-31T23:59:59.500Z", "2026-02-01T00:00:00.000Z"]
        .map(|time| EVENT.replace("TIME", time))
        .concat();
    let session = run(
        "replay - access/until/risk.yaml --with access/old/gate.yaml",
        events.as_bytes(),
    );
    snapshot(&both(session), Exit::Clean, "until-replay.txt")
}

/// The later end, on the first of March, is within 90 days of the first of December, and of no second before.
fn limits() -> Result<(), Failed> {
    let gate = std::fs::read_to_string("access/old/gate.yaml")?;
    let rules = std::fs::read_to_string("access/until/risk.yaml")?;
    let ended = rules.replace("[analysts] }", "[analysts] }\n      until: 2026-01-31");
    let files = format!("{gate}  grants: {{ longest: 90d }}\n---\n{ended}");
    let ask = |command: &str, at: &str| {
        let session = run(&format!("{command} --at {at} -"), files.as_bytes());
        both(session)
    };
    let late = ask("check", "2025-12-01T16:59:59Z");
    snapshot(&late, Exit::Problems, "until-limits.txt")?;
    let fits = ask("check", "2025-12-01T17:00:00Z");
    expect(fits.exit == Exit::Clean, &fits)?;
    let refused = ask("compile --emit bundle", "2025-12-01T16:59:59Z");
    let nothing = refused.output.ends_with("nothing was written\n");
    expect(refused.exit == Exit::Problems && nothing, &refused)?;
    let made = ask("compile --emit cedar", "2025-12-01T17:00:00Z");
    expect(made.exit == Exit::Clean, &made)
}
