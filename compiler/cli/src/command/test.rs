//! `modelgate test`: the `AccessTest` documents, on the emitted bundle read back from its bytes, and what they show of the rules.

mod advice;
mod machine;
mod table;

use anyhow::{Context, Result, bail};
use clap::Args;
use compiler::analysis::Side;
use compiler::cases::{Bench, Outcome};
use compiler::coverage::Coverage;
use compiler::diagnostic::{self, Diagnostic};
use compiler::output::{Options, Output};
use compiler::policy::Gate;
use compiler::source::Source;
use policies::decision::Verdict;

use crate::paper::{Paper, Style};
use crate::project::{Compiled, Paths, Project};
use crate::report::{self, Format};
use crate::{Exit, Terminal, shown, time};

/// What is told where there are none.
pub const NO_TESTS: &str = "no `AccessTest` among the files: name the file or folder with the tests as well, or have `modelgate init` write the first";

/// Arguments of `test`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 every test passed, 1 one failed, too little is covered or the files have errors, 2 cannot run."
)]
pub struct Arguments {
    #[command(flatten)]
    paths: Paths,
    /// How to write what came out
    #[arg(short, long, value_enum, default_value = "text", value_name = "FORMAT")]
    output: Format,
    /// Print which rules decide a test, and which conditions come out both ways
    #[arg(long)]
    coverage: bool,
    /// Least part of rules and conditions that tests must show, from 0 to 100
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    min_coverage: Option<u8>,
}

/// A part in percent.
///
/// # Errors
/// Where it is no whole number up to 100, or has the sign with it.
pub fn percent(text: &str) -> Result<u8, String> {
    let number = |text: &str| text.parse().ok().filter(|number| *number <= 100);
    let bare = text
        .strip_suffix('%')
        .and_then(|bare| number(bare.trim_end()));
    match (number(text), bare) {
        (Some(number), _) => Ok(number),
        (None, Some(bare)) => Err(format!("write it without the sign: `{bare}`")),
        (None, None) => Err("write a whole number from 0 to 100".to_owned()),
    }
}

/// What came out.
struct Report<'a> {
    outcomes: Vec<Outcome>,
    /// of each of them what one hears where it failed
    advice: Vec<Option<String>>,
    coverage: Option<Coverage>,
    /// least percentage that is wanted
    wanted: Option<u8>,
    sources: &'a [Source],
    /// of the files themselves
    problems: &'a [Diagnostic],
}

/// Runs every test; the last line of the text is `N passed, N failed`.
///
/// # Errors
/// When a file cannot be read, or none holds a test.
pub fn run(arguments: &Arguments, terminal: &mut Terminal<'_>) -> Result<Exit> {
    let project = Project::read(&arguments.paths, &Options::at(time::now()), terminal)?;
    let text = arguments.output == Format::Text;
    if text {
        terminal.show(&project.diagnostics, &project.sources);
    }
    let Some(compiled) = &project.compiled else {
        if text {
            terminal.say(&format!("{}\n", project.summary()));
        } else {
            let report = report::write(arguments.output, &project.diagnostics, &project.sources);
            terminal.print(&report)?;
        }
        return Ok(Exit::Problems);
    };
    if compiled.loaded.tests.is_empty() {
        bail!(NO_TESTS);
    }
    let outcomes = outcomes(compiled)?;
    let measured = arguments.coverage || arguments.min_coverage.is_some();
    let report = Report {
        coverage: measured.then(|| coverage(compiled, &outcomes)),
        advice: advice::advice(compiled, &outcomes, &project.sources),
        outcomes,
        wanted: arguments.min_coverage,
        sources: &project.sources,
        problems: &project.diagnostics,
    };
    let paper = terminal.paper();
    let written = match arguments.output {
        Format::Text => report.text(arguments.coverage, paper),
        Format::Json => shown::document(&machine::json(&report)),
        Format::Junit => machine::junit(&report),
        other => report::write(other, &report.diagnostics(), report.sources),
    };
    terminal.print(&written)?;
    if let Some(complaint) = report.too_little() {
        terminal.say(&complaint);
    }
    Ok(report.exit())
}

