//! `modelgate what-can`: what a user, group or service account may do.

use anyhow::Result;
use clap::Args;
use compiler::analysis::access::Wanted;
use compiler::analysis::words;
use compiler::policy::{Policy, Term};
use compiler::syntax::suggest;

use crate::access::{Asked, principal};
use crate::{Exit, Terminal};

/// Arguments of `what-can`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 something is allowed, 1 nothing is, 2 cannot run, or the files have errors."
)]
pub struct Arguments {
    /// `user:NAME`, `group:NAME` or `sa:NAMESPACE/NAME`; a plain name is the default issuer's, `ISSUER/NAME` another's
    #[arg(value_name = "WHO")]
    who: String,
    /// a group that it is also in; once for each
    #[arg(long = "group", value_name = "NAME")]
    groups: Vec<String>,
    #[command(flatten)]
    rest: crate::access::Arguments,
}

/// Answers; nothing: exit status 1.
///
/// # Errors
/// When files cannot be read, or the name could be several's.
pub fn run(arguments: &Arguments, terminal: &mut Terminal<'_>) -> Result<Exit> {
    crate::access::is_no_file(&arguments.who, "WHO")?;
    crate::access::run(&arguments.rest, terminal, true, |policy| {
        let gate = &policy.gate;
        let mut who = vec![principal(&arguments.who, gate)?];
        for group in &arguments.groups {
            who.push(principal(&format!("group:{group}"), gate)?);
        }
        let names: Vec<String> = who.iter().map(words::principal).collect();
        let title = format!("what can {}", names.join(" in "));
        let vain = who.iter().find_map(|who| misspelt(policy, who));
        let wanted = Wanted {
            who,
            examples: arguments.rest.output.has_examples(),
            ..Wanted::default()
        };
        Ok(Asked {
            title,
            wanted,
            vain,
        })
    })
}

/// That no rule names this user or group, and which one of nearly this name a rule does name.
fn misspelt(policy: &Policy, who: &Term) -> Option<String> {
    let (Term::User(id) | Term::Group(id)) = who else {
        return None;
    };
    let (owner, name) = id.split_once('/')?;
    let rules = policy.files.iter().flat_map(|file| &file.rules);
    let named = rules.flat_map(|rule| rule.who.iter().chain(rule.all.iter().flatten()));
    let mut names = Vec::new();
    for term in named {
        let known = match (term, who) {
            (Term::User(known), Term::User(_)) | (Term::Group(known), Term::Group(_)) => known,
            _ => continue,
        };
        match known.split_once('/') {
            Some((of, known)) if of == owner => names.push(known),
            _ => {}
        }
    }
    if names.contains(&name) {
        return None;
    }
    let meant = suggest::nearest_of_all(name, names)?;
    let kind = match who {
        Term::User(_) => "user",
        _ => "group",
    };
    Some(format!(
        "no rule names it; did you mean `{kind}:{owner}/{meant}`?"
    ))
}
