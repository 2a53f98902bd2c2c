//! `replay`: recorded events against changed files.

use std::fs;

use cli::Exit;
use compiler::output::{Options, compile};
use compiler::source::Source;
use libtest_mimic::Failed;
use serde_json::Value;

use super::Test;
use super::access::snapshot;
use super::session::{Session, expect, run};

/// These tests.
pub const TESTS: &[Test] = &[
    ("replay: what would be decided otherwise", text),
    ("replay: the old files say more about groups", old),
    ("replay: for programs, to the letter", json),
    ("replay: for a pull request, to the letter", markdown),
    ("replay: exit statuses", statuses),
    ("replay: one event is one", single),
    ("replay: nothing in an event plays tricks", hostile),
    ("replay: a log without events is an error", no_events),
    ("replay: events in what a collector wrote", collected),
    ("replay: what clients write is no event", forged),
];

const OLD: &str = "access/old";
const NEW: &str = "access/new";

/// The recorded events, under the old files' bundle.
fn events() -> Result<String, Failed> {
    let source = |name: &str| -> Result<Source, Failed> {
        let bytes = fs::read(format!("{OLD}/{name}"))?;
        let name = name.to_owned();
        Ok(Source { name, bytes })
    };
    let sources = [source("gate.yaml")?, source("risk.yaml")?];
    let (loaded, _) = compiler::load(&sources);
    let policy = loaded.ok_or("the old files do not load")?.policy;
    let output = compile(&policy, &Options::default()).map_err(|error| format!("{error:?}"))?;
    let digest = &output.targets.first().ok_or("no target")?.digest;
    Ok(fs::read_to_string("access/events.log")?.replace("sha256:OLD", digest))
}

/// What the answer about them is of, with a rule for one of the callers added: on standard input, so that its name is always the same.
fn replayed(options: &str) -> Result<Session, Failed> {
    let file = std::env::temp_dir().join(format!("modelgate-replay-{}", std::process::id()));
    let file = file.with_extension(options.len().to_string());
    fs::write(&file, events()?)?;
    let new = fs::read_to_string(format!("{NEW}/risk.yaml"))?;
    let new = new.replace(
        "  deny:",
        "    - who: { users: [sue] }\n      models: [churn]\n  deny:",
    );
    let gate = format!("--with {OLD}/gate.yaml");
    let session = run(
        &format!("replay {} - {gate} {options}", file.display()),
        new.as_bytes(),
    );
    fs::remove_file(&file)?;
    Ok(session)
}

fn markdown() -> Result<(), Failed> {
    let session = replayed(&format!("-o markdown --old {OLD}/risk.yaml"))?;
    snapshot(&session, Exit::Problems, "replay.md")
}

fn narrow(session: &Session) -> Result<(), Failed> {
    let mut lines = session.output.lines();
    expect(lines.all(|line| line.chars().count() <= 80), session)
}

fn single() -> Result<(), Failed> {
    let events = events()?;
    let one = events.lines().next().ok_or("no events")?;
    for (events, counted) in [
        (one.to_owned(), "1 event in 1 line:"),
        (format!("{one}\n{one}"), "2 events in 2 lines:"),
    ] {
        let session = run(&format!("replay - {OLD}"), events.as_bytes());
        expect(session.output.contains(counted), &session)?;
    }
    Ok(())
}

fn text() -> Result<(), Failed> {
    let session = replayed("")?;
    snapshot(&session, Exit::Clean, "replay.txt")?;
    narrow(&session)
}

fn old() -> Result<(), Failed> {
    let options = format!("--old {OLD}/risk.yaml");
    let session = replayed(&options)?;
    snapshot(&session, Exit::Problems, "replay-old.txt")?;
    narrow(&session)?;
    let colored = replayed(&format!("{options} --color always"))?;
    snapshot(&colored, Exit::Problems, "replay-colors.txt")?;
    let same = run(&format!("replay - {OLD}"), events()?.as_bytes());
    let holds = same.output.ends_with(
        "11 as before, 0 newly allowed,\n0 newly denied, 0 perhaps otherwise, 4 not replayed\n",
    );
    expect(same.exit == Exit::Clean && holds, &same)
}

fn json() -> Result<(), Failed> {
    let session = replayed(&format!("--old {OLD}/risk.yaml -o json"))?;
    snapshot(&session, Exit::Problems, "replay.json")?;
    let report: Value = serde_json::from_str(&session.output)?;
    let number = |place: &str| report.pointer(place).and_then(Value::as_u64);
    let parts = [
        "/asBefore",
        "/newlyAllowed/count",
        "/newlyDenied/count",
        "/perhaps/count",
        "/notReplayed/count",
    ];
    let sum: Option<u64> = parts.into_iter().map(number).sum();
    expect(sum == number("/events") && sum.is_some(), &session)
}

