//! Coverage as text: a line for each rule, what is not covered, and how much is.

use compiler::coverage::{Condition, Coverage, Covered};
use compiler::source::Source;

use crate::paper::{Paper, Style};
use crate::shown;

/// Widest column of rules.
const WIDEST: usize = 44;

/// The table where it is asked for, and always the gaps and the sum.
pub fn write(coverage: &Coverage, sources: &[Source], table: bool, paper: Paper) -> String {
    let mut text = String::from("\n");
    if table {
        let width = coverage.rules.iter().map(|rule| rule.id.chars().count());
        let width = width.max().unwrap_or_default().clamp(4, WIDEST);
        let heading = format!("{:width$}  tests  condition held/failed", "rule");
        text += &format!("{}\n", paper.styled(&heading, Style::Bold));
        for rule in &coverage.rules {
            text += &row(rule, width, paper);
        }
        text.push('\n');
    }
    let gaps = coverage
        .rules
        .iter()
        .flat_map(|rule| rule.gaps().into_iter().map(move |gap| (rule, gap)));
    let gaps: Vec<(&Covered, String)> = gaps.collect();
    if !gaps.is_empty() {
        text += &format!("{}\n", paper.styled("not covered", Style::Mixed));
    }
    for (rule, gap) in gaps {
        let place = shown::place(rule.span, sources);
        text += &paper.wrapped("  ", &format!("{} ({place})", rule.id));
        text += &paper.wrapped("    ", &gap);
    }
    let (covered, all) = coverage.counts();
    let what = if all == 1 {
        "rule or way of a condition"
    } else {
        "rules and ways of conditions"
    };
    text += &format!(
        "{covered} of {all} {what} covered, {} %\n\n",
        coverage.percent()
    );
    text
}

fn row(rule: &Covered, width: usize, paper: Paper) -> String {
    let condition = rule.condition.as_ref();
    let condition = condition.map_or_else(|| "-".to_owned(), |condition| ways(condition, paper));
    let count = format!("{:>5}", rule.decided);
    let count = match rule.decided {
        0 => paper.styled(&count, Style::Bad),
        _ => count,
    };
    format!("{:width$}  {count}  {condition}\n", rule.id)
}

fn ways(condition: &Condition, paper: Paper) -> String {
    let text = format!("{}/{}", condition.held, condition.failed);
    if condition.held == 0 || condition.failed == 0 {
        paper.styled(&text, Style::Bad)
    } else {
        text
    }
}
