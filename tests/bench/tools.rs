//! What each tool of the command line takes over a large organisation: 100,000 rules in 10,000 files, with two tests for each file.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::scale::{WHOLE, processor_of_children};

const REQUEST: &str =
    "POST /v2/models/churn00001-risk/infer HTTP/1.1\r\nhost: team000.models.example.com\r\n\r\n";
const GUARDRAIL: &str = "forbid (principal in Group::\"corp/suspended\", action, resource)";

/// Measures and prints, the least of so many rounds; the figures.
///
/// # Errors
/// When a tool cannot run.
pub fn measure(rounds: usize) -> Result<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bench/tools");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    write(&folder)?;
    println!("\n{:>28}  {:>7}  {:>9}", "", "seconds", "processor");
    let mut figures = Vec::new();
    for (name, words, input) in TOOLS {
        let mut best: Option<[f64; 2]> = None;
        for _ in 0..rounds {
            let cost = run(&folder, words, input).with_context(|| format!("`{words}`"))?;
            best = best.filter(|best| best[0] <= cost[0]).or(Some(cost));
        }
        let [seconds, processor] = best.context("no round")?;
        println!("{name:>28}  {seconds:7.1}  {processor:9.1}");
        figures.push(json!({ "tool": name, "seconds": seconds, "processorSeconds": processor }));
    }
    Ok(figures.into())
}

/// One question to each tool: its name in the table, the words behind `modelgate`, and its standard input.
const TOOLS: [(&str, &str, &str); 22] = [
    ("check", "check files", ""),
    ("check, one file", "check one", ""),
    ("compile", "compile files --emit bundle", ""),
    ("test", "test files tests", ""),
    ("test --coverage", "test --coverage files tests", ""),
    (
        "mutate --only, one file",
        "mutate --min-score 0 --only team000/churn00001 files tests",
        "",
    ),
    (
        "mutate --since, a rule",
        "mutate --min-score 0 --since files edited tests",
        "",
    ),
    ("mutate", "mutate files tests", ""),
    ("mutate --all", "mutate --all files tests", ""),
    ("explain", "explain files", REQUEST),
    (
        "who-can",
        "who-can predict team000/churn00001-risk files",
        "",
    ),
    ("what-can", "what-can group:night-shift files", ""),
    ("matrix", "matrix files", ""),
    ("matrix -o csv", "matrix -o csv files", ""),
    ("matrix -o html", "matrix -o html files", ""),
    ("diff, a rule", "diff files edited", ""),
    ("diff, a guardrail", "diff files guarded", ""),
    ("diff, half of the grants", "diff files halved", ""),
    ("diff, every deny", "diff files denied", ""),
    ("replay, 10,000 events", "replay events files", ""),
    ("fmt --check", "fmt --check files", ""),
    ("try", "try files", REQUEST),
];

/// Wall time and processor time; 0 and 1 say that it ran.
fn run(folder: &Path, words: &str, input: &str) -> Result<[f64; 2]> {
    let program = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/dist/modelgate");
    let (start, before) = (Instant::now(), processor_of_children()?);
    let mut child = Command::new(&program)
        .args(words.split(' '))
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("run `make build` first")?;
    // who needs none may have ended already
    let stdin = child.stdin.take().context("no standard input")?;
    let _unread = { stdin }.write_all(input.as_bytes());
    let status = child.wait()?;
    let seconds = start.elapsed().as_secs_f64();
    ensure!(matches!(status.code(), Some(0 | 1)), "{status}");
    Ok([seconds, processor_of_children()? - before])
}

