//! `modelgate mutate`: would the tests notice, if a rule were another one?

mod machine;

use anyhow::{Result, bail};
use clap::Args;
use compiler::Loaded;
use compiler::analysis::change::Direction;
use compiler::diagnostic::{self, Diagnostic};
use compiler::mutate::{self, Fate, Mutant, Refused, Silent, Tried};
use compiler::policy::{Policy, Rule};
use compiler::source::Source;

use crate::both::both;
use crate::command::test::NO_TESTS;
use crate::paper::{Paper, Style};
use crate::project::{Paths, Project};
use crate::report::{self, Format};
use crate::shown;
use crate::sides::{Sides, with_both};
use crate::{Exit, Terminal};

/// Arguments of `mutate`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 tests notice enough changes, 1 they do not, or fail already, or the files have errors, 2 cannot run."
)]
pub struct Arguments {
    #[command(flatten)]
    paths: Paths,
    /// How to write the changes that no test notices
    #[arg(short, long, value_enum, default_value = "text", value_name = "FORMAT")]
    output: Format,
    /// Least part of the changes that tests must notice, from 0 to 100
    #[arg(long, value_name = "PERCENT", default_value = "100", value_parser = super::test::percent)]
    min_score: u8,
    /// Try all changes; without it, and where all must be noticed, it ends when 300 were found that no test notices
    #[arg(long)]
    all: bool,
    /// Change these rules alone: of a namespace, a file or a single one, as in `risk`, `risk/models` or `risk/models/allow[0]`
    #[arg(long, value_name = "ID")]
    only: Vec<String>,
    /// Change the rules alone that were edited or added since then: a file or folder as it was, or `REV:PATH` of a git revision
    #[arg(long, value_name = "OLD")]
    since: Option<String>,
    #[command(flatten)]
    sides: Sides,
}

/// Nobody reads more changes that no test notices at once.
const MOST: usize = 300;

/// What came out.
struct Report<'a> {
    mutants: Vec<Mutant>,
    complete: bool,
    wanted: u8,
    sources: &'a [Source],
}

/// Half of the rules by each processor, in their order.
fn tried(
    loaded: &Loaded,
    wanted: &[usize],
    most: usize,
    terminal: &mut Terminal<'_>,
) -> Result<Result<Tried, Refused>> {
    if let Err(refused) = mutate::ready(&loaded.policy, &loaded.tests) {
        return Ok(Err(refused));
    }
    let (first, then) = wanted.split_at(wanted.len().div_ceil(2));
    let part = |rules: &[usize], progress: &mut dyn FnMut(usize, usize)| {
        let is_wanted = |number| rules.binary_search(&number).is_ok();
        mutate::run(&loaded.policy, &loaded.tests, &is_wanted, most, progress)
    };
    // the other half is about as far
    let mut progress = |tried: usize, all: usize| {
        let [tried, all] = [tried, all].map(|count| count.saturating_mul(2));
        terminal.progress(&format!("about {tried} of {all} changes tried"));
    };
    let (then, first) = both(|| part(then, &mut |_, _| ()), || part(first, &mut progress))?;
    Ok(first.and_then(|first| Ok(first.and(then?, most))))
}

/// Changes rule after rule and runs the tests.
///
/// # Errors
/// When a file cannot be read, or none holds a test.
pub fn run(arguments: &Arguments, terminal: &mut Terminal<'_>) -> Result<Exit> {
    let (project, loaded) = checked(arguments, terminal)?;
    let Some(loaded) = loaded else {
        wrong(arguments.output, &project, terminal)?;
        return Ok(Exit::Problems);
    };
    terminal.show(&project.diagnostics, &project.sources);
    if loaded.tests.is_empty() {
        bail!(NO_TESTS);
    }
    for id in &arguments.only {
        known(id, &loaded.policy)?;
    }
    let Some(wanted) = wanted(arguments, &loaded.policy, terminal)? else {
        return Ok(Exit::CannotRun);
    };
    let all = arguments.all || arguments.min_score < 100;
    let most = if all { usize::MAX } else { MOST };
    let tried = match tried(&loaded, &wanted, most, terminal)? {
        Ok(tried) => tried,
        Err(why) => return refused(why, arguments.output, project, terminal),
    };
    let report = Report {
        mutants: tried.mutants,
        complete: tried.complete,
        wanted: arguments.min_score,
        sources: &project.sources,
    };
    let written = match arguments.output {
        Format::Text => report.text(terminal.paper()),
        Format::Json => machine::json(&report)?,
        Format::Junit => machine::junit(&report),
        other => report::write(other, &report.diagnostics(), report.sources),
    };
    terminal.print(&written)?;
    if !report.complete {
        terminal.say(&format!(
            "these are the first {MOST} that no test notices: `--all` tries the other changes, too\n"
        ));
    }
    Ok(if report.score() < arguments.min_score.into() {
        Exit::Problems
    } else {
        Exit::Clean
    })
}

/// The files as they are.
fn checked(
    arguments: &Arguments,
    terminal: &mut Terminal<'_>,
) -> Result<(Project, Option<Loaded>)> {
    let paths = arguments.sides.and_both(&arguments.paths.paths);
    let (mut project, loaded) = Project::checked(&paths, terminal)?;
    if arguments.since.is_some() {
        let problems = project.diagnostics.into_iter();
        project.diagnostics = problems.map(with_both).collect();
    }
    Ok((project, loaded))
}

