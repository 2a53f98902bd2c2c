//! What a change opens beside its rules is told in every form, and makes `diff` exit 1.

use std::fs;

use cli::Exit;
use libtest_mimic::Failed;

use super::Test;
use super::access::temporary;
use super::session::{expect, run};

/// These tests.
pub const TESTS: &[Test] = &[
    (
        "diff: another rule that names a workload opens nothing that is for everyone",
        named_elsewhere,
    ),
    (
        "diff: a rule that asks for something first, or as other teams' rules do",
        asked_first,
    ),
];

const OPEN: &str = "apiVersion: modelgate.dev/v1alpha1\nkind: ModelAccess\nmetadata: { namespace: risk, name: open }\nspec:\n  models: [{ name: churn, api: open-inference }]\n  allow:\n    - { who: { everyone: true } }\n";
const OTHERS: &str = "apiVersion: modelgate.dev/v1alpha1\nkind: ModelAccess\nmetadata: { namespace: risk, name: others }\nspec:\n  models: [{ name: loans, api: open-inference }]\n  allow:\n    - { who: { groups: [analysts] } }\n";

/// What is for everyone is for whoever has a token.
fn named_elsewhere() -> Result<(), Failed> {
    let folder = temporary("beside")?;
    let path = |name: &str| folder.join(name).display().to_string();
    let more = "    - { who: { serviceAccounts: [web/batch] }, can: [metadata] }\n";
    for (name, text) in [
        ("open.yaml", OPEN),
        ("old.yaml", OTHERS),
        ("new.yaml", &format!("{OTHERS}{more}")),
    ] {
        fs::write(folder.join(name), text)?;
    }
    let (old, new, open) = (path("old.yaml"), path("new.yaml"), path("open.yaml"));
    let diff = format!("diff {old} {new} --with access/old/gate.yaml --with {open}");
    let session = run(&diff, b"");
    let told = session.output.contains("1 newly allowed") && !session.output.contains("risk/churn");
    expect(session.exit == Exit::Problems && told, &session)?;
    let what = |files: &str| {
        let command = format!("what-can sa:web/batch access/old/gate.yaml {open} {files}");
        run(&command, b"")
    };
    let named = what(&new);
    let told = named.output.contains("risk/loans") && !named.output.contains("risk/churn");
    expect(named.exit == Exit::Clean && told, &named)?;
    let stranger = what(&old);
    let told = stranger.output.contains("nobody: no rule grants it");
    expect(stranger.exit == Exit::Problems && told, &stranger)
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
