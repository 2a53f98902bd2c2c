//! SARIF 2.1.0 (OASIS, sections 3.14 to 3.30). Columns count characters, which has to be said: `columnKind`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Item;
use crate::{Paper, codes};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The log, with one run.
pub fn write(items: &[Item<'_>]) -> Value {
    let used: BTreeSet<&str> = items.iter().map(|item| item.diagnostic.code).collect();
    let used: Vec<&str> = used.into_iter().collect();
    let rules: Vec<Value> = used.iter().map(|code| rule(code, items)).collect();
    let results: Vec<Value> = items
        .iter()
        .map(|item| {
            result(
                item,
                used.binary_search(&item.diagnostic.code)
                    .unwrap_or_default(),
            )
        })
        .collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "modelgate",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(code: &str, items: &[Item<'_>]) -> Value {
    let page = codes::page(code, Paper::PLAIN).unwrap_or_default();
    let said = codes::diagnostic(code);
    let level = items
        .iter()
        .find(|item| item.diagnostic.code == code)
        .map_or("error", Item::level);
    json!({
        "id": code,
        "name": code,
        "shortDescription": { "text": said.meaning },
        "fullDescription": { "text": if said.help.is_empty() { said.meaning.clone() } else { format!("{}: {}", said.meaning, said.help) } },
        "help": { "text": page },
        "defaultConfiguration": { "level": level },
        "properties": { "tags": ["access"], "precision": "very-high" },
    })
}

fn result(item: &Item<'_>, rule: usize) -> Value {
    let location = item.file.map(|file| {
        json!({ "physicalLocation": {
            "artifactLocation": artifact(file),
            "region": {
                "startLine": item.line,
                "startColumn": item.column,
                "endLine": item.end_line,
                "endColumn": item.end_column,
            },
        } })
    });
    json!({
        "ruleId": item.diagnostic.code,
        "ruleIndex": rule,
        "level": item.level(),
        "message": { "text": item.text() },
        "locations": location.into_iter().collect::<Vec<_>>(),
        "partialFingerprints": { "primaryLocationLineHash": item.fingerprint },
    })
}

/// A relative path is below the root of the sources.
fn artifact(file: &str) -> Value {
    let path: String = file
        .trim_start_matches("./")
        .bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect();
    if file.starts_with('/') {
        json!({ "uri": format!("file://{path}") })
    } else {
        json!({ "uri": path, "uriBaseId": "%SRCROOT%" })
    }
}
