//! The house rules as a function over a tree of files, so that a test can ask it about the real tree and about a copy
//! with one rule broken.
//!
//! Each rule is one file below; it gets the tree and says what is wrong, where, and what to do instead.

mod arrows;
mod codes;
mod documents;
mod names;
mod purity;
mod sizes;
mod tree;

use std::path::Path;

use anyhow::Result;

use self::tree::Tree;

/// Every broken house rule of the work tree at `root`, one message each, sorted by file.
///
/// # Errors
///
/// When a file cannot be read, a Rust file cannot be parsed, or `cargo metadata` fails.
pub fn problems(root: &Path) -> Result<Vec<String>> {
    let tree = Tree::read(root)?;
    let mut problems = Vec::new();
    problems.extend(sizes::problems(&tree)?);
    problems.extend(names::problems(&tree)?);
    problems.extend(purity::problems(&tree)?);
    problems.extend(arrows::problems(&tree)?);
    problems.extend(codes::problems(&tree)?);
    problems.extend(documents::problems(&tree)?);
    problems.sort();
    problems.dedup();
    Ok(problems)
}
