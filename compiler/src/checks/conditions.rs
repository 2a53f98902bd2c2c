//! MG0223: a header field that conditions cannot ask for: it decides already, belongs to one connection, or carries a secret.

use std::collections::BTreeSet;

use policies::bundle::Api;
use policies::exchange::{RESELECTING, RESELECTING_BEGINNINGS};

use crate::diagnostic::Diagnostic;

use super::{Scope, written};

/// Longest name.
const LONGEST: usize = 64;
/// What the filter decides by, what carries secrets, and what is for one connection alone (RFC 9110 section 7.6.1).
const TAKEN: [&str; 26] = [
    "accept-encoding",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "forwarded",
    "grpc-encoding",
    "host",
    "http2-settings",
    "keep-alive",
    "path",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-api-key",
    "x-real-ip",
    "x-request-id",
];
/// What proxies and gateways write.
const TAKEN_BEGINNINGS: [&str; 5] = [
    "x-envoy-",
    "x-forwarded-",
    "x-istio-",
    "x-original-",
    "x-wasm-",
];

/// `conditions` of the gate.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    let mut seen = BTreeSet::new();
    let identity: BTreeSet<&str> = scope
        .gate
        .identity_headers
        .iter()
        .flat_map(|headers| headers.names())
        .map(|name| name.value.as_str())
        .collect();
    for name in written(&scope.gate.conditions.headers) {
        let shown: String = name.value.chars().take(80).collect();
        let shown = shown.escape_debug();
        let (message, help) = if is_taken(&name.value.to_ascii_lowercase()) {
            let help = "name a field that has no other meaning to proxies and model servers, such as `x-purpose`";
            let message = format!("`{shown}` decides already, or is not for conditions to read");
            (message, help)
        } else if !is_name(&name.value) {
            let help = "write it in small letters, digits and `-`, at most 64 of them, such as `x-purpose`";
            (format!("conditions cannot ask for `{shown}`"), help)
        } else if identity.contains(name.value.as_str()) {
            let help = "ask for the caller itself: `principal in [...]`, or a claim";
            let message =
                format!("`{shown}` is an identity header: what a client sends is removed");
            (message, help)
        } else if !seen.insert(&name.value) {
            (
                format!("`{shown}` is listed twice"),
                "delete one of the two",
            )
        } else {
            continue;
        };
        found.push(Diagnostic::error("MG0223", name.span, message).with_help(help));
    }
}

/// No `_`: many servers take it for `-`.
pub(crate) fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    name.len() <= LONGEST
        && name.bytes().all(fits)
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && !name.ends_with('-')
}

fn is_taken(name: &str) -> bool {
    let of_protocols = Api::ALL.iter().filter_map(|api| api.profile().model_header);
    let spelt = |known: &str| known.replace('_', "-") == name;
    TAKEN.contains(&name)
        || { TAKEN_BEGINNINGS.iter().chain(&RESELECTING_BEGINNINGS) }
            .any(|taken| name.starts_with(taken))
        || RESELECTING.iter().any(|known| spelt(known))
        || of_protocols.into_iter().any(|(known, _)| spelt(known))
}

#[cfg(test)]
mod tests {
    use crate::checks::vectors::gate_with;

    fn headers(names: &str) -> Vec<&'static str> {
        let lines = format!("  conditions: {{ headers: [{names}] }}\n  namespaces:");
        gate_with("  namespaces:", &lines)
    }

    #[test]
    fn conditions_ask_for_what_has_no_other_meaning() {
        assert_eq!(headers("x-purpose, ticket, user-agent"), [""; 0]);
        assert_eq!(headers("x-purpose, x-purpose"), ["MG0223"]);
        for name in [
            "X-Purpose",
            "x_purpose",
            "x-",
            "\":path\"",
            "\"1\"",
            "authorization",
            "cookie",
            "host",
            "te",
            "content-type",
            "x-forwarded-for",
            "x-envoy-original-path",
            "seldon-model",
            "x-model",
            "multiplexed-model-id",
            "x-ai-eg-model",
            "\"a\\\": Long, b\"",
        ] {
            assert_eq!(headers(name), ["MG0223"], "{name}");
        }
        assert_eq!(headers(""), ["MG0106"]);
        let both =
            "  identityHeaders: { user: x-u }\n  conditions: { headers: [x-u] }\n  namespaces:";
        assert_eq!(gate_with("  namespaces:", both), ["MG0223"]);
        let none = "  conditions: {}\n  namespaces:";
        assert_eq!(gate_with("  namespaces:", none), ["MG0106"]);
    }
}
