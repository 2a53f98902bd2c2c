//! `modelgate check`: every problem at once.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use clap::Args;
use compiler::analysis::Side;
use compiler::diagnostic::{self, Diagnostic};
use compiler::lints::{self, Groups, Known, Models};
use compiler::output::Options;
use compiler::syntax::istio::{self, Resources};
use policies::time::UnixTime;

use crate::project::{Compiled, Paths, Project};
use crate::report::{self, Format};
use crate::{Exit, Terminal, files, time};

/// Namespace of policies that say none.
const DEFAULT: &str = "default";

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    paths: Paths,
    /// How to write the problems; all but `text` go to standard output
    #[arg(short, long, value_enum, default_value = "text", value_name = "FORMAT")]
    output: Format,
    /// When, in Unix seconds or RFC 3339 for ends of grants; the clock's time unless given
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    at: Option<UnixTime>,
    /// Groups of the organisation, a line each: `GROUP`, or `GROUP: USER, USER`; rules about others are told
    #[arg(long, value_name = "FILE")]
    groups: Option<PathBuf>,
    /// Models that servers have, a line each: `NAMESPACE/NAME`; others that are declared are told
    #[arg(long, value_name = "FILE")]
    models: Option<PathBuf>,
    /// File or folder with Istio's own policies beside the filter: what works against it is told
    #[arg(long, value_name = "PATH")]
    istio: Vec<PathBuf>,
}

/// A list of names, if there is one.
fn list<T>(
    file: Option<&Path>,
    read: impl FnOnce(&str) -> Result<T, (usize, String)>,
) -> Result<Option<T>> {
    let Some(file) = file else { return Ok(None) };
    let name = file.display();
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {name}"))?;
    let list = read(&text).map_err(|(line, message)| anyhow!("{name}:{line}: {message}"))?;
    Ok(Some(list))
}

/// Checks files as `compile` would, and writes nothing.
///
/// # Errors
/// When a file cannot be read.
pub fn run(arguments: &Arguments, terminal: &mut Terminal<'_>) -> Result<Exit> {
    let now = arguments.at.unwrap_or_else(time::now);
    let mut known = Known {
        groups: list(arguments.groups.as_deref(), Groups::read)?,
        models: list(arguments.models.as_deref(), Models::read)?,
        istio: Resources::default(),
    };
    let mut project = Project::read(&arguments.paths, &Options::at(now), terminal)?;
    if !arguments.istio.is_empty() {
        let policies = files::read(&arguments.istio, terminal.input(), files::whole)?;
        known.istio = istio::read_from(project.sources.len(), &policies, Some(DEFAULT));
        if known.istio.is_nothing() {
            terminal.say("`--istio`: there is no `AuthorizationPolicy` and no `RequestAuthentication`, so nothing of Istio's was looked at\n");
        }
        project.sources.extend(policies);
        project.diagnostics.append(&mut known.istio.diagnostics);
    }
    if let Some(Compiled { loaded, output }) = project.compiled.take() {
        let side = Side::compiled(&loaded.policy, output.table, &output.meaning);
        project.diagnostics.extend(lints::run(&side, now, &known));
    }
    diagnostic::sort(&mut project.diagnostics);
    let clean = !project.diagnostics.iter().any(Diagnostic::is_error);
    if arguments.output == Format::Text {
        terminal.show(&project.diagnostics, &project.sources);
        terminal.print(&format!("{}\n", project.summary()))?;
    } else {
        let report = report::write(arguments.output, &project.diagnostics, &project.sources);
        terminal.print(&report)?;
    }
    Ok(if clean { Exit::Clean } else { Exit::Problems })
}
