//! `modelgate who-can`: which principals may do an action with a model.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use anyhow::{Result, anyhow, bail};
use clap::Args;
use compiler::analysis::access::Wanted;
use compiler::analysis::models::{Class, Declared};
use compiler::analysis::offers::offers;
use compiler::analysis::words;
use compiler::lower::Pattern;
use compiler::syntax::suggest;
use policies::action::Action;

use crate::access::Asked;
use crate::{Exit, Terminal};

/// Arguments of `who-can`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 somebody may, 1 nobody may, 2 cannot run, or the files have errors."
)]
pub struct Arguments {
    /// what is done: `predict`, `explain`, `metadata`, ...
    #[arg(value_name = "ACTION", value_parser = action)]
    action: Action,
    /// `NAME`, `NAMESPACE/NAME`, `@SERVICE` for a model server as a whole, or `BEGINNING*` as declared
    #[arg(value_name = "MODEL")]
    model: String,
    #[command(flatten)]
    rest: crate::access::Arguments,
}

/// Answers; nobody may: exit status 1.
///
/// # Errors
/// When files cannot be read, or nothing declares the model.
pub fn run(arguments: &Arguments, terminal: &mut Terminal<'_>) -> Result<Exit> {
    crate::access::is_no_file(&arguments.model, "MODEL")?;
    crate::access::run(&arguments.rest, terminal, true, |policy| {
        let declared = Declared::of(policy);
        let (namespace, model) = namespace(&declared, &arguments.model)?;
        let title = format!("who can {} {namespace}/{model}", arguments.action);
        // `predict` is an action of its own and a group; `read` a group alone
        let actions = match arguments.action {
            Action::Read => vec![Action::Metadata, Action::Health, Action::List],
            one => vec![one],
        };
        let vain = vain(&declared, (&namespace, &model), &actions);
        let wanted = Wanted {
            namespace: Some(namespace),
            model: Some(model),
            actions,
            who: Vec::new(),
            examples: arguments.rest.output.has_examples(),
        };
        Ok(Asked {
            title,
            wanted,
            vain,
        })
    })
}

/// Why nobody may: no request about the model does any of these.
fn vain(
    declared: &Declared,
    (namespace, model): (&str, &str),
    actions: &[Action],
) -> Option<String> {
    let asked = Pattern::named(namespace, model);
    let below = declared.patterns(namespace);
    let below = below.filter(|pattern| asked.covers(pattern));
    let names = below
        .map(|pattern| pattern.name.as_str())
        .chain([asked.name.as_str()]);
    let mut others = names.filter_map(|name| {
        let api = declared.kind(namespace, name)?.api;
        Some(offers(&Class::exactly(namespace, name), api))
    });
    let does =
        |offers: &BTreeMap<Action, _>| actions.iter().any(|action| offers.contains_key(action));
    if others.any(|offers| does(&offers)) {
        return None;
    }
    let api = declared.kind(namespace, &asked.name)?.api;
    let offers = offers(&Class::exactly(namespace, &asked.name), api);
    let offered: Vec<Action> = offers.keys().copied().collect();
    let of_server = if model.starts_with('@') {
        "the server"
    } else {
        "its models"
    };
    Some(format!(
        "no request of `{}` to {of_server} does that; they do `{}`",
        api.name(),
        words::actions(&offered, |action| offers.contains_key(&action)).join("`, `")
    ))
}

fn action(text: &str) -> Result<Action, String> {
    Action::from_str(text).map_err(|_| {
        let help = suggest::help(text, Action::ALL.map(Action::name), "there are");
        format!("there is no such action: {help}")
    })
}

/// The namespace and the name.
fn namespace(declared: &Declared, text: &str) -> Result<(String, String)> {
    let whole = text
        .split_once('/')
        .filter(|(namespace, _)| declared.namespaces().any(|known| known == *namespace));
    let places: Vec<(&str, &str)> = match whole {
        Some(place) => vec![place],
        None => declared
            .namespaces()
            .map(|namespace| (namespace, text))
            .collect(),
    };
    let there = |(namespace, name): &(&str, &str)| {
        let wanted = Pattern::named(namespace, name);
        let mut known = declared.patterns(namespace);
        !wanted.name.is_empty() && known.any(|known| known.covers(&wanted))
    };
    let found: Vec<(&str, &str)> = places.into_iter().filter(there).collect();
    match found.as_slice() {
        [(namespace, name)] => Ok(((*namespace).to_owned(), (*name).to_owned())),
        [] => Err(unknown(declared, text)),
        several => {
            let names: Vec<String> = several
                .iter()
                .map(|(namespace, _)| format!("{namespace}/{text}"))
                .collect();
            bail!(
                "several namespaces have `{text}`: write `{}`",
                names.join("` or `")
            )
        }
    }
}

fn unknown(declared: &Declared, text: &str) -> anyhow::Error {
    const MOST: usize = 20;
    let names = declared.namespaces().flat_map(|namespace| {
        let patterns = declared.patterns(namespace);
        patterns.map(ToString::to_string).collect::<Vec<_>>()
    });
    let names: BTreeSet<String> = names.collect();
    let shown: Vec<&str> = names.iter().take(MOST).map(String::as_str).collect();
    let more = if names.len() > MOST { ", ..." } else { "" };
    anyhow!(
        "no access file declares `{text}`; there are `{}`{more}",
        shown.join("`, `")
    )
}
