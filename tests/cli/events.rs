//! `explain`: audit events, as they are and as collectors of logs write them.

use cli::Exit;
use libtest_mimic::Failed;
use serde_json::Value;

use super::Test;
use super::access::{snapshot, temporary};
use super::explain::{AT, POLICY, asked, message};
use super::session::{Session, expect, run};

/// These tests.
pub const TESTS: &[Test] = &[
    ("explain: an audit event", an_event),
    (
        "explain: an event of a later filter may have more fields, and another version is refused",
        a_later_event,
    ),
    (
        "explain: an event that is not as the filter wrote it",
        a_changed_event,
    ),
    ("explain: a caller is not sent to the gate", for_a_caller),
    ("explain: the line of a proxy's log", a_logged_line),
    (
        "explain: a recorded request that proxies refuse before any rule now",
        before_rules,
    ),
];

fn event(bundle: &str) -> String {
    format!(
        r#"{{"kind":"modelgate.audit","version":1,"time":"2026-02-02T02:40:00.123Z","requestId":null,"traceId":null,"spanId":null,
            "verdict":"deny","reason":"denied_by_rule","rules":["risk/models/deny[0]"],"because":"interns work with open models","issuer":"corp",
            "subject":"ann","subjectType":"user","authentication":"token","client":null,"staleKeys":false,"peer":null,"namespace":"risk",
            "model":"churn","otherModels":[],"action":"predict","protocol":"open-inference","method":"POST","host":"risk.example.com",
            "path":"/v2/models/churn/infer","status":403,"requestBytes":0,"responseBytes":0,"durationMicros":1,"bundle":"{bundle}",
            "target":"edge","proxy":"p"}}"#
    )
}

