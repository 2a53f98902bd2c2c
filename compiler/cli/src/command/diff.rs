//! `modelgate diff`: what a change means, not how its text differs.

mod markdown;

use anyhow::Result;
use clap::{Args, ValueEnum};
use compiler::analysis::beside::Beside;
use compiler::analysis::change::{self, Cause, Direction, Division, Part};
use compiler::analysis::{Change, Comparison, Side, around, beside, words};
use compiler::lower::Pattern;
use compiler::source::Source;
use policies::time::UnixTime;
use serde_json::{Value, json};

use crate::both::both;
use crate::paper::{Paper, Style};
use crate::shown;
use crate::sides::{Read, Sides, is_given_up, is_right_elsewhere, part, sides};
use crate::{Exit, Terminal, time};

/// Arguments of `diff`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 nothing is allowed that was not, 1 something is, or the gate changed in what is not compared, 2 cannot run, or the files have errors."
)]
pub struct Arguments {
    /// file or folder as it was, or `REV:PATH` of a git revision
    #[arg(value_name = "OLD")]
    old: String,
    /// file or folder as it will be, or `REV:PATH`
    #[arg(value_name = "NEW")]
    new: String,
    #[command(flatten)]
    sides: Sides,
    /// How to write the answer
    #[arg(short, long, value_enum, default_value = "text", value_name = "FORMAT")]
    output: Format,
    /// When, in Unix seconds or RFC 3339: what has ended by then counts no more; the clock's time unless given
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    at: Option<UnixTime>,
}

/// How a comparison is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// for people
    Text,
    /// for programs
    Json,
    /// for a pull request
    Markdown,
}

/// Both sides, and how they differ.
struct Answer<'a> {
    old: View<'a>,
    new: View<'a>,
    comparison: Comparison,
    /// what else changed, and is not compared
    around: Vec<String>,
    /// what changes without a rule that grants or denies it anew
    beside: Beside,
}

/// One side.
struct View<'a> {
    side: &'a Side<'a>,
    sources: &'a [Source],
}

impl<'a> View<'a> {
    const fn of(side: &'a Side<'a>, sources: &'a [Source]) -> Self {
        Self { side, sources }
    }
}

/// Compares; exit status 1 where something became allowed, or may have.
///
/// # Errors
/// When a side cannot be read.
pub fn run(arguments: &Arguments, terminal: &mut Terminal<'_>) -> Result<Exit> {
    let read = arguments
        .sides
        .load_both(&arguments.old, &arguments.new, terminal)?;
    let (Some(old), Some(new)) = read else {
        terminal.say("nothing was compared\n");
        return Ok(Exit::CannotRun);
    };
    let exit = compared(arguments, &old, &new, terminal);
    // the program ends: to take large policies apart again is a tenth of all that was done
    std::mem::forget((old, new));
    exit
}

fn compared(
    arguments: &Arguments,
    (old_sources, whole_old): &Read,
    (new_sources, whole_new): &Read,
    terminal: &mut Terminal<'_>,
) -> Result<Exit> {
    let touched = change::touched(whole_old, whole_new);
    let [old, new] = [whole_old, whole_new].map(|whole| part(whole, touched.as_ref()));
    let at = arguments.at.unwrap_or_else(time::now);
    let made = sides((&old, old_sources), (&new, new_sources), at, terminal)?;
    let made = made.0.zip(made.1);
    // the rest is the same on both sides
    let right = |_: &_| is_right_elsewhere(whole_new, touched.as_ref(), new_sources, terminal);
    let Some((old_side, new_side)) = made.filter(right) else {
        terminal.say("nothing was compared\n");
        return Ok(Exit::CannotRun);
    };
    let is_due = touched.is_some() && beside::is_due(&old_side, &new_side);
    let (beside, division) = if is_due {
        let whole = (whole_old, &old_sources[..]);
        let made = sides(whole, (whole_new, new_sources), at, terminal)?;
        let Some(beside) = beside_all(made, [old_sources, new_sources], terminal) else {
            return Ok(Exit::CannotRun);
        };
        (beside, Division::of(&old_side, &new_side))
    } else {
        both(
            || beside::compare(&old_side, &new_side),
            || Division::of(&old_side, &new_side),
        )?
    };
    let answer = Answer {
        comparison: compare(&division)?,
        around: around::changed(&old.gate, &new.gate),
        beside,
        old: View::of(&old_side, old_sources),
        new: View::of(&new_side, new_sources),
    };
    let exit = answer.told(arguments.output, terminal)?;
    std::mem::forget((answer.comparison, old_side, new_side));
    Ok(exit)
}

