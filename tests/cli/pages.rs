//! The pages about the command line: what follows a `$` in them is run, and what it prints stands there, problems first. `...` stands
//! for any lines; where there is none, `MODELGATE_UPDATE` writes what is printed.

use std::fs;

use libtest_mimic::Failed;

use super::Test;
use super::session::run;

/// These tests.
pub const TESTS: &[Test] = &[
    ("pages: what a command prints is what it prints", printed),
    ("pages: each command of the comparison runs", comparison),
];

const PAGES: [&str; 2] = ["../docs/testing-access.md", "../docs/import.md"];
const BEGIN: &str = "```text\n$ modelgate ";
const END: &str = "\n```";

fn printed() -> Result<(), Failed> {
    PAGES.into_iter().try_for_each(compared)
}

fn compared(name: &str) -> Result<(), Failed> {
    let page = fs::read_to_string(name)?;
    let mut parts = page.split(BEGIN);
    let mut written = parts.next().unwrap_or_default().to_owned();
    let mut compared = 0;
    let mut wrong = String::new();
    for part in parts {
        let (block, rest) = part.split_once(END).ok_or("a block without an end")?;
        let (command, expected) = block.split_once('\n').unwrap_or((block, ""));
        let session = run(command, b"");
        let both = session.errors + &session.output;
        let same = matches(expected, both.trim_end());
        let open = expected.split('\n').any(|line| line == "...");
        let now = if same || open {
            expected
        } else {
            both.trim_end()
        };
        written += &format!("{BEGIN}{command}\n{now}{END}{rest}");
        if !same {
            wrong += &format!("{name}: `{command}` prints\n{both}\n");
        }
        compared += 1;
    }
    if std::env::var_os("MODELGATE_UPDATE").is_some() && written != page {
        fs::write(name, written)?;
    }
    if compared < 2 {
        wrong += &format!("{name}: only {compared} commands are compared");
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.into())
    }
}

/// Whether the parts between `...` follow each other, from the first line to the last.
fn matches(expected: &str, printed: &str) -> bool {
    let mut rest = printed;
    for (number, part) in expected.split("\n...\n").enumerate() {
        let found = rest.find(part).filter(|found| number > 0 || *found == 0);
        let Some(found) = found else {
            return false;
        };
        rest = rest.get(found + part.len()..).unwrap_or_default();
    }
    rest.is_empty()
}

/// The commands of the second column, each with the exit status behind it.
fn comparison() -> Result<(), Failed> {
    let page = fs::read_to_string("../docs/comparison.md")?;
    let rows = page.lines().filter(|line| line.starts_with("| "));
    let mut commands = 0;
    for row in rows {
        let own = row.split(" | ").nth(1).unwrap_or_default();
        for part in own.split("`modelgate ").skip(1) {
            let (command, rest) = part
                .split_once("` (")
                .ok_or("a command without its exit status")?;
            let status = rest.split_once(')').map(|(status, _)| status);
            let session = run(command, b"");
            if status != Some(&session.exit.status().to_string()) {
                return Err(format!("`modelgate {command}`: {session:#?}").into());
            }
            commands += 1;
        }
    }
    if commands > 15 {
        Ok(())
    } else {
        Err(format!("only {commands} commands are run").into())
    }
}
