//! `modelgate import`: Istio's policies as access files and a gate.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use compiler::import::{self, Imported, Server, Wish};
use compiler::output::Options;
use compiler::source::Source;
use compiler::starter::protocol;

use crate::made::Origin;
use crate::report::{self, Format};
use crate::{Exit, Terminal, files};

/// Arguments of `import`.
#[derive(Debug, Args)]
#[command(
    after_help = "Without --out the files go to standard output. Nothing is ever overwritten. What is written never allows what Istio's \
                  policies did not allow for the same request; what could not be carried over is told, each with its place and code.\n\n\
                  Exit status: 0 everything was carried over, 1 something was not, 2 cannot run."
)]
pub struct Arguments {
    /// files or folders with `AuthorizationPolicy` and `RequestAuthentication`; `-` is standard input
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// A model server: its service, its protocol, and the hosts that lead to it
    #[arg(short, long, value_name = "NAMESPACE/SERVICE:API@HOST[,HOST]", value_parser = server, required = true)]
    backend: Vec<Server>,
    /// A model of a server of many, or the beginning of its name and `*`; the policies' own paths need not be named
    #[arg(short, long, value_name = "NAMESPACE/NAME", value_parser = pair)]
    model: Vec<(String, String)>,
    /// Namespace of resources that say none
    #[arg(short, long, value_name = "NAME")]
    namespace: Option<String>,
    /// Istio's root namespace, whose policies are about the whole mesh
    #[arg(long, value_name = "NAME", default_value = "istio-system")]
    root: String,
    /// Folder for the files
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// How to write what was not carried over; all but `text` go to standard output, and need --out
    #[arg(short, long, value_enum, default_value = "text", value_name = "FORMAT")]
    output: Format,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (namespace, name) = text
        .split_once('/')
        .ok_or_else(|| format!("write `NAMESPACE/{text}`"))?;
    Ok((namespace.to_owned(), name.to_owned()))
}

fn server(text: &str) -> Result<Server, String> {
    let shape = || "write NAMESPACE/SERVICE:API@HOST".to_owned();
    let (rest, hosts) = text.split_once('@').ok_or_else(shape)?;
    let (name, api) = rest.rsplit_once(':').ok_or_else(shape)?;
    let (namespace, service) = pair(name)?;
    Ok(Server {
        namespace,
        service,
        api: protocol(api)?,
        hosts: hosts.split(',').map(str::to_owned).collect(),
        models: Vec::new(),
    })
}

/// Carries policies over.
///
/// # Errors
/// When a file cannot be read, is there already, or cannot be written.
pub fn run(arguments: &Arguments, terminal: &mut Terminal<'_>) -> Result<Exit> {
    if arguments.output != Format::Text && arguments.out.is_none() {
        bail!("standard output has room for the files or for a report: write --out DIR");
    }
    let sources = files::read(&arguments.paths, terminal.input(), files::whole)?;
    let imported = import::import(&sources, &wish(arguments)?);
    if arguments.output == Format::Text {
        terminal.show(&imported.diagnostics, &sources);
    } else {
        let text = report::write(arguments.output, &imported.diagnostics, &sources);
        terminal.print(&text)?;
    }
    if imported.is_nothing {
        terminal.say(
            "there is no `AuthorizationPolicy` and no `RequestAuthentication` in what was read\n",
        );
    }
    if imported.files.is_empty() && imported.diagnostics.is_empty() {
        terminal.say("by these policies nobody may do anything, as without an access file: nothing was written\n");
        return Ok(Exit::Clean);
    }
    if !passes(&imported, arguments, &sources, terminal) {
        terminal.say("nothing was written\n");
        return Ok(Exit::Problems);
    }
    match &arguments.out {
        Some(folder) => write(folder, &imported, arguments.output, terminal)?,
        None => print(&imported, terminal)?,
    }
    terminal.say(&format!("{}\n", summary(&imported)));
    let clean = imported.diagnostics.is_empty();
    Ok(if clean { Exit::Clean } else { Exit::Problems })
}

