//! `modelgate test`: the `AccessTest` documents, on the emitted bundle read back from its bytes.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use clap::Args;
use compiler::cases::{self, Outcome};
use compiler::output::Options;
use compiler::source::Source;
use policies::decision::Verdict;

use crate::project::{Compiled, Paths, Project};
use crate::{Exit, Terminal};

/// Arguments of `test`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    paths: Paths,
}

/// Runs every test; the last line is `N passed, N failed`.
///
/// # Errors
/// When a file cannot be read, or none holds a test.
pub fn run(arguments: &Arguments, terminal: &mut Terminal<'_>) -> Result<Exit> {
    let project = Project::read(&arguments.paths, &Options::default(), terminal)?;
    terminal.show(&project.diagnostics, &project.sources);
    let Some(compiled) = &project.compiled else {
        terminal.say(&format!("{}\n", project.summary()));
        return Ok(Exit::Problems);
    };
    if compiled.loaded.tests.is_empty() {
        bail!("no `AccessTest` among the files");
    }
    let outcomes = outcomes(compiled)?;
    for outcome in &outcomes {
        terminal.print(&line(outcome, &project.sources))?;
    }
    let failed = outcomes
        .iter()
        .filter(|outcome| outcome.failure.is_some())
        .count();
    terminal.print(&format!(
        "{} passed, {failed} failed\n",
        outcomes.len() - failed
    ))?;
    Ok(if failed == 0 {
        Exit::Clean
    } else {
        Exit::Problems
    })
}

/// What came of every test.
///
/// # Errors
/// When the bundle does not load.
pub fn outcomes(compiled: &Compiled) -> Result<Vec<Outcome>> {
    let gate = &compiled.loaded.policy.gate;
    let default = gate
        .default_issuer
        .and_then(|position| gate.issuers.get(position));
    let bytes = |target: &compiler::output::TargetOutput| {
        (target.name.clone(), target.text.clone().into_bytes())
    };
    let bundles: BTreeMap<String, Vec<u8>> = compiled.output.targets.iter().map(bytes).collect();
    let default = default.map(|issuer| issuer.name.as_str());
    cases::run(&compiled.loaded.tests, &bundles, default)
        .context("the emitted bundle does not load")
}

fn line(outcome: &Outcome, sources: &[Source]) -> String {
    let Outcome {
        document,
        name,
        span,
        got,
        failure,
    } = outcome;
    let verdict = if got.verdict == Verdict::Allow {
        "allow"
    } else {
        "deny"
    };
    match failure {
        None => format!(
            "ok    {document}: {name} ({verdict}, {})\n",
            got.reason.code()
        ),
        Some(failure) => {
            let file = sources
                .get(span.source)
                .map_or("", |source| source.name.as_str());
            format!(
                "FAIL  {document}: {name}\n      {failure}\n      {file}:{}:{}\n",
                span.line, span.column
            )
        }
    }
}