/// The files, their tests, one file alone, four changed copies, and what a proxy might have written.
fn write(folder: &Path) -> Result<()> {
    for name in ["files", "edited", "guarded"] {
        WHOLE.write(&folder.join(name))?;
    }
    replace(
        &folder.join("guarded/gate.yaml"),
        GUARDRAIL,
        &format!("{GUARDRAIL} when {{ context.hour < 6 }}"),
    )?;
    let file = "team000/churn00001.yaml";
    replace(
        &folder.join("edited").join(file),
        "churn00001-analysts",
        "churn00001-readers",
    )?;
    // one of ten has a condition already, and is not among these
    edit(&folder.join("halved"), |rule, denies| {
        !denies && rule.is_multiple_of(2)
    })?;
    edit(&folder.join("denied"), |_, denies| denies)?;
    let one = folder.join("one");
    fs::create_dir_all(&one)?;
    for (name, from) in [("gate.yaml", "gate.yaml"), ("churn.yaml", file)] {
        fs::copy(folder.join("files").join(from), one.join(name))?;
    }
    let tests = folder.join("tests");
    fs::create_dir_all(&tests)?;
    let mut events = String::new();
    for (path, _) in WHOLE.sources().skip(1) {
        let (namespace, name) = path.split_once('/').context("no folder")?;
        let name = name.trim_end_matches(".yaml");
        fs::write(tests.join(format!("{name}.yaml")), test(namespace, name))?;
        events += &event(namespace, name);
    }
    Ok(fs::write(folder.join("events"), events)?)
}

/// The files with a condition at those rules that are wanted by their number in the file, and whether they deny.
fn edit(folder: &Path, wanted: impl Fn(usize, bool) -> bool) -> Result<()> {
    for (path, text) in WHOLE.sources() {
        let mut rules = 0_usize;
        let mut edited = String::new();
        for line in text.split_inclusive('\n') {
            edited += line;
            if line.starts_with("    - who:") {
                rules += 1;
                if wanted(rules, edited.contains("  deny:\n")) {
                    edited += "      when: context.hour < 22\n";
                }
            }
        }
        let path = folder.join(path);
        fs::create_dir_all(path.parent().context("no folder")?)?;
        fs::write(path, edited)?;
    }
    Ok(())
}

fn replace(file: &Path, old: &str, new: &str) -> Result<()> {
    let text = fs::read_to_string(file)?;
    ensure!(text.contains(old), "{} has no `{old}`", file.display());
    Ok(fs::write(file, text.replace(old, new))?)
}

fn test(namespace: &str, name: &str) -> String {
    let case = |title: &str, who: &str, verdict: &str| {
        format!(
            "    - name: {title}\n      who: {who}\n      request: {{ host: {namespace}.models.example.com, \
             path: /v2/models/{name}-risk/infer, body: '{{}}' }}\n      expect: {{ verdict: {verdict} }}\n"
        )
    };
    format!(
        "apiVersion: modelgate.dev/v1alpha1\nkind: AccessTest\nmetadata: {{ namespace: {namespace}, name: {name}-tests }}\n\
         spec:\n  tests:\n{}{}",
        case(
            "an analyst may",
            &format!("{{ user: ann@example.com, groups: [{name}-analysts] }}"),
            "allow"
        ),
        case("nobody may", "{ user: zoe@example.com }", "deny"),
    )
}

/// A line as the filter writes it.
fn event(namespace: &str, name: &str) -> String {
    let event = json!({
        "kind": "modelgate.audit", "version": 1, "time": "2026-11-23T22:24:05.123Z", "requestId": "r", "traceId": null,
        "spanId": null, "verdict": "deny", "reason": "not_permitted", "rules": [], "because": null, "issuer": "corp",
        "subject": "zoe@example.com", "subjectType": "user", "authentication": "token", "client": null, "staleKeys": false,
        "peer": null, "namespace": namespace, "model": format!("{name}-risk"), "modelVersion": null, "otherModels": [],
        "action": "predict", "protocol": "open-inference", "method": "POST",
        "host": format!("{namespace}.models.example.com"), "path": format!("/v2/models/{name}-risk/infer"), "status": 403,
        "requestBytes": 2, "responseBytes": 0, "durationMicros": 412, "bundle": "sha256:another", "target": "edge", "proxy": "p",
    });
    format!("{event}\n")
}
