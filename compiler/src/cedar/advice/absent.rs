//! What may be missing is asked for before it is compared. Cedar's own advice, `has` and `&&`, is about a rule that permits: in one that
//! denies it lets those pass who come without, and they are mostly the ones that are meant. Behind `!( ) ||` Cedar would not know that it is
//! there, behind `if` it does.

use crate::diagnostic::Diagnostic;

/// How Cedar's own advice begins and ends, with `X has Y` between.
const THEIRS: (&str, &str) = ("try testing for the attribute's presence with `", " && ..`");

/// In the condition of a deny.
pub fn in_deny(problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
    advised(problems, |has| {
        format!(
            "not every request has it: `if {has} then ... else true` denies those without it too, `{has} && ...` lets them pass"
        )
    })
}

/// In a guardrail, of whose clauses the one forbids and the other excepts.
pub fn in_guardrail(problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
    advised(problems, |has| {
        format!(
            "not every request has it: to forbid those without it too, write `if {has} then ... else true` in a `when`, or `{has} && ...` in an `unless`"
        )
    })
}

fn advised(problems: Vec<Diagnostic>, help: impl Fn(&str) -> String) -> Vec<Diagnostic> {
    let advised = |problem: Diagnostic| {
        let theirs = problem.help.as_deref();
        let has = theirs.and_then(|theirs| theirs.strip_prefix(THEIRS.0)?.strip_suffix(THEIRS.1));
        match has.map(&help) {
            Some(help) => problem.with_help(help),
            None => problem,
        }
    };
    problems.into_iter().map(advised).collect()
}

#[cfg(test)]
mod tests {
    use super::{in_deny, in_guardrail};
    use crate::diagnostic::Diagnostic;
    use crate::source::Span;

    #[test]
    fn those_without_it_are_meant_by_what_denies() {
        let theirs = "try testing for the attribute's presence with `context has version && ..`";
        let problem =
            |help: &str| vec![Diagnostic::error("MG0902", Span::default(), "").with_help(help)];
        let said =
            |problems: Vec<Diagnostic>| problems.into_iter().find_map(|problem| problem.help);
        for help in [in_deny(problem(theirs)), in_guardrail(problem(theirs))].map(said) {
            let help = help.unwrap_or_default();
            assert!(
                help.contains("`if context has version then ... else true`"),
                "{help}"
            );
        }
        assert_eq!(said(in_deny(problem("other"))), Some("other".to_owned()));
    }
}
