//! Who may do what, written for people, for programs, for spreadsheets and as a page.

mod csv;
mod html;
mod lists;
mod unknown;

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use clap::{Args, ValueEnum};
use compiler::analysis::access::{self, Questions, Search, Wanted};
use compiler::analysis::offers::offers;
use compiler::analysis::{Access, Outcome, Side, words};
use compiler::policy::{Gate, Policy, Term};
use compiler::source::Source;
use compiler::syntax::suggest;
use policies::time::UnixTime;
use serde_json::{Value, json};

use crate::both::both;
use crate::paper::{Paper, Style};
use crate::project::{Paths, Project};
use crate::shown::{self, printable};
use crate::{Exit, Terminal, sides, time};
use unknown::is_to_the_letter;

/// How answers about access are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// for people
    Text,
    /// for programs
    Json,
    /// a line for each principal, model and action, for spreadsheets (RFC 4180)
    Csv,
    /// one page that needs nothing else
    Html,
}

impl Format {
    /// Whether requests are shown for each answer: for programs only.
    #[must_use]
    pub fn has_examples(self) -> bool {
        matches!(self, Self::Json)
    }
}

/// The part of the arguments that all of them have.
#[derive(Debug, Args)]
#[group(skip)]
pub struct Arguments {
    #[command(flatten)]
    pub paths: Paths,
    /// How to write the answer
    #[arg(short, long, value_enum, default_value = "text", value_name = "FORMAT")]
    pub output: Format,
    /// When, in Unix seconds or RFC 3339: what has ended by then counts no more; the clock's time unless given
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    pub at: Option<UnixTime>,
}

/// Namespaces that are asked about and written together.
const AT_ONCE: usize = 8;

/// What was found, and what it is about.
pub struct Answer<'a> {
    /// the policy
    pub side: &'a Side<'a>,
    /// its files
    pub sources: &'a [Source],
    /// the question, as a heading
    pub title: String,
    /// sorted
    pub rows: Vec<Access>,
    /// whether the rules are told one by one
    pub rules: bool,
    /// whether the question names the one action
    pub of_one_action: bool,
    /// why nobody may, where no request is like that
    pub vain: Option<String>,
}

/// What is asked.
pub struct Asked {
    /// as a heading
    pub title: String,
    /// the namespaces that it is about
    pub wanted: Wanted,
    /// why nobody may, where no request is like that
    pub vain: Option<String>,
}

/// A file stands where a name is due: who leaves the name out hears of that, and not of files that are missing.
///
/// # Errors
/// Where it is the path of something that is there.
pub fn is_no_file(name: &str, due: &str) -> Result<()> {
    let path = Path::new(name);
    // a folder can be called like a model
    let is_file = path
        .extension()
        .is_some_and(|end| end == "yaml" || end == "yml");
    let is_folder = name == "." || name.ends_with('/');
    if (is_file || is_folder) && path.exists() {
        bail!(
            "{due} is missing: `{}` is the path of files, which stand behind it",
            printable(name)
        );
    }
    Ok(())
}

/// Reads the files, answers, and writes the answer: exit status 0 where somebody may do something, 1 where nobody may.
///
/// # Errors
/// When files cannot be read, or the question names what is not there.
pub fn run(
    arguments: &Arguments,
    terminal: &mut Terminal<'_>,
    rules: bool,
    ask: impl FnOnce(&Policy) -> Result<Asked>,
) -> Result<Exit> {
    let Some((sources, loaded)) = Project::loaded(&arguments.paths.paths, terminal)? else {
        return Ok(Exit::CannotRun);
    };
    let Asked {
        title,
        wanted,
        vain,
    } = ask(&loaded.policy)?;
    let namespace = wanted.namespace.as_deref();
    let asked = namespace.map(|namespace| BTreeSet::from([namespace]));
    let policy = sides::part(&loaded.policy, asked.as_ref());
    terminal.progress_of("asks", sources.len());
    let at = arguments.at.unwrap_or_else(time::now);
    let Some(side) = sides::side(&policy, &sources, at, terminal) else {
        return Ok(Exit::CannotRun);
    };
    if !sides::is_right_elsewhere(&loaded.policy, asked.as_ref(), &sources, terminal) {
        return Ok(Exit::CannotRun);
    }
    is_to_the_letter(&side, &wanted)?;
    let namespaces = access::namespaces(&side, &wanted);
    let answer = Answer {
        side: &side,
        sources: &sources,
        title,
        rows: Vec::new(),
        rules,
        of_one_action: wanted.actions.len() == 1,
        vain,
    };
    told(answer, (&wanted, &namespaces), arguments.output, terminal)
}

