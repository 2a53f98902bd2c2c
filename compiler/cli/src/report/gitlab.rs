//! A Code Quality report, as GitLab shows it in a merge request.

use compiler::source::Source;
use serde_json::{Value, json};

use super::Item;

/// The list. GitLab wants a path with each: what is about all files together stands at the first.
pub fn write(items: &[Item<'_>], sources: &[Source]) -> Value {
    let first = sources.first().map_or(".", |source| source.name.as_str());
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
                "path": item.file.unwrap_or(first).trim_start_matches("./"),
                "lines": { "begin": item.line, "end": item.end_line },
            },
        })
    };
    items.iter().map(problem).collect::<Vec<_>>().into()
}
