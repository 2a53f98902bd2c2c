//! The pure crates name no clock, file, network, process, thread or environment of the standard library.
//!
//! Clippy refuses the calls that the crates' `clippy.toml` list; this rule refuses the modules they live in, so that no
//! function is forgotten. It also keeps host calls and cedar-policy where they belong.

use std::path::Path;

use anyhow::Result;
use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};

use super::tree::Tree;

const PURE: [&str; 3] = ["policies/src", "policies/scan/src", "compiler/src"];
const IMPURE: [&str; 7] = ["env", "fs", "net", "os", "process", "thread", "time"];
/// Pure types that live in an impure module.
const VALUES: [&str; 6] = [
    "AddrParseError",
    "Duration",
    "IpAddr",
    "Ipv4Addr",
    "Ipv6Addr",
    "SocketAddr",
];

/// Words that only some files of a folder may say: host calls, and cedar-policy.
const CONFINED: [(&str, &str, &[&str]); 2] = [
    ("filter/src", "hostcalls", &["filter/src/host"]),
    (
        "compiler/src",
        "cedar_policy",
        &[
            "compiler/src/cedar",
            "compiler/src/lower",
            "compiler/src/referee",
        ],
    ),
];

/// Impure modules in pure crates, and words outside the one file that may say them.
pub fn problems(tree: &Tree) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for file in tree.with_extension("rs") {
        if PURE.iter().any(|folder| file.starts_with(folder)) {
            for name in impure_names(tree.tokens(file)?) {
                let line = name.span().start().line;
                problems.push(format!(
                    "{}:{line}: `std::{name}` in a pure crate: take what it gives as an argument",
                    file.display()
                ));
            }
        }
        for (folder, word, homes) in CONFINED {
            let at_home = homes.iter().any(|home| is_in(file, home));
            if file.starts_with(folder) && !at_home && says(tree, file, word)? {
                problems.push(format!(
                    "{}: `{word}` is used outside {}: move the call there",
                    file.display(),
                    homes.join(", ")
                ));
            }
        }
    }
    Ok(problems)
}

/// `home` is a file or folder without its extension: `a/b` has `a/b.rs` and all of `a/b/`.
fn is_in(file: &Path, home: &str) -> bool {
    file.starts_with(home) || file == Path::new(&format!("{home}.rs"))
}

fn says(tree: &Tree, file: &Path, word: &str) -> Result<bool> {
    if !tree.text(file)?.contains(word) {
        return Ok(false);
    }
    let tokens = flat(tree.tokens(file)?);
    Ok(tokens
        .iter()
        .any(|token| matches!(token, TokenTree::Ident(found) if found == word)))
}

/// The impure modules that are named after `std::`, also inside `use std::{..}`.
fn impure_names(tokens: TokenStream) -> Vec<Ident> {
    let tokens = flat(tokens);
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        if !matches!(token, TokenTree::Ident(word) if word == "std") {
            continue;
        }
        match tokens.get(index + 3) {
            Some(TokenTree::Ident(name)) if !is_value(tokens.get(index + 6)) => {
                found.push(name.clone())
            }
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                found.extend(first_names(group.stream()))
            }
            _ => {}
        }
    }
    found.retain(|name| IMPURE.iter().any(|impure| name == impure));
    found
}

fn is_value(token: Option<&TokenTree>) -> bool {
    match token {
        Some(TokenTree::Ident(name)) => VALUES.iter().any(|value| name == value),
        Some(TokenTree::Group(group)) => group
            .stream()
            .into_iter()
            .all(|token| !matches!(token, TokenTree::Ident(_)) || is_value(Some(&token))),
        _ => false,
    }
}

/// `{fs, time::Duration}` names `fs`; `time` is fine there, because `Duration` is a value.
fn first_names(tokens: TokenStream) -> Vec<Ident> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let first = index == 0
            || matches!(&tokens[index - 1], TokenTree::Punct(mark) if mark.as_char() == ',');
        if let (true, TokenTree::Ident(name)) = (first, token)
            && !is_value(tokens.get(index + 3))
        {
            found.push(name.clone());
        }
    }
    found
}

/// All tokens in order; a group is followed by what is in it.
fn flat(tokens: TokenStream) -> Vec<TokenTree> {
    let mut all = Vec::new();
    for token in tokens {
        all.push(token.clone());
        if let TokenTree::Group(group) = token {
            all.extend(flat(group.stream()));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(source: &str) -> Vec<String> {
        let tokens = source.parse().expect("the source parses");
        impure_names(tokens).iter().map(Ident::to_string).collect()
    }

    #[test]
    fn impure_modules_are_found_in_paths_and_in_lists() {
        assert_eq!(names("fn a() { std::time::SystemTime::now(); }"), ["time"]);
        assert_eq!(names("use std::{fmt, fs, time::Instant};"), ["fs", "time"]);
        assert_eq!(names("use std::time::{Duration, Instant};"), ["time"]);
    }

    #[test]
    fn pure_types_of_impure_modules_are_fine() {
        assert!(
            names("use std::net::IpAddr; use std::time::Duration; use std::collections::BTreeMap;")
                .is_empty()
        );
        assert!(
            names("use std::{fmt, time::Duration}; use std::net::{IpAddr, SocketAddr};").is_empty()
        );
    }
}
