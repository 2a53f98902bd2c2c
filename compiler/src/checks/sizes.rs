//! MG0313, MG0314: a file stays small enough to be read by a person and compiled in no time.

use crate::diagnostic::Diagnostic;

use super::Scope;

/// Most rules of a file.
const MOST_RULES: usize = 500;

/// Longest `because` in characters.
const LONGEST_REASON: usize = 256;

/// Every access file.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    for file in &scope.reading.files {
        let rules = || file.allow.iter().chain(&file.deny);
        if let Some(first) = rules().nth(MOST_RULES) {
            let message = format!(
                "`{}` has {} rules, the most is {MOST_RULES}",
                file.name.value,
                rules().count()
            );
            let help = "put people into groups, or split the file";
            found.push(Diagnostic::error("MG0313", first.span, message).with_help(help));
        }
        for reason in rules().filter_map(|rule| rule.because.as_ref()) {
            let length = reason.value.chars().count();
            if length > LONGEST_REASON {
                let message =
                    format!("`because` has {length} characters, the most is {LONGEST_REASON}");
                found.push(
                    Diagnostic::error("MG0314", reason.span, message).with_help("say it shorter"),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_REASON, MOST_RULES};
    use crate::checks::vectors::access_with;

    #[test]
    fn files_stay_small() {
        let rule = "    - who: { groups: [analysts] }\n";
        assert_eq!(access_with(rule, &rule.repeat(MOST_RULES)), [""; 0]);
        assert_eq!(access_with(rule, &rule.repeat(MOST_RULES + 1)), ["MG0313"]);
        let deny = |length: usize| {
            format!(
                "  deny:\n{rule}      because: {}\n  allow:",
                "é".repeat(length)
            )
        };
        assert_eq!(access_with("  allow:", &deny(LONGEST_REASON)), [""; 0]);
        assert_eq!(
            access_with("  allow:", &deny(LONGEST_REASON + 1)),
            ["MG0314"]
        );
    }
}
