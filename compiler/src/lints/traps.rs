//! MG0511, MG0512, MG0513: traps of Istio's own policies beside the filter, where they are given: policies of the proxies that run it, or
//! of the whole mesh.

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostic;
use crate::istio;
use crate::policy::{Gate, Install, Place, Policy};
use crate::syntax::Text;
use crate::syntax::istio::{
    Action, AuthorizationPolicy, Group, RequestAuthentication, Resources, Target,
};

/// The namespace whose policies are about the whole mesh.
const ROOT: &str = "istio-system";

/// Adds what it finds.
pub fn lint(files: &Policy, istio: &Resources, found: &mut Vec<Diagnostic>) {
    let gate = &files.gate;
    let near = |target: &&Target| gate.installs.iter().any(|install| is_near(target, install));
    for policy in &istio.policies {
        if Some(&policy.target).filter(near).is_none() {
            continue;
        }
        match policy.action {
            Action::Allow if !policy.dry_run && !adds_nothing(policy, files) => {
                found.push(adds(policy, gate));
            }
            Action::Deny if !policy.dry_run => by_hosts(policy, found),
            _ => {}
        }
    }
    let authentications = istio.authentications.iter();
    for authentication in authentications.filter(|it| near(&&it.target)) {
        taken(authentication, gate, found);
    }
}

/// Whether a proxy of the install target may run it; it is taken for near where labels leave that open.
fn is_near(target: &Target, install: &Install) -> bool {
    match &install.place {
        Place::Gateway { namespace, labels } => {
            let differs = |(name, value): &(Text, Text)| {
                let mut own = labels.iter();
                own.any(|(own, is)| *own == name.value && *is != value.value)
            };
            let here = target.namespace == *namespace || target.namespace == ROOT;
            here && !target.labels.iter().any(differs)
        }
        Place::Sidecars { namespaces } => {
            target.namespace == ROOT && target.labels.is_empty()
                || namespaces.contains(&target.namespace)
        }
    }
}

/// Whether whoever it lets in is let in by the policy that a compile writes, too: that one, above all, whatever it is called.
fn adds_nothing(policy: &AuthorizationPolicy, files: &Policy) -> bool {
    let target = &policy.target;
    let installs = files.gate.installs.iter();
    let near = installs.filter(|install| is_near(target, install));
    near.flat_map(|install| istio::let_in(files, install))
        .filter(|(namespace, _)| target.namespace == ROOT || target.namespace == *namespace)
        .all(|(_, workloads)| {
            let within = |group: &Group| is_within(group, &files.gate, &workloads);
            let mut rules = policy.rules.iter();
            rules.all(|rule| !rule.from.is_empty() && rule.from.iter().all(within))
        })
}

/// Whether one of the fields, all of which must fit, names nobody else.
fn is_within(group: &Group, gate: &Gate, workloads: &BTreeSet<String>) -> bool {
    let of_issuer = |value: &Text| {
        let value = value.value.strip_suffix('*').unwrap_or(&value.value);
        let mut issuers = gate.issuers.iter();
        !value.contains('*')
            && issuers.any(|issuer| {
                let subject = value.strip_prefix(&issuer.issuer);
                subject.is_some_and(|subject| subject.starts_with('/'))
            })
    };
    group
        .fields
        .iter()
        .any(|(name, values)| match name.value.as_str() {
            _ if values.is_empty() => false,
            "requestPrincipals" => values.iter().all(of_issuer),
            "principals" => values.iter().all(|value| workloads.contains(&value.value)),
            _ => false,
        })
}

fn adds(policy: &AuthorizationPolicy, gate: &Gate) -> Diagnostic {
    let Target { name, span, .. } = &policy.target;
    let mut installs = gate.installs.iter();
    let is_called_so = installs.any(|install| *name == format!("modelgate-{}", install.name));
    let (message, help) = if is_called_so {
        (
            format!(
                "`{name}` is called as what `compile` writes, and lets in others while the filter is missing"
            ),
            "apply what `compile` writes, or delete it: who may use models is said in access files",
        )
    } else {
        (
            format!(
                "Istio adds `{name}` up with the policy that denies while the filter is missing: whom either allows is let in"
            ),
            "let it select other pods, or delete it: who may use models is said in access files",
        )
    };
    Diagnostic::warning("MG0511", *span, message).with_help(help)
}

/// Tokens that Istio takes out of the request before the filter sees it.
fn taken(authentication: &RequestAuthentication, gate: &Gate, found: &mut Vec<Diagnostic>) {
    for rule in authentication.rules.iter().filter(|rule| !rule.forwards) {
        let mut issuers = gate.issuers.iter();
        let Some(issuer) = issuers.find(|issuer| issuer.issuer == rule.issuer.value) else {
            continue;
        };
        let message = format!(
            "Istio takes the tokens of `{}` out of requests before the filter sees them, which then refuses everybody",
            issuer.name
        );
        let help = "write `forwardOriginalToken: true` beside the issuer, or delete it here: what `compile` writes has it";
        found.push(Diagnostic::warning("MG0512", rule.issuer.span, message).with_help(help));
    }
}