/// What changes beside the rules, where all namespaces are looked at; nothing, where a side has errors or takes too long.
fn beside_all(
    (old, new): (Option<Side<'_>>, Option<Side<'_>>),
    [old_sources, new_sources]: [&[Source]; 2],
    terminal: &mut Terminal<'_>,
) -> Option<Beside> {
    let (old, new) = old.zip(new)?;
    let beside = beside::compare(&old, &new);
    let mut views = [(&old, old_sources), (&new, new_sources)].into_iter();
    let given_up = views.any(|(side, sources)| is_given_up(side, sources, terminal));
    (!given_up).then_some(beside)
}

/// Compares with two processors.
fn compare(division: &Division<'_>) -> Result<Comparison> {
    let [first, then] = division.parts();
    let (first, then) = both(|| division.search(first), || division.search(then))?;
    Ok(division.join([first, then]))
}

impl Answer<'_> {
    /// Writes it, where there is one.
    fn told(&self, format: Format, terminal: &mut Terminal<'_>) -> Result<Exit> {
        let mut views = [&self.old, &self.new].into_iter();
        if views.any(|view| is_given_up(view.side, view.sources, terminal)) {
            terminal.say("nothing was compared\n");
            return Ok(Exit::CannotRun);
        }
        terminal.print(&self.written(format, terminal.paper()))?;
        Ok(match self.opens() {
            true => Exit::Problems,
            false => Exit::Clean,
        })
    }

    fn written(&self, format: Format, paper: Paper) -> String {
        match format {
            Format::Text => text(self, paper),
            Format::Json => shown::document(&json(self)),
            Format::Markdown => markdown::write(self),
        }
    }

    /// Whether somebody should look: something became allowed, or what is not compared may allow it.
    fn opens(&self) -> bool {
        self.comparison.allows() || !self.around.is_empty() || !self.beside.opened.is_empty()
    }

    fn rule(&self, cause: Cause) -> String {
        match cause {
            Cause::Old(position) => shown::rule(self.old.side, position, self.old.sources),
            Cause::New(position) => shown::rule(self.new.side, position, self.new.sources),
        }
    }

    fn of(&self, direction: Direction) -> Vec<&Change> {
        let changes = self.comparison.changes.iter();
        changes
            .filter(|change| change.direction == direction)
            .collect()
    }

    /// `rule added`, `deny taken out`.
    fn what(&self, cause: Cause) -> String {
        let (side, position, verb) = match cause {
            Cause::Old(position) => (self.old.side, position, "as it was"),
            Cause::New(position) => (self.new.side, position, "as it is now"),
        };
        let rule = shown::who(side, position);
        let condition = side.shown(position).condition;
        let condition = condition.map_or_else(String::new, |text| format!(" when {text}"));
        format!("{verb}: {rule}{condition}")
    }

    fn verdicts(&self, change: &Change) -> [String; 2] {
        let told = |view: &View<'_>, rules: &[usize], allowed: bool| {
            let rules: Vec<String> = rules
                .iter()
                .map(|position| shown::rule(view.side, *position, view.sources))
                .collect();
            match (allowed, rules.is_empty()) {
                (true, _) => format!("allowed by {}", rules.join(", ")),
                (false, true) => "refused: no rule allows it".to_owned(),
                (false, false) => format!("refused by {}", rules.join(", ")),
            }
        };
        let now = change.direction == Direction::Allowed;
        [
            told(&self.old, &change.before, !now),
            told(&self.new, &change.after, now),
        ]
    }

    fn summary(&self) -> String {
        let count = |number: usize, what: &str| format!("{number} {what}");
        [
            count(self.of(Direction::Allowed).len(), "newly allowed"),
            count(self.of(Direction::Denied).len(), "newly denied"),
            count(self.comparison.unchanged.len(), "edited without effect"),
        ]
        .join(", ")
    }
}

/// `group corp/students`, each.
fn who(part: &Part) -> Vec<String> {
    part.who.iter().map(words::principal).collect()
}

/// `fraud/a`, each.
fn models(part: &Part) -> Vec<String> {
    part.models.iter().map(model).collect()
}

/// `group corp/students may`.
fn subject(who: &str, verb: &str) -> String {
    let who = if who.is_empty() {
        "whom the rule speaks of"
    } else {
        who
    };
    format!("{who} {verb}")
}

/// `predict, explain on fraud/a, fraud/b`.
fn object(part: &Part, models: &str) -> String {
    format!("{} on {models}", part.words.join(", "))
}

