//! A code of a diagnostic is a promise: each that the compiler or the command line gives has its row in the documents, and
//! each row its code. (The pages about reasons and audit events are compared in the corpus' own tests.)

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;

use super::tree::Tree;

const DIAGNOSTICS: &str = "docs/diagnostics.md";
const COMPILER: &str = "compiler";
/// Says something of every code, and gives none.
const HELP: &str = "compiler/src/diagnostic/help.rs";

/// Codes without a row, and rows without a code.
pub fn problems(tree: &Tree) -> Result<Vec<String>> {
    let documented = rows(&tree.text(Path::new(DIAGNOSTICS))?);
    let mut given = BTreeSet::new();
    let sources = tree.with_extension("rs");
    let giving = |file: &&Path| file.starts_with(COMPILER) && !file.ends_with(HELP);
    for file in sources.filter(giving) {
        given.extend(quoted(&tree.text(file)?));
    }
    let missing = given.difference(&documented);
    let missing = missing.map(|code| format!("{DIAGNOSTICS}: `{code}` has no row: add one"));
    let stale = documented.difference(&given);
    let stale = stale.map(|code| format!("{DIAGNOSTICS}: nothing gives `{code}`: take it out"));
    Ok(missing.chain(stale).collect())
}

/// The codes in the first column of the page's tables.
fn rows(page: &str) -> BTreeSet<String> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| "));
    let first = rows.filter_map(|row| row.split(" |").next());
    first
        .filter(|cell| is_code(cell))
        .map(str::to_owned)
        .collect()
}

/// The codes that stand as literals in a source.
fn quoted(source: &str) -> BTreeSet<String> {
    let parts = source.split('"');
    parts
        .filter(|part| is_code(part))
        .map(str::to_owned)
        .collect()
}

/// `MG` and four digits.
fn is_code(text: &str) -> bool {
    let digits = text.strip_prefix("MG").unwrap_or_default();
    digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_in_literals_and_in_rows() {
        let source = r#"error("MG0009", span); // MG0010, "MG12", "MG00099""#;
        assert_eq!(quoted(source).into_iter().collect::<Vec<_>>(), ["MG0009"]);
        let page = "| code | what |\n|---|---|\n| MG0120 | see MG0001 |";
        assert_eq!(rows(page).into_iter().collect::<Vec<_>>(), ["MG0120"]);
    }
}
