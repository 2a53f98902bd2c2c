//! Access as comma-separated values (RFC 4180): a line for each principal, model and action.

use super::{Answer, few, word};
use crate::shown;

/// The lines, with a header.
pub fn write(answer: &Answer<'_>) -> String {
    let header = [
        "principal",
        "namespace",
        "model",
        "api",
        "action",
        "outcome",
        "allowed by",
        "denied by",
        "conditions",
    ];
    let mut text = line(&header.map(String::from));
    for row in &answer.rows {
        let rules = |positions: &[usize]| -> String {
            let rules = positions
                .iter()
                .map(|position| shown::rule(answer.side, *position, answer.sources));
            few(rules).join("; ")
        };
        let grants = row.grants.iter();
        let conditions = grants.filter_map(|position| answer.side.shown(*position).condition);
        let mut cells = [
            shown::principal(row.who.as_ref()),
            row.class.pattern.namespace.clone(),
            row.class.pattern.entry_name(),
            row.kind.api.name().to_owned(),
            String::new(),
            word(row.outcome).0.to_owned(),
            rules(&row.grants),
            rules(&row.taken),
            few(conditions).join("; "),
        ];
        for action in &row.actions {
            action.name().clone_into(&mut cells[4]);
            text += &line(&cells);
        }
    }
    text
}

fn line(cells: &[String; 9]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
    cells.join(",") + "\r\n"
}

/// A cell that a spreadsheet would take for a formula gets an apostrophe in front.
fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t']);
    let cell = if formula {
        format!("'{cell}")
    } else {
        cell.to_owned()
    };
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell
    }
}
