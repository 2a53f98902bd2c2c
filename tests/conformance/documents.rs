//! The pages about reasons and audit events say what the code does.

use std::collections::BTreeMap;

use libtest_mimic::{Failed, Trial};
use policies::decision::Reason;
use serde_json::Value;
use tests::cases::Case;
use tests::cases::fixture::Mode;
use tests::cases::native::{Cut, judge};

const REASONS: &str = include_str!("../../docs/reasons.md");
const EVENT: &str = include_str!("../../docs/audit-event.md");
const CASE: &str =
    "{ name: any, who: ana, expect: { verdict: allow, status: 200, reason: allowed } }";

/// One trial a page.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("docs/reasons.md has every code with its status", reasons),
        Trial::test("docs/audit-event.md has every field", event),
    ]
}

fn reasons() -> Result<(), Failed> {
    let mut rows = rows(REASONS);
    for reason in Reason::ALL {
        let code = reason.code();
        let row = rows
            .remove(code)
            .ok_or_else(|| format!("no row for `{code}`"))?;
        let [status, meaning, help] = row.as_slice() else {
            return Err(format!("`{code}` has {} columns", row.len()).into());
        };
        let said = status.starts_with(&reason.status().to_string());
        if !said && reason != Reason::Allowed {
            return Err(format!("`{code}` answers {}, not {status}", reason.status()).into());
        }
        if meaning.is_empty() || (help.is_empty() && reason != Reason::Allowed) {
            return Err(format!("`{code}` is not explained").into());
        }
    }
    none_left(&rows)
}

fn event() -> Result<(), Failed> {
    let case: Case = serde_saphyr::from_str(CASE).map_err(|error| error.to_string())?;
    let outcome = judge(&case, Mode::Hold, Cut::AsGiven).map_err(|error| error.to_string())?;
    let line: Value = serde_json::from_str(&outcome.event.to_line())?;
    let mut rows = rows(EVENT);
    for name in line.as_object().ok_or("an event is no object")?.keys() {
        let row = rows
            .remove(name.as_str())
            .ok_or_else(|| format!("no row for `{name}`"))?;
        if row.len() != 4 || row.iter().any(|cell| cell.is_empty()) {
            return Err(format!("`{name}` is not explained in four columns").into());
        }
    }
    none_left(&rows)
}

/// The rows of every table whose first cell is one name in backticks: the other cells by that name.
fn rows(page: &str) -> BTreeMap<&str, Vec<&str>> {
    let mut rows = BTreeMap::new();
    for line in page.lines() {
        let Some(inner) = line
            .strip_prefix("| `")
            .and_then(|line| line.strip_suffix('|'))
        else {
            continue;
        };
        if let Some((name, rest)) = inner.split_once("` |") {
            rows.insert(name, rest.split('|').map(str::trim).collect());
        }
    }
    rows
}

fn none_left(rows: &BTreeMap<&str, Vec<&str>>) -> Result<(), Failed> {
    match rows.keys().next() {
        None => Ok(()),
        Some(name) => Err(format!("`{name}` does not exist").into()),
    }
}