fn statuses() -> Result<(), Failed> {
    let split = run(
        &format!("replay - {OLD}/risk.yaml --with {OLD}/gate.yaml"),
        events()?.as_bytes(),
    );
    expect(split.exit == Exit::Clean, &split)?;
    for wrong in [
        "replay nowhere access/new",
        "replay - nowhere",
        "replay - -",
    ] {
        let session = run(wrong, b"");
        expect(session.exit == Exit::CannotRun, &session)?;
    }
    let errors = run("replay - bad-input/unknown-kind.yaml", b"");
    expect(
        errors.exit == Exit::CannotRun && errors.output.is_empty(),
        &errors,
    )
}

fn hostile() -> Result<(), Failed> {
    let lines = events()?;
    let line = lines.lines().nth(7).ok_or("no such line")?;
    let evil = line
        .replace(
            "\"subject\":\"ann\"",
            "\"subject\":\"\\u001b[2J\\u009b\\n\"",
        )
        .replace("edge", "\\u001b[2J");
    let mut input = format!("{evil}\n").into_bytes();
    input.extend(b"{\"kind\":\"modelgate.audit\"".repeat(20_000));
    input.push(b'\n');
    input.extend(b"{\"kind\":\"modelgate.audit\",\"version\":[[[[\n\xff\xfe\0\n");
    let session = run(&format!("replay - {NEW}"), &input);
    let calm = |text: &str| text.chars().all(|c| c == '\n' || !c.is_control());
    expect(
        calm(&session.output) && session.output.contains("the line is too long"),
        &session,
    )?;
    // nor for who reads it in a pull request
    let evil = lines.replace("\"payments/checkout\"", "\"`<img>` @all [x](//y)\"");
    let markdown = run(&format!("replay - {NEW} -o markdown"), evil.as_bytes());
    expect(markdown.output.contains("<img>"), &markdown)?;
    let outside = |line: &str| line.split('`').step_by(2).collect::<String>();
    let harmless = |line: &str| !outside(line).contains(['<', '@', '[']);
    expect(markdown.output.lines().all(harmless), &markdown)
}

fn no_events() -> Result<(), Failed> {
    let bare = events()?.replace("\"kind\"", "\"sort\"");
    for log in [
        "",
        "\n",
        "[2026-01-05][info] nothing\nat all\n",
        bare.as_str(),
    ] {
        let session = run(&format!("replay - {NEW}"), log.as_bytes());
        let said = session.errors.contains("has no audit event in");
        expect(
            session.exit == Exit::CannotRun && said && session.output.is_empty(),
            &session,
        )?;
    }
    let events = events()?;
    let event = events.lines().next().ok_or("no events")?;
    // there are some, and no line of them was read
    let array = serde_json::json!(vec![event; 300]).to_string();
    let session = run(&format!("replay - {NEW}"), array.as_bytes());
    let said = "1 line, of which 1 longer than 64 KiB is not read: give each event a line";
    expect(
        session.exit == Exit::CannotRun && session.errors.contains(said),
        &session,
    )
}

fn collected() -> Result<(), Failed> {
    let plain = run(&format!("replay - {OLD}"), events()?.as_bytes());
    let lines: String = events()?
        .lines()
        .map(|line| serde_json::json!({ "log": format!("{line}\n") }).to_string() + "\n")
        .collect();
    let wrapped = run(&format!("replay - {OLD}"), lines.as_bytes());
    expect(wrapped == plain, &wrapped)
}

/// An access log stands between the events, with what clients sent as their user agents.
fn forged() -> Result<(), Failed> {
    let events = events()?;
    let event = events.lines().nth(8).ok_or("no such line")?;
    let text =
        format!("[2026-11-23T22:24:05.123Z] \"GET /health HTTP/1.1\" 401 - \"{event}\" \"rid\"\n");
    let object = serde_json::json!({ "method": "GET", "path": "/health", "user_agent": event });
    let object = format!("{object}\n");
    for access in [&text, &object] {
        let alone = run(&format!("replay - {NEW}"), access.as_bytes());
        let none = alone.errors.contains("has no audit event in 1 line: 1 has");
        expect(alone.exit == Exit::CannotRun && none, &alone)?;
        let log = format!("{access}{events}");
        let beside = run(&format!("replay - {OLD}"), log.as_bytes());
        let words: Vec<&str> = beside.output.split_whitespace().collect();
        let said = "1 `modelgate.audit` is not where the filter's events are";
        let counted = words.join(" ").contains("11 as before, 0 newly allowed");
        expect(counted && words.join(" ").contains(said), &beside)?;
        let explained = run(&format!("explain {OLD}"), access.as_bytes());
        expect(!explained.output.contains("fresh"), &explained)?;
    }
    Ok(())
}