/// What came of every test.
///
/// # Errors
/// When the bundle does not load.
pub fn outcomes(compiled: &Compiled) -> Result<Vec<Outcome>> {
    let mut bench = bench(&compiled.output, &compiled.loaded.policy.gate)?;
    let tests = compiled.loaded.tests.iter();
    let cases = tests.flat_map(|test| test.tests.iter().map(move |case| (test, case)));
    Ok(cases.map(|(test, case)| bench.run(test, case)).collect())
}

/// The proxies of an output.
pub fn bench(output: &Output, gate: &Gate) -> Result<Bench> {
    let default = gate
        .default_issuer
        .and_then(|position| gate.issuers.get(position));
    let bundles = output
        .targets
        .iter()
        .map(|target| (target.name.as_str(), target.text.as_bytes()));
    Bench::load(bundles, default.map(|issuer| issuer.name.as_str()))
        .context("the emitted bundle does not load")
}

fn coverage(compiled: &Compiled, outcomes: &[Outcome]) -> Coverage {
    let Compiled { loaded, output } = compiled;
    let side = Side::compiled(&loaded.policy, output.table.clone(), &output.meaning);
    Coverage::of(&side, outcomes)
}

impl Report<'_> {
    /// Each test with what one hears of it.
    fn told(&self) -> impl Iterator<Item = (&Outcome, Option<&str>)> {
        let advice = self.advice.iter().map(Option::as_deref);
        self.outcomes.iter().zip(advice)
    }

    fn failed(&self) -> usize {
        let outcomes = self.outcomes.iter();
        outcomes.filter(|outcome| outcome.failure.is_some()).count()
    }

    fn exit(&self) -> Exit {
        if self.failed() == 0 && self.too_little().is_none() {
            Exit::Clean
        } else {
            Exit::Problems
        }
    }

    /// What to say where less is covered than is wanted.
    fn too_little(&self) -> Option<String> {
        let (coverage, wanted) = (self.coverage.as_ref()?, self.wanted?);
        let percent = coverage.percent();
        (percent < wanted.into()).then(|| {
            format!("tests show {percent} % of rules and conditions, {wanted} % are due\n")
        })
    }

    fn text(&self, table: bool, paper: Paper) -> String {
        let mut text = String::new();
        for (outcome, advice) in self.told() {
            text += &line(outcome, advice, self.sources, paper);
        }
        if let Some(coverage) = &self.coverage {
            text += &table::write(coverage, self.sources, table, paper);
        }
        let failed = self.failed();
        text + &format!("{} passed, {failed} failed\n", self.outcomes.len() - failed)
    }

    /// Failed tests, those that pass whatever the rules are, gaps in the coverage, and what is wrong with the files.
    fn diagnostics(&self) -> Vec<Diagnostic> {
        let failed = self.told().filter_map(|(outcome, advice)| {
            let diagnostic = outcome.diagnostic()?;
            Some(match advice {
                Some(advice) => diagnostic.with_help(advice),
                None => diagnostic,
            })
        });
        let gaps = self.coverage.iter().flat_map(Coverage::warnings);
        let mut all: Vec<Diagnostic> = self.problems.to_vec();
        all.extend(failed.chain(gaps));
        diagnostic::sort(&mut all);
        all
    }
}

fn verdict(outcome: &Outcome) -> &'static str {
    if outcome.got.verdict == Verdict::Allow {
        "allow"
    } else {
        "deny"
    }
}

fn line(outcome: &Outcome, advice: Option<&str>, sources: &[Source], paper: Paper) -> String {
    let Outcome {
        document,
        name,
        span,
        got,
        failure,
        vain,
        asked: _,
        event: _,
    } = outcome;
    match failure {
        None => {
            let vain = match vain {
                true => ": no rule was asked, see MG0605",
                false => "",
            };
            format!(
                "{}    {document}: {name} ({}, {}){vain}\n",
                paper.styled("ok", Style::Good),
                verdict(outcome),
                got.reason.code()
            )
        }
        Some(failure) => {
            let advice = advice.map(|advice| paper.wrapped("      ", advice));
            format!(
                "{}  {document}: {name}\n{}{}      {}:{}\n",
                paper.styled("FAIL", Style::Bad),
                paper.wrapped("      ", failure),
                advice.unwrap_or_default(),
                shown::place(*span, sources),
                span.column
            )
        }
    }
}
