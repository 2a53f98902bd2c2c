//! The pure crates name no clock, file, network, process, thread or environment of the standard library.
//!
//! Clippy refuses the calls that the crates' `clippy.toml` list; this rule refuses the modules they live in, so that no
//! function is forgotten. It also keeps two things in one file each: host calls and cedar-policy.

use std::path::Path;

use anyhow::Result;
use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};

use super::tree::Tree;

const PURE: [&str; 2] = ["policies/src", "compiler/src"];
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
        problems.extend(confined(
            tree,
            file,
            "filter/src",
            "hostcalls",
            "filter/src/host",
        )?);
        problems.extend(confined(
            tree,
            file,
            "compiler/src",
            "cedar_policy",
            "compiler/src/cedar",
        )?);
    }
    Ok(problems)
}

fn confined(
    tree: &Tree,
    file: &Path,
    folder: &str,
    word: &str,
    home: &str,
) -> Result<Option<String>> {
    let at_home = file.starts_with(home) || file == Path::new(&format!("{home}.rs"));
    if at_home || !file.starts_with(folder) || !tree.text(file)?.contains(word) {
        return Ok(None);
    }
    let used = flat(tree.tokens(file)?)
        .into_iter()
        .any(|token| matches!(token, TokenTree::Ident(found) if found == word));
    Ok(used.then(|| {
        format!(
            "{}: `{word}` is used outside `{home}.rs`: move the call there",
            file.display()
        )
    }))
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
