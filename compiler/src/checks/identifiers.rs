//! MG0206: names that become names of Kubernetes objects, Envoy clusters and parts of other names are written as Kubernetes does; so are
//! roles and groups of actions, so that no two look alike, and no group looks like an action.

use crate::diagnostic::Diagnostic;
use crate::syntax::Text;
use crate::syntax::gate::Place;

use super::grammar::{LABEL, LONGEST_LABEL, LONGEST_SUBDOMAIN, is_label, is_subdomain};
use super::{Scope, written};

/// Every such name.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    let gate = scope.gate;
    let namespaces = || gate.namespaces.iter();
    labels(
        "a namespace",
        namespaces().map(|namespace| &namespace.name),
        found,
    );
    labels(
        "a service",
        namespaces()
            .flat_map(|namespace| &namespace.backends)
            .map(|backend| &backend.service),
        found,
    );
    labels(
        "an issuer's name",
        gate.issuers.iter().map(|issuer| &issuer.name),
        found,
    );
    labels(
        "an install target's name",
        gate.install.iter().map(|install| &install.name),
        found,
    );
    let places = gate.install.iter();
    let gateways = places.filter_map(|install| gateway(install.place.as_ref()?));
    labels("a namespace", gateways, found);
    let roles = scope.reading.roles.iter().flat_map(|roles| &roles.roles);
    labels("the name of a role", roles.map(|role| &role.name), found);
    let groups = scope.reading.roles.iter().flat_map(|roles| &roles.actions);
    let groups = groups.map(|group| &group.name);
    labels("the name of a group of actions", groups, found);
    subdomains("a trust domain", gate.trust_domain.iter(), found);
    let files = scope.reading.files.iter().map(|file| &file.name);
    let tests = scope.reading.tests.iter().map(|test| &test.name);
    let roles = scope.reading.roles.iter().map(|roles| &roles.name);
    subdomains(
        "a document's name",
        files.chain(tests).chain(roles).chain([&gate.name]),
        found,
    );
}

fn gateway(place: &Place) -> Option<&Text> {
    match place {
        Place::Gateway { namespace, .. } => Some(namespace),
        Place::Sidecars { .. } => None,
    }
}

fn labels<'a>(what: &str, names: impl Iterator<Item = &'a Text>, found: &mut Vec<Diagnostic>) {
    let wrong = written(names).filter(|name| !is_label(&name.value));
    found.extend(wrong.map(|name| malformed(what, name, LONGEST_LABEL).with_help(label(name))));
}

/// What would do instead, where the name is one in other letters.
fn label(name: &Text) -> String {
    let meant = name.value.trim().to_lowercase().replace(['_', ' '], "-");
    match is_label(&meant) {
        true => format!("write `{meant}`: {}", LABEL.trim_start_matches("use ")),
        false => LABEL.to_owned(),
    }
}

fn subdomains<'a>(what: &str, names: impl Iterator<Item = &'a Text>, found: &mut Vec<Diagnostic>) {
    let help = "use small letters, digits, `-` and `.`, at most 253 of them and 63 between dots, with a letter or digit at both ends";
    let wrong = written(names).filter(|name| !is_subdomain(&name.value));
    found.extend(wrong.map(|name| malformed(what, name, LONGEST_SUBDOMAIN).with_help(help)));
}

fn malformed(what: &str, name: &Text, longest: usize) -> Diagnostic {
    let value = &name.value;
    let mut shown: String = value.chars().take(80).collect();
    if shown.len() < value.len() {
        shown.push('…');
    }
    let count = |text: &str| text.chars().count();
    let (length, part) = (count(value), value.split('.').map(count).max().unwrap_or(0));
    let why = if length > longest {
        format!(": it is too long, {length} characters of at most {longest}")
    } else if part > LONGEST_LABEL {
        format!(": it is too long between dots, {part} characters of at most {LONGEST_LABEL}")
    } else {
        String::new()
    };
    let message = format!("`{}` cannot be {what}{why}", shown.escape_debug());
    Diagnostic::error("MG0206", name.span, message)
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_LABEL, LONGEST_SUBDOMAIN, Text, malformed};
    use crate::checks::vectors::{GATE, access_with, codes, gate_with};

    #[test]
    fn names_are_written_as_kubernetes_does() {
        assert_eq!(gate_with("name: corp", "name: Corp"), ["MG0206"]);
        assert_eq!(gate_with("name: edge", "name: edge/1"), ["MG0206"]);
        assert_eq!(gate_with("service: detector", "service: a.b"), ["MG0206"]);
        assert_eq!(
            gate_with("namespace: istio-system", "namespace: \"{{ x }}\""),
            ["MG0206"]
        );
        assert_eq!(
            gate_with("  install:", "  trustDomain: a b\n  install:"),
            ["MG0206"]
        );
        assert_eq!(
            gate_with("  install:", "  trustDomain: example.org\n  install:"),
            [""; 0]
        );
        assert_eq!(access_with("name: models", "name: Models"), ["MG0206"]);
        assert_eq!(access_with("name: models", "name: my.models"), [""; 0]);
    }

    #[test]
    fn no_two_roles_look_alike() {
        let named = |name: &str| {
            let roles = format!(
                "apiVersion: modelgate.dev/v1alpha1\nkind: Roles\nmetadata: {{ namespace: risk, name: people }}\nspec:\n  roles:\n    - name: {name}\n      who: {{ groups: [leads] }}\n"
            );
            codes(&[("gate.yaml", GATE), ("roles.yaml", &roles)])
        };
        assert_eq!(named("reviewers-2"), [""; 0]);
        for name in [
            r#""lead\n""#,
            r#""lead\0""#,
            r#""le\u200bad""#,
            r#""\u202elead""#,
            "le\u{430}d",
            r#"" lead""#,
            r#""*""#,
            "Lead",
        ] {
            assert_eq!(named(name), ["MG0206"], "{name}");
        }
    }

    #[test]
    fn a_long_name_is_said_to_be_too_long() {
        let said = |name: &str, longest| {
            let name = Text {
                value: name.to_owned(),
                ..Text::default()
            };
            malformed("a document's name", &name, longest).message
        };
        let long = "a".repeat(64);
        let message = said(&long, LONGEST_LABEL);
        assert!(
            message.ends_with(": it is too long, 64 characters of at most 63"),
            "{message}"
        );
        let message = said(&long, LONGEST_SUBDOMAIN);
        assert!(
            message.ends_with("between dots, 64 characters of at most 63"),
            "{message}"
        );
        let message = said(&"a.".repeat(127), LONGEST_SUBDOMAIN);
        assert!(
            message.contains("a.…` cannot be a document's name: it is too long, 254"),
            "{message}"
        );
        assert_eq!(said("A", LONGEST_LABEL), "`A` cannot be a document's name");
    }
}
