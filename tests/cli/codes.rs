//! Every code of a diagnostic has its entry in `docs/diagnostics.md`, and every entry its code.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use libtest_mimic::Failed;

use super::Test;

/// These tests.
pub const TESTS: &[Test] = &[("every code is documented", every_code_is_documented)];

fn every_code_is_documented() -> Result<(), Failed> {
    let mut used = BTreeSet::new();
    sources(Path::new("../compiler/src"), &mut used)?;
    let text = fs::read_to_string("../docs/diagnostics.md")?;
    let documented: BTreeSet<String> = text.lines().filter_map(entry).collect();
    let missing: Vec<&String> = used.difference(&documented).collect();
    let stale: Vec<&String> = documented.difference(&used).collect();
    if used.len() > 40 && missing.is_empty() && stale.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{} codes; without an entry: {missing:?}; without a code: {stale:?}",
        used.len()
    )
    .into())
}

/// `| MG0101 | ...`
fn entry(line: &str) -> Option<String> {
    let code = line.strip_prefix("| ")?.split(' ').next()?;
    code.starts_with("MG").then(|| code.to_owned())
}

fn sources(folder: &Path, codes: &mut BTreeSet<String>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sources(&path, codes)?;
        } else {
            codes.extend(
                fs::read_to_string(&path)?
                    .split("\"MG")
                    .skip(1)
                    .filter_map(code),
            );
        }
    }
    Ok(())
}

/// The code whose digits begin the text.
fn code(text: &str) -> Option<String> {
    let (digits, rest) = text.split_at_checked(4)?;
    let whole = digits.bytes().all(|byte| byte.is_ascii_digit()) && rest.starts_with('"');
    whole.then(|| format!("MG{digits}"))
}
