//! MG0331: a name that looks like several names, or like one with its kind before it. It is one name, as it stands there, so that a rule
//! about it is about nobody, and a deny keeps nobody away.

use crate::diagnostic::Diagnostic;
use crate::syntax::Text;

use super::Scope;
use super::scripts::named;

/// With what `what-can` and other tools say the kind, and the field that says it here.
const KINDS: [(&str, &str); 6] = [
    ("group:", "groups"),
    ("groups:", "groups"),
    ("user:", "users"),
    ("users:", "users"),
    ("sa:", "serviceAccounts"),
    ("role:", "roles"),
];

/// Names in rules, roles and the gate's `grants`.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(named(scope).filter_map(doubtful));
}

fn doubtful(name: &Text) -> Option<Diagnostic> {
    let text = name.value.as_str();
    let kind = KINDS.into_iter().find_map(|(prefix, field)| {
        let rest = text.strip_prefix(prefix)?.trim_start();
        (!rest.is_empty()).then_some((prefix, field, rest))
    });
    let (message, meant) = match (kind, parts(text)) {
        (Some((prefix, field, rest)), _) => (
            format!("`{text}` is a name that begins with `{prefix}`"),
            format!("write `{field}: [{rest}]`: the field says the kind"),
        ),
        (None, Some(parts)) => (
            format!("`{text}` is one name"),
            format!("several names are written `[{}]`", parts.join(", ")),
        ),
        (None, None) => return None,
    };
    let help = format!("{meant}; if the name is spelt so where it comes from, leave it");
    Some(Diagnostic::warning("MG0331", name.span, message).with_help(help))
}

/// The names that somebody may have meant; those of a directory have commas, and `=` in each part.
fn parts(text: &str) -> Option<Vec<&str>> {
    let parts: Vec<&str> = text.split([',', ';']).map(str::trim).collect();
    let are_names = parts
        .iter()
        .all(|part| !part.is_empty() && !part.contains('='));
    (parts.len() > 1 && are_names).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::{Text, doubtful};
    use crate::checks::vectors::{access_with, gate_with};

    fn who(text: &str) -> Vec<&'static str> {
        access_with("groups: [analysts]", text)
    }

    #[test]
    fn one_name_is_not_several() {
        assert_eq!(who("groups: ['analysts, leads']"), ["MG0331"]);
        assert_eq!(who("groups: ['analysts,leads']"), ["MG0331"]);
        assert_eq!(who("groups: [analysts; leads]"), ["MG0331"]);
        assert_eq!(who("groups: ['group:analysts']"), ["MG0331"]);
        assert_eq!(who("users: ['user:ann']"), ["MG0331"]);
        assert_eq!(
            gate_with(
                "  install:",
                "  grants: { groups: ['analysts, b'] }\n  install:"
            ),
            ["MG0331", "MG0324"]
        );
        for name in [
            "'CN=analysts,OU=groups,DC=example'",
            "data analysts",
            "'urn:group:a'",
            "'a,'",
        ] {
            assert_eq!(who(&format!("groups: [{name}]")), [""; 0], "{name}");
        }
    }

    #[test]
    fn what_to_type_is_said() {
        let help = |name: &str| {
            let name = Text {
                value: name.to_owned(),
                ..Text::default()
            };
            doubtful(&name).and_then(|problem| problem.help)
        };
        let said = |name: &str, due: &str| {
            let found = help(name).unwrap_or_default();
            assert!(found.starts_with(due), "{found}");
        };
        said(
            "analysts; leads",
            "several names are written `[analysts, leads]`;",
        );
        said(
            "group:analysts",
            "write `groups: [analysts]`: the field says the kind;",
        );
    }
}
