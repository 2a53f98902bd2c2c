//! Names: `foo.rs` beside `foo/`, domain nouns, and nothing at the top level but what belongs there.

use std::path::Path;

use anyhow::Result;
use proc_macro2::{TokenStream, TokenTree};

use super::tree::Tree;

const TOP_LEVEL: [&str; 17] = [
    ".ci",
    ".git",
    ".gitignore",
    ".pre-commit-hooks.yaml",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "Makefile",
    "README.md",
    "compiler",
    "deny.toml",
    "docs",
    "examples",
    "filter",
    "policies",
    "rust-toolchain.toml",
    "tests",
];
const BUILT: &str = "target";
const EMPTY_WORDS: [&str; 7] = [
    "common", "helper", "helpers", "manager", "misc", "util", "utils",
];

/// Names that say nothing, and entries that the top level does not have.
pub fn problems(tree: &Tree) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for entry in tree
        .top
        .iter()
        .filter(|entry| *entry != BUILT && !TOP_LEVEL.contains(&entry.as_str()))
    {
        problems.push(format!(
            "{entry}: not an entry of the top level: move it to the folder it belongs to"
        ));
    }
    for file in &tree.files {
        if file.file_name().is_some_and(|name| name == "mod.rs") {
            problems.push(format!(
                "{}: write `foo.rs` beside `foo/` instead of `mod.rs`",
                file.display()
            ));
        }
        problems.extend(
            path_words(file)
                .filter_map(|word| empty(&word))
                .map(|word| complaint(file, word)),
        );
    }
    for file in tree.with_extension("rs") {
        let declared = declared_names(tree.tokens(file)?);
        problems.extend(
            declared
                .iter()
                .flat_map(|name| words(name))
                .filter_map(|word| empty(&word))
                .map(|word| complaint(file, word)),
        );
    }
    Ok(problems)
}

fn complaint(file: &Path, word: &str) -> String {
    format!(
        "{}: the name `{word}` says nothing: name what it is about",
        file.display()
    )
}

fn empty(word: &str) -> Option<&'static str> {
    EMPTY_WORDS.into_iter().find(|empty| *empty == word)
}

fn path_words(file: &Path) -> impl Iterator<Item = String> {
    let parts: Vec<String> = file
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    parts.into_iter().flat_map(|part| words(&part))
}

/// `RuleManager`, `rule_manager` and `rule-manager.rs` are all made of `rule` and `manager`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for letter in name.chars() {
        if !letter.is_alphanumeric() || letter.is_uppercase() {
            words.push(String::new());
        }
        if letter.is_alphanumeric() {
            words
                .last_mut()
                .expect("there is a first word")
                .extend(letter.to_lowercase());
        }
    }
    words
}

/// The names of modules and types that a file declares. (A function may speak of Envoy's connection manager.)
fn declared_names(tokens: TokenStream) -> Vec<String> {
    let mut names = Vec::new();
    let mut after_keyword = false;
    for token in tokens {
        match token {
            TokenTree::Group(group) => names.extend(declared_names(group.stream())),
            TokenTree::Ident(word) if after_keyword => names.push(word.to_string()),
            TokenTree::Ident(word) => {
                after_keyword = ["mod", "struct", "enum", "trait", "type"]
                    .iter()
                    .any(|keyword| word == keyword);
                continue;
            }
            _ => {}
        }
        after_keyword = false;
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_at_case_and_marks() {
        assert!(words("KeyManager").contains(&"manager".to_owned()));
        assert!(words("test-utils.rs").contains(&"utils".to_owned()));
        assert!(!words("commons").contains(&"common".to_owned()));
    }

    #[test]
    fn names_are_read_where_they_are_declared() {
        let tokens = "mod a { struct B; impl C { fn d() { e() } } }"
            .parse()
            .expect("it parses");
        let mut names = declared_names(tokens);
        names.sort();
        assert_eq!(names, ["B", "a"]);
    }
}
