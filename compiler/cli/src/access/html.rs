//! Access as one page that needs nothing else: a table for each model, a row for each principal, a column for each action.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use compiler::analysis::models::Class;
use compiler::analysis::{Access, Outcome};
use policies::action::Action;

use super::Answer;
use super::lists::Lists;
use crate::shown;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page as far as its first table.
pub fn head(title: &str) -> String {
    let title = escaped(title);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n<header><h1>{title}</h1>\n\
         <label>Filter <input id=\"filter\" type=\"search\" placeholder=\"principal or model\"></label>\n\
         <p class=\"legend\"><span class=\"always\">&#10003;</span> always \
         <span class=\"sometimes\">~</span> sometimes: a condition, or a deny for some \
         <span class=\"never\">&#10007;</span> granted, and denied always</p></header>\n<main>\n"
    )
}

/// The rest of the page behind its last table.
pub fn end() -> String {
    format!("</main>\n<script>\n{SCRIPT}</script>\n</html>\n")
}

/// A table for each model of some rows.
pub fn sections(answer: &Answer<'_>, rows: &[Access]) -> String {
    let mut models: BTreeMap<&Class, Vec<&Access>> = BTreeMap::new();
    for row in rows {
        models.entry(&row.class).or_default().push(row);
    }
    let told = |word: &'static str| {
        move |position| {
            let rule = shown::rule(answer.side, position, answer.sources);
            let condition = answer.side.shown(position).condition;
            let condition = condition.map_or_else(String::new, |text| format!(" when {text}"));
            format!("{word} {rule}{condition}")
        }
    };
    let mut allowed = Lists::new("\n", told("allowed by"), |list| escaped(&list));
    let mut denied = Lists::new("\n", told("denied by"), |list| escaped(&list));
    let mut title = |row: &Access| [allowed.of(&row.grants), denied.of(&row.taken)];
    let mut text = String::new();
    for (class, rows) in models {
        section(&mut text, class, &rows, &mut title);
    }
    text
}

fn section(
    text: &mut String,
    class: &Class,
    rows: &[&Access],
    title: &mut impl FnMut(&Access) -> [Rc<str>; 2],
) {
    let actions: BTreeSet<Action> = rows
        .iter()
        .flat_map(|row| row.actions.iter().copied())
        .collect();
    let mut principals: BTreeMap<String, BTreeMap<Action, Rc<str>>> = BTreeMap::new();
    for row in rows {
        let cells = principals
            .entry(shown::principal(row.who.as_ref()))
            .or_default();
        let cell: Rc<str> = cell(row.outcome, &title(row)).into();
        cells.extend(row.actions.iter().map(|action| (*action, Rc::clone(&cell))));
    }
    let head: String = actions
        .iter()
        .map(|action| format!("<th scope=\"col\"><span>{action}</span></th>"))
        .collect();
    let kind = rows.first().map(|row| super::kind(row)).unwrap_or_default();
    *text += &format!(
        "<section><h2>{} <small>{kind}</small></h2>\n<table><thead><tr><td></td>{head}</tr></thead>\n<tbody>\n",
        escaped(&shown::model(class))
    );
    for (who, cells) in principals {
        *text += &format!("<tr><th scope=\"row\">{}</th>", escaped(&who));
        for action in &actions {
            *text += cells.get(action).map_or("<td></td>", |cell| cell);
        }
        *text += "</tr>\n";
    }
    *text += "</tbody></table></section>\n";
}

/// The same for each action of the row.
fn cell(outcome: Outcome, title: &[Rc<str>; 2]) -> String {
    let (class, sign) = match outcome {
        Outcome::Always => ("always", "&#10003;"),
        Outcome::Sometimes => ("sometimes", "~"),
        Outcome::Never => ("never", "&#10007;"),
    };
    let [allowed, denied] = title;
    let between = if allowed.is_empty() || denied.is_empty() {
        ""
    } else {
        "\n"
    };
    format!("<td class=\"{class}\" title=\"{allowed}{between}{denied}\">{sign}</td>")
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
