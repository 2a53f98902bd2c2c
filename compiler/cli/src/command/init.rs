//! `modelgate init`: a first access file and its tests, which pass at once.

mod source;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use compiler::output::Options;
use compiler::source::Source;
use compiler::starter::found::Found;
use compiler::starter::{self, Model, Wish};
use compiler::syntax::{self, suggest};
use policies::bundle::Api;
use serde_json::json;

use crate::command::schema;
use crate::made::Origin;
use crate::own::Own;
use crate::shown::VERSION;
use crate::terminal::Format;
use crate::{Exit, Terminal, files, time};

/// Arguments of `init`.
#[derive(Debug, Args)]
#[command(
    after_help = "On a terminal it asks for what is not given. Nothing is ever overwritten.\n\nExit status: 0 written, 1 the files would \
                  have errors, 2 cannot run."
)]
pub struct Arguments {
    /// folder for the files
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Kubernetes namespace of the team
    #[arg(short, long, value_name = "NAME")]
    namespace: Option<String>,
    /// A model and the protocol of its server, such as `churn:open-inference`
    #[arg(short, long, value_name = "NAME:API", value_parser = model)]
    model: Vec<Model>,
    /// A group that may use the models
    #[arg(long, value_name = "NAME")]
    group: Vec<String>,
    /// A user who may use the models
    #[arg(long, value_name = "NAME")]
    user: Vec<String>,
    /// The administrator's file; without it one is written to begin with
    #[arg(long, value_name = "PATH")]
    gate: Option<PathBuf>,
    /// Take the models from manifests of Seldon, KServe and BentoML in this folder
    #[arg(long, value_name = "PATH")]
    from: Option<PathBuf>,
    /// Take the models from the list of a running server
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// How to write what was written
    #[arg(short, long, value_enum, default_value = "text", value_name = "FORMAT")]
    output: Format,
}

/// Which host leads to a model, if one does.
type Hosts = Box<dyn Fn(&Model) -> Option<String>>;

fn model(text: &str) -> Result<Model, String> {
    let names = || Api::ALL.map(Api::name).join(", ");
    let (name, api) = text
        .rsplit_once(':')
        .ok_or_else(|| format!("write `{text}:API`; API is one of {}", names()))?;
    Ok(Model {
        name: starter::model_name(name)?,
        api: starter::protocol(api)?,
    })
}

/// Writes the files, when they pass.
///
/// # Errors
/// When something is missing, or a file is there already.
pub fn run(arguments: &Arguments, terminal: &mut Terminal<'_>) -> Result<Exit> {
    let mut wish = wish(arguments, terminal)?;
    let modeline = |kind: &str| format!("# yaml-language-server: $schema=.schemas/{kind}.json\n");
    let mut sources = Vec::new();
    let mut texts = vec![("access.yaml", starter::access(&wish, &modeline))];
    let host: Hosts = match &arguments.gate {
        Some(path) => {
            sources = Own::read(std::slice::from_ref(path), terminal.input())?.told(terminal);
            let read = syntax::read(&sources);
            let gate = read.gates.into_iter().next();
            let gate = gate.with_context(|| {
                terminal.show(&read.diagnostics, &sources);
                format!("no `ModelGate` in `{}`", path.display())
            })?;
            let issuers = gate.issuers.iter().map(|issuer| issuer.name.value.clone());
            wish.issuers = issuers.collect();
            let namespace = wish.namespace.clone();
            let lost = |model: &&Model| starter::host_in(&gate, &namespace, model).is_none();
            if let Some(model) = wish.models.iter().find(lost) {
                bail!("{}", starter::no_host(&gate, &namespace, model));
            }
            Box::new(move |model| starter::host_in(&gate, &namespace, model))
        }
        None => {
            texts.push(("gate.yaml", starter::gate(&wish, &modeline)));
            wish.issuers = vec![starter::OWN_ISSUER.to_owned()];
            let namespace = wish.namespace.clone();
            Box::new(move |model| Some(starter::own_host(&namespace, model)))
        }
    };
    texts.push(("tests.yaml", starter::tests(&wish, &*host, &modeline)));
    let new = texts.iter().map(|(name, text)| Source {
        name: arguments.folder.join(name).display().to_string(),
        bytes: text.clone().into_bytes(),
    });
    let first = sources.len();
    sources.extend(new);
    if !passes(arguments, &sources, first, terminal)? {
        terminal.say("nothing was written\n");
        return Ok(Exit::Problems);
    }
    let written = write(&arguments.folder, &texts)?;
    terminal.print(&answer(&written, &next(arguments, &wish), arguments.output))?;
    Ok(Exit::Clean)
}

fn answer(written: &[String], next: &[String; 2], format: Format) -> String {
    match format {
        Format::Text => {
            let wrote = written.iter().map(|file| format!("wrote {file}\n"));
            let wrote: String = wrote.collect();
            format!("{wrote}next: {}\n      {}\n", next[0], next[1])
        }
        Format::Json => {
            let answer =
                json!({ "apiVersion": VERSION, "kind": "Init", "files": written, "next": next });
            format!("{answer:#}\n")
        }
    }
}

