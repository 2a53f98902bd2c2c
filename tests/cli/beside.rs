//! What a change opens beside its rules is told in every form, and makes `diff` exit 1.

use std::fs;
use std::path::Path;

use cli::Exit;
use libtest_mimic::Failed;

use super::Test;
use super::access::temporary;
use super::session::{expect, run};

/// These tests.
pub const TESTS: &[Test] = &[
    (
        "diff: another team's rule that opens what is for everyone",
        named_elsewhere,
    ),
    (
        "diff: a rule that asks for something first, or as other teams' rules do",
        asked_first,
    ),
    (
        "what-can: a workload that some proxies know, and others do not",
        known_at_some,
    ),
];

const OPEN: &str = "apiVersion: modelgate.dev/v1alpha1\nkind: ModelAccess\nmetadata: { namespace: risk, name: open }\nspec:\n  models: [{ name: churn, api: open-inference }]\n  allow:\n    - { who: { everyone: true } }\n";
const OTHERS: &str = "apiVersion: modelgate.dev/v1alpha1\nkind: ModelAccess\nmetadata: { namespace: risk, name: others }\nspec:\n  models: [{ name: loans, api: open-inference }]\n  allow:\n    - { who: { groups: [analysts] } }\n";
const SENTENCE: &str = "a rule at `edge` names the workload `web/batch` now, so that `risk/open/allow[0]` is for it as well";

const GONE: &str = "a rule at `edge` named the workload `web/batch` and none does now, so that `risk/open/allow[0]` was for it as well";

fn named_elsewhere() -> Result<(), Failed> {
    let folder = temporary("beside")?;
    let path = |name: &str| folder.join(name).display().to_string();
    let through = OTHERS.replace("[analysts] }", "[analysts], through: [web/batch] }");
    for (name, text) in [
        ("open.yaml", OPEN),
        ("old.yaml", OTHERS),
        ("new.yaml", &through),
    ] {
        fs::write(folder.join(name), text)?;
    }
    let diff = |old: &str, new: &str, format: &str| {
        let (old, new, open) = (path(old), path(new), path("open.yaml"));
        run(
            &format!("diff {old} {new} --with access/old/gate.yaml --with {open} -o {format}"),
            b"",
        )
    };
    for format in ["text", "json", "markdown"] {
        let session = diff("old.yaml", "new.yaml", format);
        let one_line = session
            .output
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        expect(
            session.exit == Exit::Problems && one_line.replace('\\', "").contains(SENTENCE),
            &session,
        )?;
        // who is known no more is told as well, and opens nothing
        let back = diff("new.yaml", "old.yaml", format);
        let words: Vec<&str> = back.output.split_whitespace().collect();
        let one_line = words.join(" ").replace('\\', "");
        expect(
            one_line.contains(GONE) && !one_line.contains("names the workload"),
            &back,
        )?;
    }
    known(&folder)
}

/// What is for everyone is not for a workload that no rule names.
fn known(folder: &Path) -> Result<(), Failed> {
    let path = |name: &str| folder.join(name).display().to_string();
    let (open, new) = (path("open.yaml"), path("new.yaml"));
    let what = |files: &str| {
        run(
            &format!("what-can sa:web/batch access/old/gate.yaml {open} {files}"),
            b"",
        )
    };
    expect(what(&new).exit == Exit::Clean, &what(&new))?;
    let stranger = what(&path("old.yaml"));
    expect(
        stranger.exit == Exit::Problems && stranger.output.contains("no rule names"),
        &stranger,
    )
}

/// What rules of another namespace ask for is refused already where it cannot be read.
fn asked_first() -> Result<(), Failed> {
    let folder = temporary("asked")?;
    let path = |name: &str| folder.join(name).display().to_string();
    let versions = "versions: [\"3\"], who: { everyone";
    let old = OTHERS.replace("namespace: risk", "namespace: fraud");
    let new = format!("{old}    - {{ who: {{ groups: [leads] }}, versions: [\"3\"] }}\n");
    fs::write(folder.join("old.yaml"), old)?;
    fs::write(folder.join("new.yaml"), new)?;
    for (open, is_told) in [
        (OPEN, true),
        (&OPEN.replace("who: { everyone", versions), false),
    ] {
        fs::write(folder.join("open.yaml"), open)?;
        let [old, new, open] = ["old.yaml", "new.yaml", "open.yaml"].map(path);
        let command = format!("diff {old} {new} --with access/old/gate.yaml --with {open}");
        let session = run(&command, b"");
        let words: Vec<&str> = session.output.split_whitespace().collect();
        let told = words.join(" ");
        let is = told.contains("a rule at `edge` asks for versions now: a request that names one");
        expect(is == is_told && told.contains("0 newly denied"), &session)?;
    }
    Ok(())
}

fn known_at_some() -> Result<(), Failed> {
    let folder = temporary("known")?;
    let fraud = OTHERS
        .replace("namespace: risk", "namespace: fraud")
        .replace("groups: [analysts]", "serviceAccounts: [web/batch]");
    fs::write(folder.join("open.yaml"), OPEN)?;
    fs::write(folder.join("fraud.yaml"), fraud)?;
    let gate = fs::read_to_string("access/old/gate.yaml")?;
    let (head, _) = gate.split_once("  install:\n").ok_or("no install")?;
    let asked = |installs: &str| -> Result<String, Failed> {
        fs::write(
            folder.join("gate.yaml"),
            format!("{head}  install:\n{installs}"),
        )?;
        let session = run(&format!("what-can sa:web/batch {}", folder.display()), b"");
        expect(session.exit == Exit::Clean, &session)?;
        let words: Vec<&str> = session.output.split_whitespace().collect();
        Ok(words.join(" "))
    };
    let sidecars = |namespace: &str| {
        format!("    - name: at-{namespace}\n      sidecars: {{ namespaces: [{namespace}] }}\n")
    };
    let edge = "    - name: edge\n      gateway: { namespace: istio-system, labels: { istio: ingressgateway } }\n";
    let note = "but no rule at `at-risk` names service account web/batch";
    let both = asked(&format!("{edge}{}", sidecars("risk")))?;
    let told = both.contains("risk/churn") && both.contains("fraud/loans") && both.contains(note);
    // where no proxy that knows it has its requests, nothing is allowed
    let apart = asked(&format!("{}{}", sidecars("fraud"), sidecars("risk")))?;
    let left_out = !apart.contains("risk/churn") && apart.contains("fraud/loans");
    let page = run(
        &format!("what-can sa:web/batch {} -o csv", folder.display()),
        b"",
    );
    expect(page.errors.contains("no rule at `at-risk` names"), &page)?;
    if told && left_out && apart.contains(note) {
        return Ok(());
    }
    Err(format!("{both}\n{apart}").into())
}
