//! A comparison for a pull request.

use compiler::analysis::change::Direction;

use crate::markdown::{cell, code, list};

use super::{Answer, models, object, subject, who};

/// The comment. Whatever has names in it is code.
pub fn write(answer: &Answer<'_>) -> String {
    let mut text = String::from("## What this change lets whom do\n\n");
    text += &format!("{}.\n", answer.summary());
    for (direction, heading, verb) in [
        (Direction::Allowed, "Newly allowed", "may"),
        (Direction::Denied, "Newly denied", "may no longer"),
    ] {
        let changes = answer.of(direction);
        if !changes.is_empty() {
            text += &format!("\n### {heading}\n");
        }
        for change in changes {
            text.push('\n');
            for part in change.parts() {
                let subject = subject(&list(&who(&part)), verb);
                let object = object(&part, &list(&models(&part)));
                text += &format!("- **{subject}** {object}\n");
            }
            let (rule, what) = (answer.rule(change.cause), answer.what(change.cause));
            text += &format!("\n  rule {} {}\n\n", code(&rule), code(&what));
            let [before, after] = answer.verdicts(change);
            text += &format!(
                "  | for instance | {} |\n  |---|---|\n",
                cell(&change.example.to_string())
            );
            text += &format!(
                "  | before | {} |\n  | now | {} |\n",
                cell(&before),
                cell(&after)
            );
        }
    }
    if !answer.comparison.unchanged.is_empty() {
        text += "\n### Edited without effect\n\n";
        for cause in &answer.comparison.unchanged {
            text += &format!("- {}\n", code(&answer.rule(*cause)));
        }
    }
    text += &beside(answer);
    if !answer.around.is_empty() {
        text += "\n### Changed in the gate, and not compared\n\n";
        for part in &answer.around {
            text += &format!("- {}\n", code(part));
        }
    }
    text
}

/// What changes without a rule that grants or denies it anew.
fn beside(answer: &Answer<'_>) -> String {
    let mut text = String::new();
    for (heading, sentences) in [
        (
            "Allowed newly, or perhaps, without a rule that grants it anew",
            &answer.beside.opened,
        ),
        (
            "Refused newly, without a rule that denies it anew",
            &answer.beside.closed,
        ),
    ] {
        if !sentences.is_empty() {
            text += &format!("\n### {heading}\n\n");
        }
        for sentence in sentences {
            text += &format!("- {}\n", code(sentence));
        }
    }
    text
}