/// It is not theirs to change.
fn for_a_caller() -> Result<(), Failed> {
    for (reason, said) in [
        ("claim_missing", "tell whoever gave you the address"),
        ("email_unverified", "tell whoever gave you the address"),
        ("token_expired", "get a new token"),
    ] {
        let event = event("sha256:0")
            .replace(r#""denied_by_rule","rules":["risk/models/deny[0]"],"because":"interns work with open models""#, &format!(r#""{reason}","rules":[],"because":null"#))
            .replace(r#""status":403"#, r#""status":401"#);
        let session = run(&format!("explain {POLICY} --for caller"), event.as_bytes());
        let told = session.output.replace("\n ", "").replace("  ", " ");
        let is_so = told.contains(said) && !told.contains("gate,") && !told.contains("in the gate");
        expect(session.exit == Exit::Problems && is_so, &session)?;
    }
    Ok(())
}

fn an_event() -> Result<(), Failed> {
    let session = run(&format!("explain {POLICY}"), event("sha256:0").as_bytes());
    snapshot(&session, Exit::Problems, "explain-event.txt")?;
    let nobodys = event("sha256:0").replace("\"ann\"", "\"bob\"");
    let session = run(&format!("explain {POLICY}"), nobodys.as_bytes());
    let lines = ["must not match", "and some rule must allow it", "allow[0]"];
    let both = lines.iter().all(|line| session.output.contains(line));
    expect(both, &session)?;
    let given = run(
        &format!("explain {POLICY} --address 10.0.0.1"),
        event("sha256:0").as_bytes(),
    );
    let refused = given.exit == Exit::CannotRun && given.errors.contains("HTTP message");
    expect(refused, &given)?;
    let allowed = asked(
        "-o json",
        "payments/checkout",
        &message("POST", "/v2/models/churn/infer"),
    );
    let answer: Value = serde_json::from_str(&allowed.output)?;
    expect(answer["reason"] == "allowed", &allowed)
}

fn a_later_event() -> Result<(), Failed> {
    let explained = |event: &str| run(&format!("explain {POLICY}"), event.as_bytes());
    let known = event("sha256:0");
    let later = known.replace("\"proxy\"", "\"later\":{\"a\":[1]},\"proxy\"");
    let session = explained(&later);
    expect(session == explained(&known), &session)?;
    let other = explained(&known.replace("\"version\":1", "\"version\":2"));
    let said = "is of version 2, and this modelgate knows version 1";
    expect(
        other.exit == Exit::CannotRun && other.errors.contains(said),
        &other,
    )?;
    // eight rules are as many as an event names
    let eight = ["\"risk/models/deny[0]\""; 8].join(",");
    let full = explained(&known.replace("\"risk/models/deny[0]\"", &eight));
    let note = full.output.replace("\n            ", " ");
    expect(
        note.contains("at most 8 rules: more may have matched"),
        &full,
    )
}

fn a_changed_event() -> Result<(), Failed> {
    let known = event("sha256:0");
    let explained = |from: &str, to: &str| {
        let event = known.replace(from, to);
        run(&format!("explain {POLICY}"), event.as_bytes())
    };
    for time in ["x", "2026-13-45T99:00:00Z", ""] {
        let session = explained("2026-02-02T02:40:00.123Z", time);
        let said = format!("the audit event cannot be read: `time` is `{time}`, which is none");
        expect(
            session.exit == Exit::CannotRun && session.errors.contains(&said),
            &session,
        )?;
    }
    let note = |session: &Session| {
        let words: Vec<&str> = session.output.split_whitespace().collect();
        words.join(" ").contains("do not belong together")
    };
    for (from, to, due) in [
        ("risk/models/deny[0]", "risk/models/deny[0]", false),
        ("risk/models/deny[0]", "risk/models/allow[0]", true),
        ("[\"risk/models/deny[0]\"]", "[]", true),
        ("denied_by_rule", "not_permitted", true),
        ("\"deny\"", "\"allow\"", true),
        (
            r#"denied_by_rule","rules":["risk/models/deny[0]"]"#,
            r#"time_unknown","rules":["risk/models/allow[0]/clock"]"#,
            false,
        ),
    ] {
        let session = explained(from, to);
        expect(note(&session) == due, &session)?;
    }
    Ok(())
}

fn a_logged_line() -> Result<(), Failed> {
    let log = std::fs::read_to_string("access/events.log")?;
    let line = log.lines().next().unwrap_or_default();
    let event = line
        .find("{\"kind\"")
        .and_then(|start| line.get(start..))
        .unwrap_or_default();
    let alone = run(&format!("explain {POLICY}"), event.as_bytes());
    expect(
        alone.exit == Exit::Clean && alone.output.contains("churn"),
        &alone,
    )?;
    for logged in [
        format!("{line}\n"),
        format!("{line} end\n"),
        format!("modelgate: {event}"),
        serde_json::json!({ "log": line }).to_string(),
        serde_json::json!({ "level": "warning", "msg": line }).to_string(),
        format!("{{\"jsonPayload\": {event}}}"),
        serde_json::json!({ "path": "/var/log/gateway.log", "log": line }).to_string(),
        serde_json::json!({ "path": "/var/log/gateway.log", "method": "tail", "body": line })
            .to_string(),
        format!("{{\"path\": \"/var/log/gateway.log\", \"log_processed\": {event}}}"),
    ] {
        let session = run(&format!("explain {POLICY}"), logged.as_bytes());
        expect(session == alone, &session)?;
    }
    // a message stays one, whatever is in its body
    let request = message("GET", "/v2/models/churn") + event;
    let judged = run(&format!("explain {POLICY} {AT}"), request.as_bytes());
    expect(judged.exit == Exit::Problems, &judged)?;
    // and so does a line of `try`, whatever is in its header
    let request = serde_json::json!({ "path": "/v2/models/churn", "headers": [["x-a", line]] });
    let asked = run(
        &format!("explain {POLICY} {AT}"),
        request.to_string().as_bytes(),
    );
    expect(asked.exit == Exit::Problems, &asked)?;
    let other = event.replace("\"requestId\":\"r\"", "\"requestId\":\"s\"");
    for several in [format!("{line}\n{line}\n"), format!("{event}\n{other}\n")] {
        let session = run(&format!("explain {POLICY}"), several.as_bytes());
        expect(session.exit == Exit::CannotRun, &session)?;
    }
    Ok(())
}

fn before_rules() -> Result<(), Failed> {
    let log = std::fs::read_to_string("access/events.log")?;
    let line = log.lines().next().unwrap_or_default();
    let words = |session: &Session| {
        let words: Vec<&str> = session.output.split_whitespace().collect();
        words.join(" ")
    };
    let explained = |event: &str, gate: &str, files: &str| {
        let event = event.as_bytes().to_vec();
        explained(&[("gate.yaml", gate), ("files.yaml", files)], &event)
    };
    let gate = std::fs::read_to_string("access/old/gate.yaml")?;
    let files = std::fs::read_to_string("access/old/risk.yaml")?;
    // another spelling of a declared name is not there to be declared
    let [gate, files] = [gate, files].map(|text| text.replace("open-inference", "openai"));
    let files = files.replace(
        "  models:\n",
        "  models:\n    - { name: churn*, api: openai }\n",
    );
    let spelt = line
        .replace("open-inference", "openai")
        .replace("\"model\":\"churn\"", "\"model\":\"churn:latest\"")
        .replace("\"allow\"", "\"deny\"")
        .replace("\"allowed\"", "\"model_unknown\"");
    let other = explained(&spelt, &gate, &files)?;
    let helps = "helps ask for `churn`: `churn:latest` is another spelling of it";
    expect(words(&other).contains(helps), &other)?;
    let scheme = spelt.replace("churn:latest", "churn://net");
    let scheme = explained(&scheme, &gate, &files)?;
    let helps = "helps have `churn://*` declared";
    expect(words(&scheme).contains(helps), &scheme)
}

/// Explains an event with these files.
fn explained(files: &[(&str, &str)], event: &[u8]) -> Result<Session, Failed> {
    let folder = temporary("explain")?;
    for (name, text) in files {
        std::fs::write(folder.join(name), text)?;
    }
    let session = run(&format!("explain {}", folder.display()), event);
    std::fs::remove_dir_all(&folder)?;
    Ok(session)
}
