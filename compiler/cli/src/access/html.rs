//! Access as one page that needs nothing else: a table for each model, a row for each principal, a column for each action.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use compiler::analysis::models::Class;
use compiler::analysis::{Access, Outcome};
use policies::action::Action;

use super::{Answer, few};
use crate::shown;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page.
pub fn write(answer: &Answer<'_>) -> String {
    let mut models: BTreeMap<&Class, Vec<&Access>> = BTreeMap::new();
    for row in &answer.rows {
        models.entry(&row.class).or_default().push(row);
    }
    let sections: String = models
        .iter()
        .map(|(class, rows)| section(answer, class, rows))
        .collect();
    let title = escaped(&answer.title);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n<header><h1>{title}</h1>\n\
         <label>Filter <input id=\"filter\" type=\"search\" placeholder=\"principal or model\"></label>\n\
         <p class=\"legend\"><span class=\"always\">&#10003;</span> always \
         <span class=\"sometimes\">~</span> sometimes: a condition, or a deny for some \
         <span class=\"never\">&#10007;</span> granted, and denied always</p></header>\n\
         <main>\n{sections}</main>\n<script>\n{SCRIPT}</script>\n</html>\n"
    )
}

fn section(answer: &Answer<'_>, class: &Class, rows: &[&Access]) -> String {
    let actions: BTreeSet<Action> = rows
        .iter()
        .flat_map(|row| row.actions.iter().copied())
        .collect();
    let mut principals: BTreeMap<String, BTreeMap<Action, Rc<str>>> = BTreeMap::new();
    for row in rows {
        let cells = principals
            .entry(shown::principal(row.who.as_ref()))
            .or_default();
        let cell: Rc<str> = cell(answer, row).into();
        cells.extend(row.actions.iter().map(|action| (*action, Rc::clone(&cell))));
    }
    let head: String = actions
        .iter()
        .map(|action| format!("<th scope=\"col\"><span>{action}</span></th>"))
        .collect();
    let body: String = principals
        .iter()
        .map(|(who, cells)| {
            let cells: String = actions
                .iter()
                .map(|action| cells.get(action).map_or("<td></td>", |cell| &**cell))
                .collect();
            format!("<tr><th scope=\"row\">{}</th>{cells}</tr>\n", escaped(who))
        })
        .collect();
    let kind = rows.first().map(|row| super::kind(row)).unwrap_or_default();
    format!(
        "<section><h2>{} <small>{kind}</small></h2>\n<table><thead><tr><td></td>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></section>\n",
        escaped(&shown::model(class))
    )
}

/// The same for each action of the row.
fn cell(answer: &Answer<'_>, row: &Access) -> String {
    let (class, sign) = match row.outcome {
        Outcome::Always => ("always", "&#10003;"),
        Outcome::Sometimes => ("sometimes", "~"),
        Outcome::Never => ("never", "&#10007;"),
    };
    let told = |word: &str, positions: &[usize]| -> Vec<String> {
        let rule = |position: &usize| {
            let rule = shown::rule(answer.side, *position, answer.sources);
            let condition = answer.side.shown(*position).condition;
            let condition = condition.map_or_else(String::new, |text| format!(" when {text}"));
            format!("{word} {rule}{condition}")
        };
        few(positions.iter().map(rule))
    };
    let title = [
        told("allowed by", &row.grants),
        told("denied by", &row.taken),
    ]
    .concat();
    format!(
        "<td class=\"{class}\" title=\"{}\">{sign}</td>",
        escaped(&title.join("\n"))
    )
}

/// Nothing that a file says becomes markup.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
