//! What a code means: its row in the published pages, which are part of the program.

use anyhow::{Error, Result, anyhow};
use compiler::diagnostic::help;
use serde_json::{Value, json};

use crate::{Paper, shown};

const DIAGNOSTICS: &str = include_str!("../../../docs/diagnostics.md");
const REASONS: &str = include_str!("../../../docs/reasons.md");

/// What a page says.
pub struct Said {
    /// what it means
    pub meaning: String,
    /// what helps, or why it is so
    pub help: String,
}

/// The row of a diagnostic's code or of a reason, as text.
///
/// # Errors
/// When there is no such code.
pub fn page(code: &str, paper: Paper) -> Result<String> {
    let code = &in_its_case(code);
    let diagnostic = code.starts_with("MG").then(|| row(DIAGNOSTICS, code));
    if let Some((heading, cells)) = diagnostic.flatten() {
        let mut text = format!("{code} ({})\n\n", heading.to_lowercase());
        text += &paper.wrapped("  what is wrong  ", cells.get(1).map_or("", String::as_str));
        if let Some(why) = cells.get(2).filter(|why| !why.is_empty()) {
            text += &paper.wrapped("  why            ", why);
        }
        text += &paper.wrapped("  what to type   ", help::of(code).unwrap_or_default());
        return Ok(text);
    }
    if let Some((_, cells)) = row(REASONS, &format!("`{code}`")) {
        let mut text = format!(
            "{code} (status {})\n\n",
            cells.get(1).map_or("", String::as_str)
        );
        text += &paper.wrapped("  what it means  ", cells.get(2).map_or("", String::as_str));
        if let Some(help) = cells.get(3).filter(|help| !help.is_empty()) {
            text += &paper.wrapped("  what helps     ", help);
        }
        return Ok(text);
    }
    Err(unknown(code))
}

/// As the pages have it.
fn in_its_case(code: &str) -> String {
    match code.to_ascii_uppercase() {
        upper if upper.starts_with("MG") => upper,
        _ => code.to_ascii_lowercase(),
    }
}

fn unknown(code: &str) -> Error {
    anyhow!(
        "`{code}` is no file and no code: write a code as `check` prints it, such as `MG0304`, or a reason of an audit event, such as `not_permitted`"
    )
}

/// The same for programs.
///
/// # Errors
/// When there is no such code.
pub fn json(code: &str) -> Result<Value> {
    let code = &in_its_case(code);
    let cell = |cells: &[String], position| {
        let cell: Option<&String> = cells.get(position);
        cell.filter(|cell| !cell.is_empty()).cloned()
    };
    let diagnostic = code.starts_with("MG").then(|| row(DIAGNOSTICS, code));
    let mut value = json!({ "apiVersion": shown::VERSION, "kind": "Code", "code": code });
    if let Some((heading, cells)) = diagnostic.flatten() {
        value["about"] = json!(heading.to_lowercase());
        value["meaning"] = json!(cell(&cells, 1));
        value["why"] = json!(cell(&cells, 2));
        value["help"] = json!(help::of(code));
    } else if let Some((_, cells)) = row(REASONS, &format!("`{code}`")) {
        let status = cell(&cells, 1);
        let number = |text: &String| {
            text.parse()
                .map_or_else(|_| json!(text), |it: u16| json!(it))
        };
        value["status"] = json!(status.as_ref().map(number));
        value["meaning"] = json!(cell(&cells, 2));
        value["help"] = json!(cell(&cells, 3));
    } else {
        return Err(unknown(code));
    }
    Ok(value)
}

/// What is said about a reason.
pub fn reason(code: &str) -> Said {
    said(REASONS, &format!("`{code}`"), 2)
}

/// What is said about a diagnostic's code.
pub fn diagnostic(code: &str) -> Said {
    said(DIAGNOSTICS, code, 1)
}

fn said(page: &str, first: &str, from: usize) -> Said {
    let cells = row(page, first).map(|(_, cells)| cells).unwrap_or_default();
    let mut cells = cells.into_iter().skip(from);
    Said {
        meaning: cells.next().unwrap_or_default(),
        help: cells.next().unwrap_or_default(),
    }
}

/// The heading above a row, and its cells.
fn row<'a>(page: &'a str, first: &str) -> Option<(&'a str, Vec<String>)> {
    let mut heading = "";
    for line in page.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            heading = title;
        }
        let cells = line
            .strip_prefix("| ")
            .and_then(|line| line.strip_suffix('|'));
        let cells: Vec<String> = cells
            .into_iter()
            .flat_map(|line| line.split(" | "))
            .map(|cell| cell.trim().to_owned())
            .collect();
        if cells.first().is_some_and(|cell| cell == first) {
            return Some((heading, cells));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use policies::decision::Reason;

    #[test]
    fn every_reason_has_a_meaning() {
        for reason in Reason::ALL {
            assert!(
                !super::reason(reason.code()).meaning.is_empty(),
                "{reason:?}"
            );
        }
    }

    #[test]
    fn codes_have_pages_and_nothing_else_has() {
        assert!(page("MG0304", Paper::PLAIN).unwrap().contains("misspelt"));
        assert!(
            page("not_permitted", Paper::PLAIN)
                .unwrap()
                .contains("what helps")
        );
        for (typed, code) in [("mg0304", "MG0304"), ("NOT_PERMITTED", "not_permitted")] {
            let [typed, code] = [typed, code].map(|code| page(code, Paper::PLAIN).unwrap());
            assert_eq!(typed, code);
        }
        for wrong in ["MG999", "code", "", "what is wrong", "MG0304 |"] {
            assert!(page(wrong, Paper::PLAIN).is_err(), "{wrong}");
        }
    }
}
