//! What a change opens beside its rules is told in every form, and makes `diff` exit 1.

use std::fs;

use cli::Exit;
use libtest_mimic::Failed;

use super::Test;
use super::access::temporary;
use super::session::{expect, run};

/// These tests.
pub const TESTS: &[Test] = &[(
    "diff: another team's rule that opens what is for everyone",
    named_elsewhere,
)];

const OPEN: &str = "apiVersion: modelgate.dev/v1alpha1\nkind: ModelAccess\nmetadata: { namespace: risk, name: open }\nspec:\n  models: [{ name: churn, api: open-inference }]\n  allow:\n    - { who: { everyone: true } }\n";
const OTHERS: &str = "apiVersion: modelgate.dev/v1alpha1\nkind: ModelAccess\nmetadata: { namespace: risk, name: others }\nspec:\n  models: [{ name: loans, api: open-inference }]\n  allow:\n    - { who: { groups: [analysts] } }\n";
const SENTENCE: &str = "a rule at `edge` names the workload `web/batch` now, so that `risk/open/allow[0]` is for it as well";

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
        let back = diff("new.yaml", "old.yaml", format);
        expect(!back.output.contains("names the workload"), &back)?;
    }
    Ok(())
}