fn wish(arguments: &Arguments) -> Result<Wish> {
    let mut servers = arguments.backend.clone();
    for (namespace, model) in &arguments.model {
        let many = |server: &&mut Server| {
            server.namespace == *namespace && !server.api.profile().one_model_a_backend()
        };
        let server = servers.iter_mut().find(many);
        let server = server.with_context(|| {
            format!("no --backend of `{namespace}` is a server of many models, so `{namespace}/{model}` is none of them")
        })?;
        server.models.push(model.clone());
    }
    Ok(Wish {
        servers,
        root: arguments.root.clone(),
        namespace: arguments.namespace.clone(),
    })
}

/// Whether what would be written is accepted.
fn passes(
    imported: &Imported,
    arguments: &Arguments,
    from: &[Source],
    terminal: &mut Terminal<'_>,
) -> bool {
    if imported.files.is_empty() {
        return false;
    }
    let source = |(name, text): &(String, String)| Source {
        name: arguments
            .out
            .as_deref()
            .unwrap_or(Path::new(""))
            .join(name)
            .display()
            .to_string(),
        bytes: text.clone().into_bytes(),
    };
    let sources: Vec<Source> = imported.files.iter().map(source).collect();
    let origin = Origin {
        options: options(arguments),
        sources: from,
    };
    let (loaded, found) = compiler::load(&sources);
    let Some(loaded) = loaded else {
        origin.show(found, &sources, 0, terminal);
        return false;
    };
    terminal.show(&found, &sources);
    match compiler::output::compile(&loaded.policy, &Options::default()) {
        Ok(output) => {
            terminal.show(&output.warnings, &sources);
            true
        }
        Err(problems) => {
            origin.show(problems, &sources, 0, terminal);
            false
        }
    }
}

/// What the options say, as they are written.
fn options(arguments: &Arguments) -> Vec<(String, &str)> {
    let servers = arguments.backend.iter().flat_map(|server| {
        let Server {
            namespace,
            service,
            api,
            hosts,
            models: _,
        } = server;
        let option = format!(
            "--backend {namespace}/{service}:{}@{}",
            api.name(),
            hosts.join(",")
        );
        let values = [namespace, service].into_iter().chain(hosts);
        values.map(move |value| (option.clone(), value.as_str()))
    });
    let models = arguments.model.iter();
    let models =
        models.map(|(namespace, name)| (format!("--model {namespace}/{name}"), name.as_str()));
    servers.chain(models).collect()
}

fn print(imported: &Imported, terminal: &mut Terminal<'_>) -> Result<()> {
    let texts: Vec<&str> = imported
        .files
        .iter()
        .map(|(_, text)| text.as_str())
        .collect();
    terminal.hand_over(&texts.join("---\n"))
}

fn write(
    folder: &Path,
    imported: &Imported,
    output: Format,
    terminal: &mut Terminal<'_>,
) -> Result<()> {
    let new = imported.files.iter();
    let new: Vec<(PathBuf, String)> = new
        .map(|(name, text)| (folder.join(name), text.clone()))
        .collect();
    files::create(&new)?;
    let wrote = new.iter();
    let wrote = wrote.map(|(path, _)| format!("wrote {}\n", path.display()));
    if output == Format::Text {
        terminal.print(&wrote.collect::<String>())?;
    }
    Ok(())
}

fn summary(imported: &Imported) -> String {
    let count = |number: usize, what: &str| match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    };
    let mut text = format!(
        "{} of Istio, {} written, {}",
        match imported.policies {
            1 => "1 policy".to_owned(),
            number => format!("{number} policies"),
        },
        count(imported.rules, "rule"),
        match imported.diagnostics.len() {
            0 => "everything is carried over".to_owned(),
            number => format!("{} told above", count(number, "thing")),
        },
    );
    if imported.others > 0 {
        text += &format!(", {} passed over", count(imported.others, "other document"));
    }
    text
}
