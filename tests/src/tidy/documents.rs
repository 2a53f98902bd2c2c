//! Documents that cannot lie: links lead somewhere, and each invariant of the architecture names a test that exists.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;

use super::tree::Tree;

const ARCHITECTURE: &str = "docs/architecture.md";
const THREATS: &str = "docs/threats.md";
const HELD_BY: &str = "Held by";
const TESTS: &str = "tests";
const CASES: &str = "tests/cases";

/// Dead links, and invariants without a test.
pub fn problems(tree: &Tree) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for file in tree.with_extension("md") {
        let text = tree.text(file)?;
        let folder = tree.root.join(file.parent().unwrap_or(Path::new("")));
        for link in links(&text).filter(|link| !folder.join(link).exists()) {
            problems.push(format!(
                "{}: the link `{link}` leads nowhere: write a path relative to the file",
                file.display()
            ));
        }
    }
    let tests = test_names(tree)?;
    problems.extend(invariants(tree, &tests)?);
    problems.extend(threats(tree, &tests)?);
    Ok(problems)
}

/// The last column of every table names tests.
fn threats(tree: &Tree, tests: &BTreeSet<String>) -> Result<Vec<String>> {
    let text = tree.text(Path::new(THREATS))?;
    let mut problems = Vec::new();
    for line in text.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
        let (Some(threat), Some(held)) = (cells.first(), cells.last()) else {
            continue;
        };
        let named: Vec<&str> = held.split('`').skip(1).step_by(2).collect();
        if named.is_empty() && *threat != " threat" {
            problems.push(format!("{THREATS}: `{}` names no test", threat.trim()));
        }
        let unknown = named.iter().filter(|name| !exists(tree, tests, name));
        problems.extend(
            unknown.map(|name| format!("{THREATS}: `{name}` is neither a file nor a test")),
        );
    }
    Ok(problems)
}

fn exists(tree: &Tree, tests: &BTreeSet<String>, name: &str) -> bool {
    match name.contains('/') && !name.contains(' ') {
        true => tree.root.join(name).exists(),
        false => tests.contains(name),
    }
}

/// The targets of links to other files, without their anchors.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', ' ']).next());
    let relative = targets.filter(|target| {
        !target.contains("://") && !target.starts_with('#') && !target.starts_with("mailto:")
    });
    relative.filter_map(|target| target.split('#').next())
}

fn invariants(tree: &Tree, tests: &BTreeSet<String>) -> Result<Vec<String>> {
    let text = tree.text(Path::new(ARCHITECTURE))?;
    let mut problems = Vec::new();
    for section in text.split("\n### ").skip(1) {
        let title = section.lines().next().unwrap_or_default();
        let held = held_by(section);
        if held.is_empty() {
            problems.push(format!("{ARCHITECTURE}: `{title}` names no test: end it with `{HELD_BY}` and the test in backticks"));
        }
        for name in held {
            if !exists(tree, tests, name) {
                problems.push(format!(
                    "{ARCHITECTURE}: `{title}` names `{name}`, which is neither a file nor a test"
                ));
            }
        }
    }
    Ok(problems)
}

/// What stands in backticks from `Held by` to the end of its paragraph.
fn held_by(section: &str) -> Vec<&str> {
    let paragraph = section
        .split(HELD_BY)
        .nth(1)
        .and_then(|rest| rest.split("\n\n").next());
    paragraph
        .unwrap_or_default()
        .split('`')
        .skip(1)
        .step_by(2)
        .collect()
}

/// The names that a test can have: a function, a trial's name in quotes, or a case of a corpus.
fn test_names(tree: &Tree) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for file in tree.with_extension("rs") {
        for line in tree.text(file)?.lines() {
            let declared = line.trim_start().split_once("fn ").map(|(_, rest)| rest);
            names.extend(
                declared
                    .and_then(|rest| rest.split(['(', '<']).next())
                    .map(str::to_owned),
            );
            if file.starts_with(TESTS) {
                names.extend(line.split('"').skip(1).step_by(2).map(str::to_owned));
            }
        }
    }
    for file in tree
        .with_extension("yaml")
        .filter(|file| file.starts_with(CASES))
    {
        let text = tree.text(file)?;
        let cases = text
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix("- name: "));
        names.extend(cases.map(str::to_owned));
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_files_are_found_and_others_are_left_alone() {
        let text = "[a](b.md#c) [d](https://example.com) [e](#f) ![g](h/i.png)";
        assert_eq!(links(text).collect::<Vec<_>>(), ["b.md", "h/i.png"]);
    }

    #[test]
    fn the_tests_of_an_invariant_are_read_from_its_last_paragraph() {
        let section = "title `no`\n\nText.\n\nHeld by `tests/a.rs`\n(`b`).\n\nMore `text`.";
        assert_eq!(held_by(section), ["tests/a.rs", "b"]);
    }
}