/// Asks and writes. Lines and pages are written a few namespaces at a time, half of them by
/// each processor, so that no more than these are held.
fn told(
    answer: Answer<'_>,
    (wanted, namespaces): (&Wanted, &[&str]),
    format: Format,
    terminal: &mut Terminal<'_>,
) -> Result<Exit> {
    let questions = Questions::of(answer.side, wanted);
    let mut searches = [questions.search(), questions.search()];
    let write = match format {
        Format::Csv => csv::lines,
        Format::Html => html::sections,
        Format::Text | Format::Json => {
            let rows = asked(&mut searches, namespaces, |rows| rows)?;
            if sides::is_given_up(answer.side, answer.sources, terminal) {
                return Ok(Exit::CannotRun);
            }
            let answer = Answer {
                rows: rows.into_iter().flatten().collect(),
                ..answer
            };
            let text = match format {
                Format::Json => shown::document(&json(&answer)),
                _ => text(&answer, terminal.paper()),
            };
            terminal.print(&text)?;
            return Ok(exit(is_open(&answer.rows)));
        }
    };
    let (head, end) = match format {
        Format::Html => (html::head(&answer.title), html::end()),
        _ => (csv::head(), String::new()),
    };
    let why = answer.vain.iter();
    why.for_each(|why| terminal.say(&format!("{why}\n")));
    terminal.hand_over(&head)?;
    let mut open = false;
    for namespaces in namespaces.chunks(AT_ONCE) {
        let part = |rows: Vec<Access>| (is_open(&rows), write(&answer, &rows));
        let parts = asked(&mut searches, namespaces, part)?;
        if sides::is_given_up(answer.side, answer.sources, terminal) {
            return Ok(Exit::CannotRun);
        }
        for (is_open, text) in parts {
            open |= is_open;
            terminal.hand_over(&text)?;
        }
    }
    terminal.hand_over(&end)?;
    Ok(exit(open))
}

/// Whether somebody may do something.
const fn exit(open: bool) -> Exit {
    if open { Exit::Clean } else { Exit::Problems }
}

