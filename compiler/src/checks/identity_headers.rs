//! MG0220: a header that tells the model server who calls means nothing else to a proxy or a server, and one thing.

use std::collections::BTreeSet;

use policies::exchange::RESELECTING;

use crate::diagnostic::Diagnostic;
use crate::syntax::Text;

use super::{Scope, written};

/// Longest name.
const LONGEST: usize = 64;
/// What Envoy, Istio, tracing systems and model servers read.
const TAKEN: [&str; 19] = [
    "x-ai-eg-",
    "x-amz",
    "x-b3-",
    "x-client-trace-id",
    "x-cloud-trace-context",
    "x-datadog-",
    "x-envoy-",
    "x-forwarded-",
    "x-gateway-",
    "x-http-method",
    "x-istio-",
    "x-llm-d-",
    "x-model-",
    "x-original-",
    "x-ot-span-context",
    "x-real-ip",
    "x-request-id",
    "x-seldon-",
    "x-wasm-",
];
const MODEL: &str = "x-model";

/// `identityHeaders`.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    let mut seen = BTreeSet::new();
    let headers = scope.gate.identity_headers.iter();
    for name in written(headers.flat_map(|headers| headers.names())) {
        let shown: String = name.value.chars().take(80).collect();
        let shown = shown.escape_debug();
        let wrong = if !is_name(&name.value) {
            let help = "use `x-`, then small letters, digits and `-`, at most 64 of them";
            Some((format!("`{shown}` cannot be an identity header"), help))
        } else if is_taken(&name.value) {
            let help = "write a name of your own, such as `x-modelgate-user`";
            let message = format!("`{shown}` means something else to proxies or model servers");
            Some((message, help))
        } else if !seen.insert(&name.value) {
            let help = "give each its own name";
            Some((format!("two identity headers are called `{shown}`"), help))
        } else {
            None
        };
        found.extend(wrong.map(|(message, help)| problem(name, message, help)));
    }
    found.extend(without_issuer(scope));
}

/// One name at two issuers is two people.
fn without_issuer(scope: &Scope<'_>) -> Option<Diagnostic> {
    let headers = scope.gate.identity_headers.as_ref()?;
    let first = written(headers.names()).next()?;
    if scope.gate.issuers.len() < 2 || headers.issuer.is_some() {
        return None;
    }
    let message = "the identity headers do not say the issuer, and there are several".to_owned();
    let help = "add `issuer: x-modelgate-issuer`: one name at two issuers is two callers";
    Some(problem(first, message, help))
}

fn problem(name: &Text, message: String, help: &str) -> Diagnostic {
    Diagnostic::error("MG0220", name.span, message).with_help(help)
}

/// No `_`: many servers take it for `-`.
fn is_name(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let own = name.strip_prefix("x-").unwrap_or_default();
    !own.is_empty() && name.len() <= LONGEST && own.bytes().all(inner)
}

fn is_taken(name: &str) -> bool {
    name == MODEL
        || RESELECTING.contains(&name)
        || TAKEN.iter().any(|taken| name.starts_with(taken))
}

#[cfg(test)]
mod tests {
    use crate::checks::vectors::gate_with;

    fn headers(text: &str) -> Vec<&'static str> {
        let line = format!("  identityHeaders: {text}\n  namespaces:");
        gate_with("  namespaces:", &line)
    }

    #[test]
    fn identity_headers_are_our_own() {
        let all = "{ user: x-modelgate-user, groups: x-g, serviceAccount: x-sa, issuer: x-iss }";
        assert_eq!(headers(all), [""; 0]);
        assert_eq!(headers("{ user: x-a, groups: x-a }"), ["MG0220"]);
        for name in [
            "authorization",
            "x-",
            "X-User",
            "x-us_er",
            "\"x-a b\"",
            "x-request-id",
            "x-forwarded-user",
            "x-envoy-peer-metadata",
            "x-b3-traceid",
            "x-model",
            "x-gateway-model-name",
        ] {
            assert_eq!(
                headers(&format!("{{ user: {name} }}")),
                ["MG0220"],
                "{name}"
            );
        }
        assert_eq!(headers("{ usr: x-a }")[..1], ["MG0101"]);
        assert_eq!(headers("{}"), ["MG0106"]);
    }
}
