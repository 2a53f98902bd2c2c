//! A user's Cedar expression: parsed alone first, so that it can be nothing but an expression, then checked where it will stand.

use std::str::FromStr;

use cedar_policy::ffi::DetailedError;
use cedar_policy::pst::{ActionConstraint, Clause};
use cedar_policy::{
    Expression, Policy as CedarPolicy, PolicySet, ValidationMode, ValidationResult, Validator,
};

use crate::diagnostic::{Diagnostic, sort};
use crate::policy::CedarText;

use super::{advice, letters, limits, place};

/// Largest expression.
const MOST: limits::Most = limits::Most {
    bytes: 8 * 1024,
    members: 100,
};

/// The expression as a `when` clause.
pub fn clause(
    text: &CedarText,
    actions: ActionConstraint,
    validator: &Validator,
) -> Result<Clause, Vec<Diagnostic>> {
    limits::check(text, MOST)?;
    letters::check(text)?;
    Expression::from_str(&text.text)
        .map_err(|errors| located(&DetailedError::from(&errors), text, 0, "MG0901"))?;
    let (policy, offset) = probe(text, &actions)?;
    let clauses = policy
        .to_pst()
        .map(|tree| tree.body().clone().into_clauses());
    let set =
        PolicySet::from_policies([policy]).map_err(|error| unusable(text, &error.to_string()))?;
    let result = validator.validate(&set, ValidationMode::Strict);
    let problems = type_errors(&result, text, offset);
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut clauses = clauses.map_err(|error| unusable(text, &error.to_string()))?;
    match (clauses.pop(), clauses.is_empty()) {
        (Some(clause), true) => Ok(clause),
        _ => Err(unusable(text, "it is not one condition")),
    }
}

/// What cedar-policy says, at its place inside the YAML. `offset` is where the text starts in what cedar-policy read.
pub fn located(
    error: &DetailedError,
    text: &CedarText,
    offset: usize,
    code: &'static str,
) -> Vec<Diagnostic> {
    let span = error.source_locations.first().map_or(text.span, |label| {
        place::within(
            text,
            label.loc.start.saturating_sub(offset),
            label.loc.end.saturating_sub(offset),
        )
    });
    let label = error
        .source_locations
        .first()
        .and_then(|label| label.label.clone());
    let message = match label {
        Some(label) if !error.message.contains(&label) => format!("{}: {label}", error.message),
        _ => plain(&error.message),
    };
    let first = Diagnostic::error(code, span, message);
    let first = diagnostic(first, error.help.clone(), &text.text);
    let related = error
        .related
        .iter()
        .flat_map(|error| located(error, text, offset, code));
    std::iter::once(first).chain(related).collect()
}

/// What the validator does not accept; it says the same once for every action.
pub fn type_errors(result: &ValidationResult, text: &CedarText, offset: usize) -> Vec<Diagnostic> {
    let errors = result.validation_errors().map(DetailedError::from);
    let mut problems: Vec<Diagnostic> = errors
        .flat_map(|error| located(&error, text, offset, "MG0902"))
        .collect();
    sort(&mut problems);
    problems
}

/// cedar-policy's words without the policy's and the action's name, which the user may not have written.
pub fn plain(message: &str) -> String {
    let without_policy = match message
        .strip_prefix("for policy `")
        .and_then(|rest| rest.split_once("`, "))
    {
        Some((_, rest)) => rest,
        None => message,
    };
    let Some((before, after)) = without_policy.split_once(" for Action::\"") else {
        return without_policy.to_owned();
    };
    let after = after.split_once('"').map_or("", |(_, after)| after);
    format!("{before}{after}")
}

/// With our advice about the usual mistakes, or cedar-policy's own, or what the gate must say first. `text` is all of what is wrong.
pub fn diagnostic(diagnostic: Diagnostic, help: Option<String>, text: &str) -> Diagnostic {
    let single = help
        .as_ref()
        .is_some_and(|help| help.contains("not single quotes"));
    let ours = match single {
        true => advice::double_quotes(text),
        false => advice::usual::of(&diagnostic.message, help.as_deref(), text)
            .or_else(|| advice::of(&diagnostic.message)),
    };
    let undeclared = || advice::declaration(&diagnostic.message, text);
    let theirs = || help.map(|help| plain(&help));
    match ours.or_else(theirs).or_else(undeclared) {
        Some(help) => diagnostic.with_help(help),
        None => diagnostic,
    }
}

/// A policy around the expression, with places. This is the one spot where text goes into text, and it is safe: the text
/// was accepted as an expression to its last token, and the line break ends a trailing comment, so the tokens of the
/// whole are the tokens of the three parts and can only be read as this policy.
fn probe(
    text: &CedarText,
    actions: &ActionConstraint,
) -> Result<(CedarPolicy, usize), Vec<Diagnostic>> {
    let action = format!("action {actions}");
    let before = format!(
        "permit(principal, {}, resource) when {{\n",
        action.trim_end()
    );
    let policy = CedarPolicy::parse(None, format!("{before}{}\n}};", text.text));
    let policy = policy
        .map_err(|errors| located(&DetailedError::from(&errors), text, before.len(), "MG0901"))?;
    Ok((policy, before.len()))
}

fn unusable(text: &CedarText, why: &str) -> Vec<Diagnostic> {
    vec![Diagnostic::error(
        "MG0906",
        text.span,
        format!("this expression cannot be used: {why}"),
    )]
}
