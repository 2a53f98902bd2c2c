//! Problems as one JSON document.

use serde_json::{Value, json};

use super::Item;
use crate::shown;

/// The document.
pub fn write(items: &[Item<'_>]) -> Value {
    let problem = |item: &Item<'_>| {
        json!({
            "code": item.diagnostic.code,
            "severity": item.level(),
            "message": item.diagnostic.message,
            "help": item.diagnostic.help,
            "file": item.file,
            "line": item.line,
            "column": item.column,
            "endLine": item.end_line,
            "endColumn": item.end_column,
        })
    };
    let problems: Vec<Value> = items.iter().map(problem).collect();
    json!({ "apiVersion": shown::VERSION, "kind": "Report", "problems": problems })
}
