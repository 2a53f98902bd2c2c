//! MG0210, MG0211: a backend answers to hosts of its namespace, and a host and path lead to one backend. Two backends on a
//! host would leave open which protocol a request speaks; Seldon's differ by path.

use policies::bundle::Api;

use crate::diagnostic::Diagnostic;
use crate::syntax::gate::{Backend, Namespace};
use crate::syntax::{Text, suggest};

use super::{Scope, written};

/// Every `backends` of the gate's namespaces.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    for namespace in &scope.gate.namespaces {
        foreign_hosts(namespace, found);
        for (index, backend) in namespace.backends.iter().enumerate() {
            let earlier = namespace.backends.iter().take(index);
            let clash = earlier
                .filter_map(|other| shared(namespace, other, backend).map(|host| (other, host)))
                .next();
            found.extend(clash.map(|(other, host)| ambiguous(backend, other, host)));
        }
    }
}

/// The hosts that a backend answers to.
pub fn hosts<'a>(namespace: &'a Namespace, backend: &'a Backend) -> &'a [Text] {
    backend.hosts.as_deref().unwrap_or(&namespace.hosts)
}

fn foreign_hosts(namespace: &Namespace, found: &mut Vec<Diagnostic>) {
    let own = || namespace.hosts.iter().map(|host| host.value.as_str());
    for host in written(
        namespace
            .backends
            .iter()
            .filter_map(|backend| backend.hosts.as_ref())
            .flatten(),
    ) {
        if !own().any(|name| name == host.value) {
            let message = format!(
                "`{}` is no host of the namespace `{}`",
                host.value, namespace.name.value
            );
            let near = suggest::help(&host.value, own().collect::<Vec<_>>(), "its hosts are");
            let help = format!("{near}; or add this one to the namespace's `hosts`");
            found.push(Diagnostic::error("MG0210", host.span, message).with_help(help));
        }
    }
}

/// A host on which both answer, unless their paths differ.
fn shared<'a>(
    namespace: &'a Namespace,
    first: &'a Backend,
    second: &'a Backend,
) -> Option<&'a str> {
    let (Some(one), Some(other)) = (first.api, second.api) else {
        return None;
    };
    if (one.value, other.value) == (Api::Seldon, Api::Seldon) {
        return None;
    }
    let taken = hosts(namespace, first);
    let both = hosts(namespace, second)
        .iter()
        .find(|host| taken.iter().any(|other| other.value == host.value));
    both.map(|host| host.value.as_str())
}

fn ambiguous(backend: &Backend, other: &Backend, host: &str) -> Diagnostic {
    let message = format!(
        "`{}` and `{}` both answer to the host `{host}`",
        other.service.value, backend.service.value
    );
    let help = "give each backend its own `hosts`; only `seldon` backends can share one";
    Diagnostic::error("MG0211", backend.service.span, message).with_help(help)
}

#[cfg(test)]
mod tests {
    use crate::checks::vectors::gate_with;

    const RISK: &str =
        "hosts: [risk.example.com]\n      backends: [{ service: score, api: open-inference }]";

    fn risk(hosts: &str, backends: &str) -> Vec<&'static str> {
        gate_with(
            RISK,
            &format!("hosts: [{hosts}]\n      backends: [{backends}]"),
        )
    }

    #[test]
    fn a_backend_has_hosts_of_its_namespace() {
        assert_eq!(
            risk(
                "a.io",
                "{ service: score, api: open-inference, hosts: [fraud.example.com] }"
            ),
            ["MG0210"]
        );
        assert_eq!(
            risk(
                "a.io",
                "{ service: score, api: open-inference, hosts: [a.io] }"
            ),
            [""; 0]
        );
    }

    #[test]
    fn one_backend_answers() {
        let two = "{ service: score, api: open-inference }, { service: b, api: openai }";
        assert_eq!(risk("a.io", two), ["MG0211"]);
        let mixed = "{ service: score, api: open-inference, hosts: [a.io] }, { service: b, api: seldon, hosts: [b.io, a.io] }";
        assert_eq!(risk("a.io, b.io", mixed), ["MG0211"]);
        let apart = "{ service: score, api: open-inference, hosts: [a.io] }, { service: b, api: openai, hosts: [b.io] }";
        assert_eq!(risk("a.io, b.io", apart), [""; 0]);
        let fraud = "{ service: detector, api: seldon }";
        assert_eq!(
            gate_with(
                fraud,
                &format!("{fraud}, {{ service: second, api: seldon }}")
            ),
            [""; 0]
        );
    }
}