/// What to type now.
fn next(arguments: &Arguments, wish: &Wish) -> [String; 2] {
    let gate = arguments.gate.as_ref();
    let word = |path: &Path| format!(" {}", shell(&path.display().to_string()));
    let files = gate.map_or_else(String::new, |gate| word(gate)) + &word(&arguments.folder);
    let first = wish.models.first();
    let model = first.map_or_else(String::new, |model| {
        format!(" {}", shell(&format!("{}/{}", wish.namespace, model.name)))
    });
    [
        format!("modelgate test{files}"),
        format!("modelgate who-can predict{model}{files}"),
    ]
}

/// A word as a shell takes it, in quotes where it must be.
pub fn shell(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./,:@+=%".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

fn wish(arguments: &Arguments, terminal: &mut Terminal<'_>) -> Result<Wish> {
    let found: Vec<Found> = source::models(
        arguments.from.as_deref(),
        arguments.server.as_deref(),
        terminal,
    )?;
    let mut wish = Wish {
        groups: arguments.group.clone(),
        users: arguments.user.clone(),
        ..Wish::default()
    };
    let named = found.iter().find_map(|found| found.namespace.clone());
    wish.namespace = match arguments.namespace.clone().or(named) {
        Some(namespace) => namespace,
        None => terminal.ask(
            "the team's namespace",
            "--namespace NAME",
            starter::namespace,
        )?,
    };
    let namespaces: BTreeSet<String> = found
        .iter()
        .filter_map(|found| found.namespace.clone())
        .collect();
    let mut models = within(found, &wish.namespace, terminal);
    models.extend(arguments.model.iter().cloned());
    if models.is_empty() && !namespaces.is_empty() {
        let names = suggest::list(namespaces.iter().map(String::as_str));
        bail!(
            "no model is left: they are of the namespaces {names}; write one of these as `--namespace`, or a model as `--model NAME:API`"
        );
    }
    if models.is_empty() {
        let what = "a model and its protocol, such as `churn:open-inference`";
        models.push(terminal.ask(what, "--model NAME:API", model)?);
    }
    for model in models {
        if !wish.models.contains(&model) {
            wish.models.push(model);
        }
    }
    if wish.groups.is_empty() && wish.users.is_empty() {
        let option = "--group NAME or --user NAME";
        let group = terminal.ask("a group that may use it", option, starter::group)?;
        wish.groups.push(group);
    }
    Ok(wish)
}

/// The models of the namespace, or of none; the others are told.
fn within(found: Vec<Found>, own: &str, terminal: &mut Terminal<'_>) -> Vec<Model> {
    let same = |found: &Found| {
        let namespace = found.namespace.as_deref();
        namespace.is_none_or(|name| name == own)
    };
    let (found, others): (Vec<Found>, Vec<Found>) = found.into_iter().partition(same);
    for found in others {
        let namespace = found.namespace.unwrap_or_default();
        let name = found.model.name;
        terminal.say(&format!("left out: `{name}` of namespace `{namespace}`\n"));
    }
    found.into_iter().map(|found| found.model).collect()
}

/// What the options say, as they are written.
fn options(arguments: &Arguments) -> Vec<(String, &str)> {
    let Arguments {
        namespace,
        model,
        group,
        user,
        ..
    } = arguments;
    let namespaces = namespace.iter().map(|name| ("namespace", name));
    let models = model.iter().map(|model| ("model", &model.name));
    let groups = group.iter().map(|name| ("group", name));
    let users = user.iter().map(|name| ("user", name));
    let all = namespaces.chain(models).chain(groups).chain(users);
    all.map(|(option, value)| (format!("--{option} {}", shell(value)), value.as_str()))
        .collect()
}

/// Whether what would be written is accepted, and its tests pass. The sources before the `first` are there.
fn passes(
    arguments: &Arguments,
    sources: &[Source],
    first: usize,
    terminal: &mut Terminal<'_>,
) -> Result<bool> {
    let origin = Origin {
        options: options(arguments),
        sources: &[],
    };
    let (loaded, found) = compiler::load(sources);
    let Some(loaded) = loaded else {
        origin.show(found, sources, first, terminal);
        return Ok(false);
    };
    terminal.show(&found, sources);
    let output = match compiler::output::compile(&loaded.policy, &Options::at(time::now())) {
        Ok(output) => output,
        Err(problems) => {
            origin.show(problems, sources, first, terminal);
            return Ok(false);
        }
    };
    let outcomes = super::test::outcomes(&crate::project::Compiled { loaded, output })?;
    let failed: Vec<_> = outcomes
        .iter()
        .filter(|outcome| outcome.failure.is_some())
        .collect();
    for outcome in &failed {
        terminal.say(&format!("the test `{}` would fail\n", outcome.name));
    }
    Ok(failed.is_empty())
}

/// Writes all or, where one is there, none; their paths.
fn write(folder: &Path, texts: &[(&str, String)]) -> Result<Vec<String>> {
    let mut new: Vec<(PathBuf, String)> = [
        ("access", schema::Kind::Access),
        ("gate", schema::Kind::Gate),
        ("test", schema::Kind::Test),
    ]
    .into_iter()
    .map(|(name, kind)| {
        let path = folder.join(".schemas").join(format!("{name}.json"));
        (path, schema::text(kind))
    })
    .filter(|(path, _)| path.symlink_metadata().is_err())
    .collect();
    let texts = texts.iter();
    let texts: Vec<(PathBuf, String)> = texts
        .map(|(name, text)| (folder.join(name), text.clone()))
        .collect();
    let shown = texts.iter().map(|(path, _)| path.display().to_string());
    let shown = shown.collect();
    new.extend(texts);
    files::create(&new)?;
    Ok(shown)
}
