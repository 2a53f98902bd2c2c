//! No file above 400 lines, no function above 50.

use anyhow::Result;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::tree::Tree;

const FILE_LINES: usize = 400;
const FUNCTION_LINES: usize = 50;
const SOURCES: [&str; 7] = ["rs", "py", "sh", "js", "mjs", "ts", "go"];

/// Files and functions that are too long.
pub fn problems(tree: &Tree) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for file in SOURCES
        .iter()
        .flat_map(|extension| tree.with_extension(extension))
    {
        let lines = tree.text(file)?.lines().count();
        if lines > FILE_LINES {
            problems.push(format!(
                "{}: {lines} lines, more than {FILE_LINES}: split it where it does two things",
                file.display()
            ));
        }
    }
    for file in tree.with_extension("rs") {
        for function in long_functions(tree.tokens(file)?) {
            problems.push(format!(
                "{}:{}: function `{}` has {} lines, more than {FUNCTION_LINES}: name its steps",
                file.display(),
                function.line,
                function.name,
                function.lines
            ));
        }
    }
    Ok(problems)
}

struct Function {
    name: String,
    line: usize,
    lines: usize,
}

/// Functions at any depth: in modules, impls, other functions, and the arguments of macros.
fn long_functions(tokens: TokenStream) -> Vec<Function> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        if let TokenTree::Group(group) = token {
            found.extend(long_functions(group.stream()));
        }
        if let (true, Some(TokenTree::Ident(name))) = (is_fn(token), tokens.get(index + 1))
            && let Some(body) = tokens
                .iter()
                .skip(index + 2)
                .map_while(before_semicolon)
                .find_map(body)
        {
            let line = token.span().start().line;
            let lines = body.span_close().end().line - line + 1;
            if lines > FUNCTION_LINES {
                found.push(Function {
                    name: name.to_string(),
                    line,
                    lines,
                });
            }
        }
    }
    found
}

fn is_fn(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Ident(word) if word == "fn")
}

fn before_semicolon(token: &TokenTree) -> Option<&TokenTree> {
    (!matches!(token, TokenTree::Punct(mark) if mark.as_char() == ';')).then_some(token)
}

fn body(token: &TokenTree) -> Option<&Group> {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(source: &str) -> Vec<String> {
        let tokens = source.parse().expect("the source parses");
        long_functions(tokens)
            .into_iter()
            .map(|function| function.name)
            .collect()
    }

    #[test]
    fn a_function_of_fifty_lines_is_fine_and_one_more_is_not() {
        let fifty = format!("fn exact() {{\n{}}}", "x();\n".repeat(48));
        let more = format!("fn long() {{\n{}}}", "x();\n".repeat(49));
        assert_eq!(names(&format!("{fifty}\n{more}")), ["long"]);
    }

    #[test]
    fn a_method_is_found_and_a_declaration_or_a_pointer_type_is_not() {
        let rest = "x();\n".repeat(60);
        assert_eq!(
            names(&format!(
                "impl A {{ fn b(c: fn(u8)) -> u8 where A: B {{\n{rest}}} }}"
            )),
            ["b"]
        );
        assert!(
            names(&format!(
                "trait A {{ fn b(); }} struct C {{\n{}}}",
                "d: fn(u8),\n".repeat(60)
            ))
            .is_empty()
        );
    }
}
