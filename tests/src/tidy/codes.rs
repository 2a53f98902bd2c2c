//! Codes and fields are promises: each reason and each field of an audit event has its entry in the documents. (That each
//! reason has a case, the corpus checks; that each diagnostic has an entry, the tests of the command line.)

use std::path::Path;

use anyhow::Result;
use policies::audit::AuditEvent;
use policies::decision::Reason;

use super::tree::Tree;

const REASONS: &str = "docs/reasons.md";
const AUDIT_EVENT: &str = "docs/audit-event.md";

/// Reasons and fields without an entry.
pub fn problems(tree: &Tree) -> Result<Vec<String>> {
    let reasons = Reason::ALL.map(|reason| reason.code().to_owned());
    let mut problems = missing(tree, REASONS, &reasons)?;
    problems.extend(missing(tree, AUDIT_EVENT, &fields())?);
    Ok(problems)
}

/// Every entry names its code in backticks in the first column of a table.
fn missing(tree: &Tree, document: &str, codes: &[String]) -> Result<Vec<String>> {
    let text = tree.text(Path::new(document))?;
    let rows = text.lines().filter_map(|line| line.strip_prefix("| "));
    let first: Vec<&str> = rows.filter_map(|row| row.split(" |").next()).collect();
    let without = codes
        .iter()
        .filter(|code| !first.iter().any(|cell| cell.contains(&format!("`{code}`"))));
    Ok(without
        .map(|code| format!("{document}: `{code}` has no row: say what it means"))
        .collect())
}

/// The fields of an event, as its reader lists them when it is given one that it does not know.
fn fields() -> Vec<String> {
    let refused = serde_json::from_str::<AuditEvent>(r#"{"?": 0}"#);
    let said = refused
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default();
    let quoted = said.split('`').skip(1).step_by(2);
    quoted
        .filter(|name| *name != "?")
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_of_an_event_are_known() {
        let fields = fields();
        assert!(
            fields.len() > 20 && fields.contains(&"requestBytes".to_owned()),
            "{fields:?}"
        );
    }
}
