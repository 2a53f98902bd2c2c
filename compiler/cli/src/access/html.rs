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
         <span class=\"never\">&#10007;</span> granted, and all of that denied</p></header>\n<main>\n"
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
    let mut principals: BTreeMap<String, BTreeMap<Action, Rc<Cell>>> = BTreeMap::new();
    for row in rows {
        let cells = principals
            .entry(shown::principal(row.who.as_ref()))
            .or_default();
        let cell = Rc::new(Cell {
            outcome: row.outcome,
            title: title(row),
        });
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
        line(text, &who, &actions, &cells);
    }
    *text += "</tbody></table></section>\n";
}

/// What stands in a cell, and why.
struct Cell {
    outcome: Outcome,
    /// the rules that allow it, and those that deny it
    title: [Rc<str>; 2],
}

/// A row of a table. What several of its cells say is said once, by the row; a cell that says nothing has a title of its own, without
/// words.
fn line(
    text: &mut String,
    who: &str,
    actions: &BTreeSet<Action>,
    cells: &BTreeMap<Action, Rc<Cell>>,
) {
    let mut times: BTreeMap<&[Rc<str>; 2], usize> = BTreeMap::new();
    for cell in cells.values() {
        *times.entry(&cell.title).or_default() += 1;
    }
    let most = times.into_iter().max_by_key(|(_, times)| *times);
    let said = most.filter(|(_, times)| *times > 1).map(|(title, _)| title);
    let nothing = if said.is_some() { " title" } else { "" };
    *text += "<tr";
    if let Some(said) = said {
        titled(text, said);
    }
    *text += &format!("><th scope=\"row\"{nothing}>{}</th>", escaped(who));
    for action in actions {
        let Some(cell) = cells.get(action) else {
            *text += &format!("<td{nothing}></td>");
            continue;
        };
        let (class, sign) = match cell.outcome {
            Outcome::Always => ("always", "&#10003;"),
            Outcome::Sometimes => ("sometimes", "~"),
            Outcome::Never => ("never", "&#10007;"),
        };
        *text += &format!("<td class=\"{class}\"");
        if said != Some(&cell.title) {
            titled(text, &cell.title);
        }
        *text += &format!(">{sign}</td>");
    }
    *text += "</tr>\n";
}

fn titled(text: &mut String, [allowed, denied]: &[Rc<str>; 2]) {
    let between = if allowed.is_empty() || denied.is_empty() {
        ""
    } else {
        "\n"
    };
    for part in [" title=\"", allowed, between, denied, "\""] {
        text.push_str(part);
    }
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
