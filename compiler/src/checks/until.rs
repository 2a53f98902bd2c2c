//! MG0320: an `until` that is no end. Who reads it must see when the grant is over, to the second and without knowing a zone.

use crate::diagnostic::Diagnostic;
use crate::syntax::timestamp;

use super::{Scope, written};

pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    let rules = scope.reading.files.iter().flat_map(|file| &file.allow);
    for until in written(rules.filter_map(|rule| rule.until.as_ref())) {
        if timestamp::end(&until.value).is_none() {
            let message = format!("`{}` is no date", until.value);
            let help = "write the last day, as `2027-01-31` (it ends in UTC), or a time with its zone, as `2027-01-31T18:00:00+01:00`";
            found.push(Diagnostic::error("MG0320", until.span, message).with_help(help));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::vectors::access_with;

    #[test]
    fn dates_and_times_with_a_zone() {
        let code = |until: &str| {
            let rule = format!("[analysts] }}\n      until: {until}");
            access_with("[analysts] }", &rule)
        };
        for until in [
            "2027-01-31",
            "\"2027-01-31T18:00:00Z\"",
            "2027-01-31T18:00:00+01:00",
        ] {
            assert_eq!(code(until), [""; 0], "{until}");
        }
        for until in ["2027-02-30", "31.01.2027", "2027-01-31T18:00:00", "never"] {
            assert_eq!(code(until), ["MG0320"], "{until}");
        }
        assert_eq!(code("1801440000"), ["MG0105"]);
    }

    #[test]
    fn a_deny_does_not_end() {
        let deny = "[analysts] }\n  deny:\n    - who: { users: [eve] }\n      until: 2027-01-31";
        assert_eq!(access_with("[analysts] }", deny), ["MG0101"]);
    }
}