/// What is made of the answers about the first half of the namespaces, and about the others.
fn asked<T: Send>(
    [one, other]: &mut [Search<'_>; 2],
    namespaces: &[&str],
    made: impl Fn(Vec<Access>) -> T + Sync,
) -> Result<[T; 2]> {
    let (first, then) = namespaces.split_at(namespaces.len().div_ceil(2));
    let (then, first) = both(|| made(other.within(then)), || made(one.within(first)))?;
    Ok([first, then])
}

fn is_open(rows: &[Access]) -> bool {
    rows.iter().any(|row| row.outcome != Outcome::Never)
}

/// `user:NAME`, `group:NAME` or `sa:NAME`, at the default issuer unless it says another one.
///
/// # Errors
/// When it is none of these.
pub fn principal(text: &str, gate: &Gate) -> Result<Term> {
    let Some((kind, name)) = text.split_once(':') else {
        bail!(
            "`{text}` does not say what it is: write `user:{text}`, `group:{text}` or `sa:{text}`"
        )
    };
    if name.is_empty() || name.starts_with('/') || name.ends_with('/') {
        bail!("`{text}` names nobody: write `{kind}:NAME` or `{kind}:ISSUER/NAME`");
    }
    let full = |name: &str| -> Result<String> {
        if let Some((owner, _)) = name.split_once('/') {
            known(owner, gate).with_context(|| format!("`{text}` names no caller"))?;
            return Ok(name.to_owned());
        }
        let default = gate
            .default_issuer
            .and_then(|position| gate.issuers.get(position));
        let default = default
            .or_else(|| gate.issuers.first().filter(|_| gate.issuers.len() == 1))
            .ok_or_else(|| {
                anyhow!("`{name}` could be of several issuers: write `ISSUER/{name}`")
            })?;
        Ok(format!("{}/{name}", default.name))
    };
    Ok(match kind {
        "user" => Term::User(full(name)?),
        "group" => Term::Group(full(name)?),
        "sa" if name.contains('/') => Term::ServiceAccount(name.to_owned()),
        "sa" => bail!(
            "`{name}` is no service account: write `sa:NAMESPACE/{name}` or `sa:ISSUER/{name}`"
        ),
        _ => {
            bail!("`{kind}` is no kind of caller: write `user:`, `group:` or `sa:` before the name")
        }
    })
}

/// Whether a gate has such an issuer; where it has none, what could have been meant.
fn known(owner: &str, gate: &Gate) -> Result<()> {
    let names: Vec<&str> = gate.issuers.iter().map(|it| it.name.as_str()).collect();
    if names.contains(&owner) {
        return Ok(());
    }
    let meant = suggest::nearest(owner, names.iter().copied());
    let meant = meant.map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
    bail!(
        "`{owner}` is no issuer of the gate, which has {}{meant}",
        suggest::list(names)
    )
}

const fn word(outcome: Outcome) -> (&'static str, Style) {
    match outcome {
        Outcome::Always => ("always", Style::Good),
        Outcome::Sometimes => ("sometimes", Style::Mixed),
        Outcome::Never => ("never", Style::Bad),
    }
}

fn text(answer: &Answer<'_>, paper: Paper) -> String {
    let mut text = format!("{}\n", paper.styled(&answer.title, Style::Bold));
    if answer.rows.is_empty() {
        let why = answer.vain.as_deref().unwrap_or("no rule grants it");
        return text + &paper.wrapped("  ", &format!("nobody: {why}"));
    }
    let mut model = None;
    for row in &answer.rows {
        if model != Some(&row.class) {
            model = Some(&row.class);
            let heading = format!("{} ({})", shown::model(&row.class), kind(row));
            text += &format!("\n{}\n", paper.styled(&heading, Style::Bold));
        }
        text += &row_text(answer, row, paper);
    }
    text
}

/// The protocol of a row's model, and what is special about it.
fn kind(row: &Access) -> String {
    let server = row.class.pattern.name.starts_with('@');
    let of_server = if server { ", the server itself" } else { "" };
    let public = if row.kind.public { ", public" } else { "" };
    format!("{}{of_server}{public}", row.kind.api.name())
}

fn row_text(answer: &Answer<'_>, row: &Access, paper: Paper) -> String {
    let (outcome, style) = word(row.outcome);
    let who = shown::principal(row.who.as_ref());
    let line = match answer.of_one_action {
        true => who,
        false => {
            let offers = offers(&row.class, row.kind.api);
            let actions = words::actions(&row.actions, |action| offers.contains_key(&action));
            format!("{who}: {}", actions.join(", "))
        }
    };
    let line = paper.wrapped("             ", &line);
    let outcome = format!(
        "  {}{}",
        paper.styled(outcome, style),
        " ".repeat(11 - outcome.len())
    );
    let mut text = outcome + line.get(13..).unwrap_or_default();
    if !answer.rules {
        return text;
    }
    for position in &row.grants {
        let rule = shown::rule(answer.side, *position, answer.sources);
        let condition = answer.side.shown(*position).condition;
        let condition = condition.map_or_else(String::new, |text| format!(" when {text}"));
        // a workload of the mesh may come without one
        let gate = &answer.side.policy.gate;
        let workload = row.who.as_ref().is_some_and(|who| gate.is_workload(who));
        let for_everyone = answer.side.who(*position).is_none();
        let token = if workload && for_everyone {
            " with a token"
        } else {
            ""
        };
        text += &paper.wrapped("             by ", &format!("{rule}{token}{condition}"));
    }
    for position in &row.taken {
        let rule = shown::rule(answer.side, *position, answer.sources);
        let whom = shown::who(answer.side, *position);
        let condition = answer.side.shown(*position).condition;
        let condition = condition.map_or_else(String::new, |text| format!(" when {text}"));
        let line = format!("{rule} denies it to {whom}{condition}");
        text += &paper.wrapped("             but ", &line);
    }
    text
}

fn json(answer: &Answer<'_>) -> Value {
    let rules = |positions: &[usize]| -> Vec<Value> {
        positions
            .iter()
            .map(|position| shown::rule_json(answer.side, *position, answer.sources))
            .collect()
    };
    let row = |row: &Access| {
        json!({
            "who": shown::principal_json(row.who.as_ref()),
            "model": {
                "namespace": row.class.pattern.namespace,
                "name": row.class.pattern.entry_name(),
                "api": row.kind.api.name(),
                "public": row.kind.public,
            },
            "actions": row.actions.iter().map(|action| action.name()).collect::<Vec<_>>(),
            "outcome": word(row.outcome).0,
            "allowedBy": rules(&row.grants),
            "deniedBy": rules(&row.taken),
            "allowedExample": row.allowed.as_deref().map(shown::example_json),
            "refusedExample": row.refused.as_deref().map(shown::example_json),
        })
    };
    let rows: Vec<Value> = answer.rows.iter().map(row).collect();
    json!({ "apiVersion": shown::VERSION, "kind": "Access", "question": answer.title, "access": rows })
}
