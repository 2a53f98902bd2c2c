//! What is wrong in namespaces that a question is not about.

use std::fs;

use cli::Exit;
use libtest_mimic::Failed;

use super::Test;
use super::access::temporary;
use super::session::{expect, run};

/// These tests.
pub const TESTS: &[Test] = &[(
    "access: no answer about files with errors in what is not asked about",
    in_cedar_alone,
)];

const FILES: &str = "access/old";

/// Conditions of what is not asked about are tried, too.
fn in_cedar_alone() -> Result<(), Failed> {
    let folder = temporary("elsewhere")?;
    let file = folder.join("detector.yaml");
    let text = fs::read_to_string(format!("{FILES}/risk.yaml"))?;
    let (head, _) = text.split_once("  allow:\n").ok_or("no rules")?;
    let head = head.replace("namespace: risk", "namespace: fraud");
    let write = |when: &str| {
        let rule = format!("  allow:\n    - who: {{ groups: [leads] }}\n      when: {when}\n");
        fs::write(&file, format!("{head}{rule}"))
    };
    let shown = file.display();
    let questions = [
        format!("diff -o json {FILES} {FILES} --with {shown}"),
        format!(
            "diff -o json {FILES}/risk.yaml access/new/risk.yaml --with {FILES}/gate.yaml --with {shown}"
        ),
        format!("who-can predict risk/churn {FILES} {shown}"),
    ];
    for question in questions {
        write("context.hour >= 6")?;
        let answered = run(&question, b"");
        expect(answered.exit != Exit::CannotRun, &answered)?;
        write("principal is User")?;
        let refused = run(&question, b"");
        let is_told = refused.errors.contains("detector.yaml:");
        let is_refused = refused.exit == Exit::CannotRun && refused.output.is_empty();
        expect(is_refused && is_told, &refused)?;
    }
    fs::remove_dir_all(folder)?;
    Ok(())
}