fn model(pattern: &Pattern) -> String {
    format!("{}/{}", pattern.namespace, pattern.entry_name())
}

fn text(answer: &Answer<'_>, paper: Paper) -> String {
    let mut text = String::new();
    for (direction, heading, style, verb) in [
        (Direction::Allowed, "newly allowed", Style::Mixed, "may"),
        (
            Direction::Denied,
            "newly denied",
            Style::Good,
            "may no longer",
        ),
    ] {
        let changes = answer.of(direction);
        if !changes.is_empty() {
            text += &format!("{}\n", paper.styled(heading, style));
        }
        for change in changes {
            for part in change.parts() {
                text += &paper.wrapped("  ", &subject(&who(&part).join(", "), verb));
                text += &paper.wrapped("    ", &object(&part, &models(&part).join(", ")));
            }
            let rule = answer.rule(change.cause);
            text += &paper.wrapped(
                "    rule      ",
                &format!("{rule} {}", answer.what(change.cause)),
            );
            text += &paper.wrapped("    instance  ", &change.example.to_string());
            let [before, after] = answer.verdicts(change);
            text += &paper.wrapped("    before    ", &before);
            text += &paper.wrapped("    now       ", &after);
            text.push('\n');
        }
    }
    text += &rest(answer, paper);
    text + &paper.wrapped("", &answer.summary())
}

/// What follows the changes.
fn rest(answer: &Answer<'_>, paper: Paper) -> String {
    let mut text = String::new();
    if !answer.comparison.unchanged.is_empty() {
        text += &format!("{}\n", paper.styled("edited without effect", Style::Bold));
        for cause in &answer.comparison.unchanged {
            let rule = answer.rule(*cause);
            text += &paper.wrapped("  ", &format!("{rule} {}", answer.what(*cause)));
        }
        text.push('\n');
    }
    for (heading, style, sentences) in [
        (
            "allowed newly, or perhaps, without a rule that grants it anew",
            Style::Bad,
            &answer.beside.opened,
        ),
        (
            "refused newly, without a rule that denies it anew",
            Style::Good,
            &answer.beside.closed,
        ),
    ] {
        if sentences.is_empty() {
            continue;
        }
        text += &format!("{}\n", paper.styled(heading, style));
        for sentence in sentences {
            text += &paper.wrapped("  ", sentence);
        }
        text.push('\n');
    }
    if !answer.around.is_empty() {
        let heading = "changed in the gate, and not compared: look at it";
        text += &format!("{}\n", paper.styled(heading, Style::Mixed));
        for part in &answer.around {
            text += &format!("  {part}\n");
        }
        text.push('\n');
    }
    text
}

fn json(answer: &Answer<'_>) -> Value {
    let rule = |cause: Cause| match cause {
        Cause::Old(position) => shown::rule_json(answer.old.side, position, answer.old.sources),
        Cause::New(position) => shown::rule_json(answer.new.side, position, answer.new.sources),
    };
    let side = |cause: Cause| match cause {
        Cause::Old(_) => "old",
        Cause::New(_) => "new",
    };
    let change = |change: &&Change| {
        let before = change.before.iter().map(|position| Cause::Old(*position));
        let after = change.after.iter().map(|position| Cause::New(*position));
        let part = |part: &Part| {
            let actions: Vec<&str> = part.actions.iter().map(|action| action.name()).collect();
            let who = part
                .who
                .iter()
                .map(|term| shown::principal_json(Some(term)));
            json!({
                "who": who.collect::<Vec<_>>(),
                "actions": actions,
                "models": models(part),
            })
        };
        json!({
            "what": change.parts().iter().map(part).collect::<Vec<_>>(),
            "side": side(change.cause),
            "cause": rule(change.cause),
            "example": shown::example_json(&change.example),
            "decidedBefore": before.map(rule).collect::<Vec<_>>(),
            "decidedNow": after.map(rule).collect::<Vec<_>>(),
        })
    };
    let list = |direction| answer.of(direction).iter().map(change).collect::<Vec<_>>();
    let unchanged = answer.comparison.unchanged.iter();
    let unchanged: Vec<Value> = unchanged
        .map(|cause| json!({ "side": side(*cause), "rule": rule(*cause) }))
        .collect();
    json!({
        "apiVersion": shown::VERSION,
        "kind": "Difference",
        "newlyAllowed": list(Direction::Allowed),
        "newlyDenied": list(Direction::Denied),
        "editedWithoutEffect": unchanged,
        "changedInTheGate": answer.around,
        "openedBeside": answer.beside.opened,
        "closedBeside": answer.beside.closed,
    })
}
