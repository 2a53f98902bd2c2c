//! Versions of models, and groups of actions, as every command speaks of them.

use cli::Exit;
use libtest_mimic::Failed;

use super::Test;
use super::access::snapshot;
use super::session::{Session, both, run};

/// These tests.
pub const TESTS: &[Test] = &[
    ("versions: who may use which", questions),
    ("versions: another version is a difference", diff),
    (
        "versions: explain names the version, or that there is none",
        explain,
    ),
    (
        "versions: tests cover them, and mutate takes them out",
        tests,
    ),
    ("versions: replay judges each event by its own", replay),
];

const FILES: &str = "access/old/gate.yaml access/versions/risk.yaml";
const TESTED: &str = "access/old/gate.yaml access/versions";
const PEER: &str = "spiffe://cluster.local/ns/payments/sa/checkout";
const EVENT: &str = r#"{"kind":"modelgate.audit","version":1,"time":"2026-01-05T12:00:00.000Z","verdict":"allow","reason":"allowed","rules":["risk/models/allow[0]"],"issuer":null,"subject":"payments/checkout","subjectType":"serviceAccount","peer":"PEER","namespace":"risk","model":"churn","modelVersion":"VERSION","otherModels":[],"action":"predict","protocol":"open-inference","method":"POST","host":"risk.example.com","path":"/v2/models/churn/infer","bundle":"sha256:OLD","target":"edge"}
"#;

fn questions() -> Result<(), Failed> {
    let mut all = String::new();
    for question in [
        "who-can predict churn",
        "who-can predict score",
        "what-can sa:payments/checkout",
        "matrix",
    ] {
        let session = both(run(&format!("{question} {FILES}"), b""));
        all += &format!("$ {question}\n{}", session.output);
    }
    let session = Session {
        exit: Exit::Clean,
        output: all,
        errors: String::new(),
    };
    snapshot(&session, Exit::Clean, "versions-who.txt")
}

fn diff() -> Result<(), Failed> {
    let sides = "access/versions/risk.yaml access/versions-more/risk.yaml";
    let session = run(&format!("diff --with access/old/gate.yaml {sides}"), b"");
    snapshot(&both(session), Exit::Problems, "versions-diff.txt")
}

fn explain() -> Result<(), Failed> {
    for (path, exit, name) in [
        ("churn/versions/3/infer", Exit::Clean, "allowed"),
        ("churn/infer", Exit::Problems, "none"),
        ("score/infer", Exit::Problems, "denied"),
        ("churn/versions/03/infer", Exit::Problems, "malformed"),
    ] {
        let request =
            format!("POST /v2/models/{path} HTTP/1.1\r\nHost: risk.example.com\r\n\r\n{{}}");
        let session = run(
            &format!("explain {FILES} --peer {PEER} --at 2026-01-05T12:00:00Z"),
            request.as_bytes(),
        );
        snapshot(&session, exit, &format!("versions-explain-{name}.txt"))?;
    }
    Ok(())
}

fn tests() -> Result<(), Failed> {
    let session = run(&format!("test --coverage {TESTED}"), b"");
    snapshot(&both(session), Exit::Clean, "versions-coverage.txt")?;
    let session = run(&format!("mutate {TESTED}"), b"");
    snapshot(&both(session), Exit::Problems, "versions-mutate.txt")
}

fn replay() -> Result<(), Failed> {
    let events: String = ["3", "4", "5"]
        .map(|version| EVENT.replace("VERSION", version).replace("PEER", PEER))
        .concat();
    let session = run(
        "replay - access/versions-more/risk.yaml --with access/old/gate.yaml",
        events.as_bytes(),
    );
    snapshot(&both(session), Exit::Clean, "versions-replay.txt")
}
