//! Access as comma-separated values (RFC 4180): a line for each principal, model and action.

use compiler::analysis::Access;

use super::lists::Lists;
use super::{Answer, word};
use crate::shown;

const HEAD: [&str; 9] = [
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
const END: &str = "\r\n";

/// The header.
pub fn head() -> String {
    HEAD.join(",") + END
}

/// The lines of some rows.
pub fn lines(answer: &Answer<'_>, rows: &[Access]) -> String {
    let side = answer.side;
    let rule = |position| shown::rule(side, position, answer.sources);
    let condition = |position| side.shown(position).condition.unwrap_or_default();
    let mut rules = Lists::new("; ", rule, |list| quoted(&list));
    let mut conditions = Lists::new("; ", condition, |list| quoted(&list));
    let mut text = String::new();
    for row in rows {
        let model = &row.class.pattern;
        let of_whom = [
            shown::principal(row.who.as_ref()),
            model.namespace.clone(),
            model.entry_name(),
            row.kind.api.name().to_owned(),
        ];
        let of_whom = of_whom.map(|cell| quoted(&cell)).join(",");
        let grants = row.grants.iter().copied();
        let conditional: Vec<usize> = grants
            .filter(|position| side.rule(*position).when.is_some())
            .collect();
        let why = [
            quoted(word(row.outcome).0).as_str(),
            &rules.of(&row.grants),
            &rules.of(&row.taken),
            &conditions.of(&conditional),
        ]
        .join(",");
        for action in &row.actions {
            for cell in [&of_whom, ",", action.name(), ",", &why, END] {
                text.push_str(cell);
            }
        }
    }
    text
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
