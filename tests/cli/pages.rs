//! The pages about the command line: what follows a `$` in them is run, and what it prints stands there. `...` stands for any lines.

use std::fs;

use libtest_mimic::Failed;

use super::Test;
use super::session::run;

/// These tests.
pub const TESTS: &[Test] = &[("pages: what a command prints is what it prints", printed)];

const PAGE: &str = "../docs/testing-access.md";

fn printed() -> Result<(), Failed> {
    let page = fs::read_to_string(PAGE)?;
    let blocks = page.split("```text\n$ modelgate ").skip(1);
    let mut compared = 0;
    for block in blocks {
        let block = block.split("\n```").next().unwrap_or_default();
        let (command, expected) = block.split_once('\n').ok_or("no output")?;
        let session = run(command, b"");
        let mut rest = session.output.trim_end();
        for (number, part) in expected.split("\n...\n").enumerate() {
            let found = rest.find(part).filter(|found| number > 0 || *found == 0);
            let found = found.ok_or_else(|| format!("`{command}` does not print\n{part}\n"))?;
            rest = rest.get(found + part.len()..).unwrap_or_default();
        }
        if !rest.is_empty() {
            return Err(format!("{PAGE}: `{command}` prints more:{rest}").into());
        }
        compared += 1;
    }
    if compared < 2 {
        return Err(format!("{PAGE}: only {compared} commands are compared").into());
    }
    Ok(())
}
