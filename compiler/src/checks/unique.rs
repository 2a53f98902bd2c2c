//! MG0204, MG0205, MG0221: a name stands for one thing. Two issuers with the same `iss` would share their users.

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::source::Source;
use crate::syntax::{AccessTest, ModelAccess, Roles, Text};

use super::Scope;

/// Every list of names.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    in_the_gate(scope, found);
    clusters(scope, found);
    in_the_documents(scope, found);
}

fn in_the_gate(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    let gate = scope.gate;
    twice(
        "MG0204",
        "issuer",
        gate.issuers.iter().map(|issuer| &issuer.name),
        found,
    );
    twice(
        "MG0205",
        "value of `issuer`",
        gate.issuers.iter().map(|issuer| &issuer.issuer),
        found,
    );
    twice(
        "MG0204",
        "namespace",
        gate.namespaces.iter().map(|namespace| &namespace.name),
        found,
    );
    twice(
        "MG0204",
        "install target",
        gate.install.iter().map(|install| &install.name),
        found,
    );
    for namespace in &gate.namespaces {
        twice(
            "MG0204",
            "backend",
            namespace.backends.iter().map(|backend| &backend.service),
            found,
        );
    }
}

/// `payments/checkout` of one cluster is not that of another.
fn clusters(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    let mut clusters = scope
        .gate
        .issuers
        .iter()
        .filter(|issuer| issuer.is_kubernetes());
    let Some(first) = clusters.next() else { return };
    found.extend(clusters.map(|other| {
        let (one, other_name) = (&first.name.value, &other.name.value);
        let message = format!("`{other_name}` and `{one}` are both Kubernetes clusters");
        let help = "keep the one that the mesh runs in; name the other's accounts as `claims: {serviceAccount: sub}`";
        Diagnostic::error("MG0221", other.name.span, message).with_help(help)
    }));
}

fn in_the_documents(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    let files = scope
        .reading
        .files
        .iter()
        .map(|file: &ModelAccess| (&file.namespace, &file.name));
    documents("ModelAccess", files, scope.sources, found);
    let tests = scope
        .reading
        .tests
        .iter()
        .map(|test: &AccessTest| (&test.namespace, &test.name));
    documents("AccessTest", tests, scope.sources, found);
    let roles = scope
        .reading
        .roles
        .iter()
        .map(|roles: &Roles| (&roles.namespace, &roles.name));
    documents("Roles", roles, scope.sources, found);
    let each = scope.reading.roles.iter().flat_map(|document| {
        let roles = document.roles.iter();
        roles.map(|role| (&document.namespace, &role.name))
    });
    documents("role", each, scope.sources, found);
    let each = scope.reading.roles.iter().flat_map(|document| {
        let groups = document.actions.iter();
        groups.map(|group| (&document.namespace, &group.name))
    });
    documents("group of actions", each, scope.sources, found);
    for test in &scope.reading.tests {
        twice(
            "MG0204",
            "test",
            test.tests.iter().map(|case| &case.name),
            found,
        );
    }
}

fn twice<'a>(
    code: &'static str,
    what: &str,
    names: impl Iterator<Item = &'a Text>,
    found: &mut Vec<Diagnostic>,
) {
    let mut seen: BTreeMap<&str, &Text> = BTreeMap::new();
    for name in super::written(names) {
        if let Some(first) = seen.get(name.value.as_str()) {
            found.push(second(code, what, (name, first), &[]));
        } else {
            seen.insert(&name.value, name);
        }
    }
}

fn documents<'a>(
    kind: &str,
    names: impl Iterator<Item = (&'a Text, &'a Text)>,
    sources: &[Source],
    found: &mut Vec<Diagnostic>,
) {
    let mut seen: BTreeMap<(&str, &str), &Text> = BTreeMap::new();
    for (namespace, name) in names.filter(|(_, name)| !name.value.is_empty()) {
        let what = format!("`{kind}` of `{}`", namespace.value);
        match seen.insert((&namespace.value, &name.value), name) {
            Some(first) => found.push(second("MG0204", &what, (name, first), sources)),
            None => continue,
        }
    }
}

/// `sources` for the name of the file that the first is in.
fn second(
    code: &'static str,
    what: &str,
    (name, first): (&Text, &Text),
    sources: &[Source],
) -> Diagnostic {
    let message = format!("a second {what} `{}`", name.value);
    let other = sources.get(first.span.source);
    let other = other.filter(|_| first.span.source != name.span.source);
    let place = other.map_or_else(String::new, |source| format!(" of `{source}`"));
    let help = format!(
        "the first is on line {}{place}; keep one, or give it another name",
        first.span.line
    );
    Diagnostic::error(code, name.span, message).with_help(help)
}

#[cfg(test)]
mod tests {
    use crate::checks::vectors::{ACCESS, GATE, codes, gate_with};

    #[test]
    fn names_are_unique() {
        let issuer = "    - { name: corp, issuer: https://b.example.com, audiences: [a], jwksUri: https://b.example.com/c }\n  namespaces:";
        assert_eq!(gate_with("  namespaces:", issuer), ["MG0204"]);
        assert_eq!(gate_with("- name: risk", "- name: fraud")[..1], ["MG0204"]);
        let two = "{ service: detector, api: seldon }, { service: detector, api: seldon }";
        assert_eq!(
            gate_with("{ service: detector, api: seldon }", two),
            ["MG0204"]
        );
        assert_eq!(
            codes(&[
                ("g", GATE),
                ("a", ACCESS),
                ("b", &ACCESS.replace("churn", "other"))
            ]),
            ["MG0204"]
        );
        assert_eq!(
            codes(&[
                ("g", GATE),
                ("a", ACCESS),
                (
                    "b",
                    &ACCESS
                        .replace("churn", "other")
                        .replace(": models", ": more")
                )
            ]),
            [""; 0]
        );
    }

    #[test]
    fn issuers_are_different() {
        let issuer = "    - { name: other, issuer: https://id.example.com, audiences: [a], jwksUri: https://b.example.com/c }\n  defaultIssuer: corp\n  namespaces:";
        assert_eq!(gate_with("  namespaces:", issuer), ["MG0205"]);
    }
}
