//! MG0208, MG0209: a host is a plain name, and belongs to one namespace. A wildcard would claim other teams' hosts.

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::syntax::Text;

use super::grammar::{is_host, is_subdomain};
use super::{Scope, written};

/// Every `hosts` of the gate's namespaces.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
    for namespace in &scope.gate.namespaces {
        for host in written(&namespace.hosts) {
            if !is_host(&host.value) {
                found.push(malformed(host));
            } else if let Some(owner) = owners.insert(&host.value, &namespace.name.value) {
                found.push(taken(host, owner));
            }
        }
    }
}

/// A diagnostic for a text that is no host name.
pub fn malformed(host: &Text) -> Diagnostic {
    let lower = host.value.to_lowercase();
    let shown: String = host.value.chars().take(80).collect();
    let name = lower
        .split_once(':')
        .map_or(lower.as_str(), |(name, _)| name);
    let help = match () {
        () if lower.contains("://") => {
            "write the host name alone, without scheme and path".to_owned()
        }
        () if lower.contains('*') => "wildcards are not possible: name each host".to_owned(),
        () if is_host(name) => format!("write `{name}`: small letters, no port"),
        () if is_subdomain(name) => "write a name, not an IP address".to_owned(),
        () => "write a DNS name like `fraud.models.example.com`".to_owned(),
    };
    Diagnostic::error(
        "MG0208",
        host.span,
        format!("`{}` is no host name", shown.escape_debug()),
    )
    .with_help(help)
}

fn taken(host: &Text, owner: &str) -> Diagnostic {
    let message = format!(
        "the host `{}` belongs to the namespace `{owner}` already",
        host.value
    );
    Diagnostic::error("MG0209", host.span, message)
        .with_help("a host belongs to one namespace, and stands there once")
}

#[cfg(test)]
mod tests {
    use crate::checks::vectors::gate_with;

    #[test]
    fn hosts_are_plain_names() {
        for host in [
            "\"*.example.com\"",
            "\"*\"",
            "Fraud.example.com",
            "fraud.example.com:443",
            "https://fraud.example.com",
            "10.0.0.1",
        ] {
            assert_eq!(
                gate_with("hosts: [fraud.example.com]", &format!("hosts: [{host}]")),
                ["MG0208"],
                "{host}"
            );
        }
    }

    #[test]
    fn hosts_have_one_owner() {
        assert_eq!(
            gate_with("hosts: [fraud.example.com]", "hosts: [risk.example.com]"),
            ["MG0209"]
        );
        assert_eq!(
            gate_with("[fraud.example.com]", "[a.example.com, a.example.com]"),
            ["MG0209"]
        );
        assert_eq!(
            gate_with("[fraud.example.com]", "[a.example.com, b.example.com]"),
            [""; 0]
        );
    }
}
