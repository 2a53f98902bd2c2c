//! A Code Quality report, as GitLab shows it in a merge request.

use serde_json::{Value, json};

use super::Item;

/// The list.
pub fn write(items: &[Item<'_>]) -> Value {
    let problem = |item: &Item<'_>| {
        let severity = if item.diagnostic.is_error() {
            "major"
        } else {
            "minor"
        };
        json!({
            "description": item.text(),
            "check_name": item.diagnostic.code,
            "fingerprint": item.fingerprint,
            "severity": severity,
            "location": {
                "path": item.file.unwrap_or_default().trim_start_matches("./"),
                "lines": { "begin": item.line, "end": item.end_line },
            },
        })
    };
    items.iter().map(problem).collect::<Vec<_>>().into()
}
