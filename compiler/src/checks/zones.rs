//! MG0222: a time zone that nobody knows, or whose clock does not run in whole quarters of an hour.

use crate::diagnostic::Diagnostic;
use crate::zone;

use super::{Scope, written};

/// `timeZones` of the gate.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    for name in written(&scope.gate.time_zones) {
        if !zone::is_known(&name.value) {
            let message = format!("`{}` is no time zone", name.value.escape_debug());
            let help =
                "write a name of the IANA database, such as `Europe/Berlin` or `America/New_York`";
            found.push(Diagnostic::error("MG0222", name.span, message).with_help(help));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::vectors::gate_with;

    #[test]
    fn time_zones_have_names() {
        let zones =
            |names: &str| gate_with("  install:", &format!("  timeZones: [{names}]\n  install:"));
        assert_eq!(zones("Europe/Berlin, Asia/Kolkata, UTC"), [""; 0]);
        assert_eq!(zones("Europe/Berlim"), ["MG0222"]);
        assert_eq!(zones("europe/berlin"), ["MG0222"]);
        assert_eq!(zones("\"a\\\": Long, b\""), ["MG0222"]);
        assert_eq!(zones(""), ["MG0106"]);
    }
}