/// Hosts are compared with the whole `Host` header, its port with it (istiod's `HostMatcher`; it has proxies strip no ports).
fn by_hosts(policy: &AuthorizationPolicy, found: &mut Vec<Diagnostic>) {
    let operations = policy.rules.iter().flat_map(|rule| &rule.to);
    let fields = operations.flat_map(|operation| &operation.fields);
    for (_, hosts) in fields.filter(|(name, _)| name.value == "hosts") {
        let has = |host: &str| hosts.iter().any(|other| other.value == host);
        for host in hosts {
            let name = &host.value;
            if name.ends_with('*') || name.contains(':') || has(&format!("{name}:*")) {
                continue;
            }
            let message = format!(
                "who asks for `{name}:443` passes this deny: a host is compared with its port"
            );
            let help = if name.starts_with('*') {
                "write each host that is meant, and `HOST:*` beside it".to_owned()
            } else {
                format!("write `{name}:*` beside it")
            };
            found.push(Diagnostic::warning("MG0513", host.span, message).with_help(help));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::lints::known::Known;
    use crate::lints::tests::knowing;
    use crate::source::Source;
    use crate::syntax::istio;

    /// Codes for the gate, whose filter is in the ingress gateway, beside a policy in `istio-system`.
    fn beside(kind: &str, name: &str, spec: &str) -> Vec<&'static str> {
        let rules = "  allow:\n    - who: { groups: [analysts] }\n";
        beside_rules(kind, name, spec, rules)
    }

    fn beside_rules(kind: &str, name: &str, spec: &str, rules: &str) -> Vec<&'static str> {
        let text = format!(
            "apiVersion: security.istio.io/v1\nkind: {kind}\nmetadata: {{ namespace: istio-system, name: {name} }}\nspec:\n{spec}"
        );
        let source = Source {
            name: "istio.yaml".into(),
            bytes: text.into_bytes(),
        };
        let istio = istio::read(&[source], None);
        assert!(istio.diagnostics.is_empty(), "{:?}", istio.diagnostics);
        let known = Known {
            istio,
            ..Known::default()
        };
        knowing(&known, rules)
    }

    #[test]
    fn an_allow_is_added_to_the_floor() {
        let policy = |name: &str, spec: &str| beside("AuthorizationPolicy", name, spec);
        let allow = "  rules: [{ from: [{ source: { namespaces: [batch] } }] }]\n";
        assert_eq!(policy("batch", allow), ["MG0511"]);
        // called as ours is, it is another one
        assert_eq!(policy("modelgate-edge", allow), ["MG0511"]);
        let selector =
            |value: &str| format!("  selector: {{ matchLabels: {{ istio: {value} }} }}\n{allow}");
        assert_eq!(policy("batch", &selector("ingressgateway")), ["MG0511"]);
        assert_eq!(policy("batch", &selector("egressgateway")), [""; 0]);
    }

    #[test]
    fn an_allow_of_those_who_are_let_in_anyway() {
        let policy = |name: &str, from: &str| {
            beside(
                "AuthorizationPolicy",
                name,
                &format!("  rules: [{{ from: [{from}] }}]\n"),
            )
        };
        let tokens = "{ source: { requestPrincipals: ['https://id.example.com/*'] } }";
        for name in ["modelgate-edge", "another"] {
            assert_eq!(policy(name, tokens), [""; 0]);
            let workload = "{ source: { principals: [cluster.local/ns/batch/sa/job] } }";
            assert_eq!(policy(name, workload), ["MG0511"]);
            assert_eq!(policy(name, &format!("{tokens}, {workload}")), ["MG0511"]);
        }
        let one = "{ source: { requestPrincipals: ['https://id.example.com/ann'], namespaces: [batch] } }";
        assert_eq!(policy("another", one), [""; 0]);
        for wider in ["'*'", "'https://id.example.com*'", "'*/ann'"] {
            let from = format!("{{ source: {{ requestPrincipals: [{wider}] }} }}");
            assert_eq!(policy("modelgate-edge", &from), ["MG0511"], "{wider}");
        }
    }

    #[test]
    fn what_a_compile_writes_is_known() {
        let rules =
            "  allow:\n    - who: { groups: [analysts], serviceAccounts: [payments/checkout] }\n";
        let ours = "  selector: { matchLabels: { istio: ingressgateway } }\n  action: ALLOW
  rules: [{ from: [{ source: { requestPrincipals: ['https://id.example.com/*'] } }, { source: { principals: [cluster.local/ns/payments/sa/checkout] } }] }]
";
        let with = |rules: &str| beside_rules("AuthorizationPolicy", "modelgate-edge", ours, rules);
        assert_eq!(with(rules), [""; 0]);
        let fewer = "  allow:\n    - who: { groups: [analysts] }\n";
        assert_eq!(with(fewer), ["MG0511"]);
    }

    #[test]
    fn tokens_that_are_taken_away() {
        let rule = |more: &str| {
            let spec = format!("  jwtRules: [{{ issuer: 'https://id.example.com'{more} }}]\n");
            beside("RequestAuthentication", "ids", &spec)
        };
        assert_eq!(rule(""), ["MG0512"]);
        assert_eq!(rule(", forwardOriginalToken: false"), ["MG0512"]);
        assert_eq!(rule(", forwardOriginalToken: true"), [""; 0]);
    }

    #[test]
    fn a_host_without_its_port() {
        let deny = |hosts: &str| {
            let spec = format!(
                "  action: DENY\n  rules: [{{ to: [{{ operation: {{ hosts: [{hosts}] }} }}] }}]\n"
            );
            beside("AuthorizationPolicy", "hosts", &spec)
        };
        assert_eq!(deny("a.example.com"), ["MG0513"]);
        assert_eq!(deny("a.example.com, 'a.example.com:*'"), [""; 0]);
        assert_eq!(deny("'*.example.com'"), ["MG0513"]);
        assert_eq!(deny("'*', 'a.*'"), [""; 0]);
    }
}