/// Says why nothing was changed.
fn refused(
    why: Refused,
    output: Format,
    project: Project,
    terminal: &mut Terminal<'_>,
) -> Result<Exit> {
    match why {
        Refused::Problems(diagnostics) => {
            let project = Project {
                diagnostics,
                ..project
            };
            wrong(output, &project, terminal)?;
        }
        Refused::Failing(failing) => {
            let fails = if failing.len() == 1 {
                "1 test fails".to_owned()
            } else {
                format!("{} tests fail", failing.len())
            };
            // whoever reads a report gets one, with the tests that fail in it
            if output != Format::Text {
                terminal.print(&report::write(output, &failing, &project.sources))?;
            }
            terminal.say(&format!(
                "{fails} with the files as they are, and can notice no change: run `modelgate test`\n"
            ));
        }
        Refused::Load(error) => bail!("an emitted bundle does not load: {error}"),
    }
    Ok(Exit::Problems)
}

/// Says what is wrong with the files, in the form that is asked for.
fn wrong(output: Format, project: &Project, terminal: &mut Terminal<'_>) -> Result<()> {
    if output == Format::Text {
        terminal.show(&project.diagnostics, &project.sources);
        terminal.say(&format!("{}\n", project.summary()));
        return Ok(());
    }
    terminal.print(&report::write(
        output,
        &project.diagnostics,
        &project.sources,
    ))
}

/// The rules that are to be changed, by their numbers in the order of the files; `None` where the files as they were have errors,
/// which are shown.
fn wanted(
    arguments: &Arguments,
    policy: &Policy,
    terminal: &mut Terminal<'_>,
) -> Result<Option<Vec<usize>>> {
    let only = &arguments.only;
    let rules = policy.files.iter().flat_map(|file| &file.rules).enumerate();
    let is_wanted =
        |rule: &Rule| only.is_empty() || only.iter().any(|id| mutate::is_within(rule, id));
    let wanted = rules.filter(|(_, rule)| is_wanted(rule));
    let mut wanted: Vec<usize> = wanted.map(|(number, _)| number).collect();
    if let Some(since) = &arguments.since {
        let Some((_, old)) = arguments.sides.load(since, terminal)? else {
            terminal.say(&format!("`{since}` has errors: nothing was changed\n"));
            return Ok(None);
        };
        let edited = mutate::edited(&old, policy);
        wanted.retain(|number| edited.contains(number));
        if wanted.is_empty() {
            terminal.say(&format!("no rule was edited since `{since}`\n"));
        }
    }
    Ok(Some(wanted))
}

/// Refuses an id that no rule is within.
fn known(id: &str, policy: &Policy) -> Result<()> {
    let mut rules = policy.files.iter().flat_map(|file| &file.rules);
    if rules.any(|rule| mutate::is_within(rule, id)) {
        return Ok(());
    }
    bail!(
        "`--only {id}`: no rule is called so, no file and no namespace; {}",
        mutate::meant(policy, id)
    );
}

impl Report<'_> {
    fn silent(&self) -> impl Iterator<Item = (&Mutant, &Silent)> {
        self.mutants.iter().filter_map(|mutant| match &mutant.fate {
            Fate::Silent(silent) => Some((mutant, silent.as_ref())),
            Fate::Noticed { .. } | Fate::Equivalent => None,
        })
    }

    /// Noticed, not noticed, without effect.
    fn counts(&self) -> [usize; 3] {
        let mut counts = [0; 3];
        for mutant in &self.mutants {
            let place = match mutant.fate {
                Fate::Noticed { .. } => 0,
                Fate::Silent(_) => 1,
                Fate::Equivalent => 2,
            };
            counts[place] += 1;
        }
        counts
    }

    /// Hundredths of the changes with an effect that are noticed, rounded down; all where there is none.
    fn score(&self) -> usize {
        let [noticed, silent, _] = self.counts();
        (noticed * 100).checked_div(noticed + silent).unwrap_or(100)
    }

    fn summary(&self) -> String {
        let [noticed, silent, equivalent] = self.counts();
        format!(
            "{noticed} noticed, {silent} not noticed, {equivalent} without effect: {} %",
            self.score()
        )
    }

    fn text(&self, paper: Paper) -> String {
        let mut text = String::new();
        for (mutant, silent) in self.silent() {
            let place = shown::place(mutant.span, self.sources);
            let heading = format!("{} ({place})", mutant.rule);
            text += &format!("{}\n", paper.styled(&heading, Style::Bold));
            let words = mutant.change.words(mutant.denies);
            text += &format!("  {}\n", paper.styled(words, Style::Mixed));
            text += &paper.wrapped("    no test notices  ", &consequence(silent));
            match &silent.killer {
                Some(killer) => {
                    text += "    this one would:\n";
                    text.extend(killer.text.lines().map(|line| format!("      {line}\n")));
                }
                None => {
                    text += &paper.wrapped(
                        "    ",
                        "no plain HTTP request shows it: a test for it cannot be written",
                    )
                }
            }
            text.push('\n');
        }
        text + &paper.wrapped("", &self.summary())
    }

    fn diagnostics(&self) -> Vec<Diagnostic> {
        let silent = self.silent().map(|(mutant, silent)| {
            let name = mutant.rule.rsplit('/').next().unwrap_or_default();
            let words = mutant.change.words(mutant.denies);
            let message = format!(
                "`{name}` {words}: no test notices that {}",
                consequence(silent)
            );
            let found = Diagnostic::warning("MG0604", mutant.span, message);
            match &silent.killer {
                Some(killer) => {
                    found.with_help(format!("add the test\n{}", killer.text.trim_end()))
                }
                None => found,
            }
        });
        let mut all: Vec<Diagnostic> = silent.collect();
        diagnostic::sort(&mut all);
        all
    }
}

/// What somebody may then do, or not do.
fn consequence(silent: &Silent) -> String {
    let verb = match silent.direction {
        Direction::Allowed => "this becomes allowed",
        Direction::Denied => "this becomes denied",
    };
    format!("{verb}: {}", silent.example)
}
