//! MG0504 and MG0505: a grant that is over, and one that will be within 30 days. Who needs it longer hears of it before.

use policies::time::{UnixTime, duration};

use crate::diagnostic::Diagnostic;
use crate::policy::Policy;

/// Seconds before its end from which a grant is told of.
const SOON: u64 = 30 * 86_400;

/// Adds what it finds.
pub fn lint(policy: &Policy, now: UnixTime, found: &mut Vec<Diagnostic>) {
    for rule in policy.files.iter().flat_map(|file| &file.rules) {
        let Some(until) = &rule.until else { continue };
        let name = rule.id.rsplit('/').next().unwrap_or_default();
        let end = UnixTime::from_secs(until.ends).rfc3339();
        let warning = |code, message| Diagnostic::warning(code, until.span, message);
        found.extend(match until.ends.checked_sub(now.secs()) {
            None | Some(0) => {
                let message = format!("`{name}` ended at {end}");
                Some(
                    warning("MG0504", message).with_help("take the rule out, or give it a new end"),
                )
            }
            Some(left) if left <= SOON => {
                let message = format!("`{name}` ends in {}, at {end}", duration(left));
                let help = "give it a new end if it is needed longer";
                Some(warning("MG0505", message).with_help(help))
            }
            Some(_) => None,
        });
    }
}

#[cfg(test)]
mod tests {
    use policies::time::UnixTime;

    use crate::fixture::{allow, group, policy_with, until};

    fn codes(now: u64) -> Vec<&'static str> {
        let rule = allow("allow[0]", &[group("corp/a")], &[], &["risk-*"]);
        let policy = policy_with(vec![until(rule, "2025-12-31")], None);
        let mut found = Vec::new();
        super::lint(&policy, UnixTime::from_secs(now), &mut found);
        found.iter().map(|diagnostic| diagnostic.code).collect()
    }

    #[test]
    fn a_grant_is_told_of_a_month_before_its_end() {
        const END: u64 = 1_767_225_600;
        assert_eq!(codes(END - 30 * 86_400 - 1), [""; 0]);
        assert_eq!(codes(END - 30 * 86_400), ["MG0505"]);
        assert_eq!(codes(END - 1), ["MG0505"]);
        assert_eq!(codes(END), ["MG0504"]);
    }
}
