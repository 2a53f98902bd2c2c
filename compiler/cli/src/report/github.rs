//! Workflow commands of GitHub: `::error file=...,line=...::message`. Nothing in a message can begin another command.

use super::Item;

/// A line for each problem.
pub fn write(items: &[Item<'_>]) -> String {
    items.iter().map(line).collect()
}

fn line(item: &Item<'_>) -> String {
    let place = item.file.map_or_else(String::new, |file| {
        format!(
            "file={},line={},col={},endLine={},endColumn={},",
            property(file),
            item.line,
            item.column,
            item.end_line,
            item.end_column
        )
    });
    format!(
        "::{} {place}title={}::{}\n",
        item.level(),
        property(item.diagnostic.code),
        message(&item.text())
    )
}

fn message(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}
