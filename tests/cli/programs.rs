//! `completion`, `man` and `version`: what other programs read.

use std::fs;

use cli::Exit;
use libtest_mimic::Failed;
use serde_json::Value;

use super::Test;
use super::session::{expect, run};

/// These tests.
pub const TESTS: &[Test] = &[
    ("completion: a script for every shell", completion),
    ("man: a page for every command", man),
    ("version: as text and as json", version),
];

fn completion() -> Result<(), Failed> {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let session = run(&format!("completion {shell}"), b"");
        expect(
            session.exit == Exit::Clean
                && session.output.contains("who-can")
                && session.errors.is_empty(),
            &session,
        )?;
    }
    let wrong = run("completion csh", b"");
    expect(wrong.exit == Exit::CannotRun, &wrong)?;
    let script = run("completion bash", b"").output
        + "\nCOMP_WORDS=(modelgate who); COMP_CWORD=1; _modelgate modelgate who modelgate; echo \"${COMPREPLY[@]}\"\n";
    let output = std::process::Command::new("bash")
        .args(["-c", &script])
        .output()?;
    if String::from_utf8_lossy(&output.stdout)
        .split_whitespace()
        .collect::<Vec<_>>()
        == ["who-can", "whoami"]
    {
        Ok(())
    } else {
        Err(format!("{output:?}").into())
    }
}

fn man() -> Result<(), Failed> {
    let page = run("man", b"");
    expect(
        page.exit == Exit::Clean && page.output.contains(".TH modelgate 1"),
        &page,
    )?;
    let folder = std::env::temp_dir().join(format!("modelgate-man-{}", std::process::id()));
    let session = run(&format!("man --out {}", folder.display()), b"");
    let again = run(&format!("man --out {}", folder.display()), b"");
    let check = fs::read_to_string(folder.join("modelgate-check.1"));
    fs::remove_dir_all(&folder)?;
    expect(session.exit == Exit::Clean && again == session, &again)?;
    let check = check?;
    if check.contains(".TH modelgate-check 1") && check.contains("Print every problem") {
        Ok(())
    } else {
        Err(check.into())
    }
}

fn version() -> Result<(), Failed> {
    let text = run("version", b"");
    expect(
        text.exit == Exit::Clean
            && text.output.starts_with("modelgate ")
            && text.output.contains("\nbundle format 1\n"),
        &text,
    )?;
    let json = run("version -o json", b"");
    let answer: Value = serde_json::from_str(&json.output)?;
    expect(
        answer["bundleFormat"] == 1
            && answer["apiVersion"] == "modelgate.dev/v1alpha1"
            && answer["version"].is_string(),
        &json,
    )
}
