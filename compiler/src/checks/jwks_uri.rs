//! MG0212, MG0213: keys are fetched over TLS from a public name. Whoever can name an address makes the proxy call it, and
//! whoever sits on the way to plain HTTP can sign tokens.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::diagnostic::Diagnostic;
use crate::policy::Address;
use crate::syntax::issuer::{self, Issuer};

use super::Scope;
use super::grammar::{is_host, looks_like_address};

/// `issuers[].jwksUri`, or `issuer` where the keys are discovered, and `insecureJwks`.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    for issuer in &scope.gate.issuers {
        found.extend(refused(issuer));
        found.extend(insecure(issuer));
    }
}

/// Where keys are fetched from; otherwise what is wrong and what to write.
///
/// # Errors
/// A message and a help text.
pub fn parse(uri: &str, insecure: bool) -> Result<Address, (String, String)> {
    let shown: String = uri.chars().take(120).collect();
    let refuse = |message: &str, help: &str| {
        Err((
            format!("`{}` {message}", shown.escape_debug()),
            help.to_owned(),
        ))
    };
    let (tls, rest) = match scheme(uri, insecure) {
        Ok(read) => read,
        Err((message, help)) => return refuse(message, help),
    };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if authority.contains('@') {
        return refuse(
            "holds a user name or password",
            "write the address without them",
        );
    }
    let Some(path) = request_path(path) else {
        return refuse(
            "is no address to fetch keys from",
            "write `https://HOST/PATH` without `#`, spaces or quotes",
        );
    };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !authority.ends_with(']') => (host, port_number(port)),
        _ => (authority, Some(if tls { 443 } else { 80 })),
    };
    let host = host.to_ascii_lowercase();
    if let Some((message, help)) = refused_host(&host, insecure) {
        return refuse(message, help);
    }
    let Some(port) = port else {
        return refuse("has no valid port", "write a port from 1 to 65535, or none");
    };
    Ok(Address {
        tls,
        host,
        port,
        path,
    })
}

/// Where the issuer's discovery document is (OpenID Connect Discovery section 4); otherwise what is wrong and what to write.
///
/// # Errors
/// A message and a help text.
pub fn document(issuer: &str, insecure: bool) -> Result<Address, (String, String)> {
    let help = "write the issuer as `https://HOST/PATH`, or where its keys are as `jwksUri`, or the keys themselves as `jwks`";
    let undiscoverable = |(message, _)| (message, help.to_owned());
    let mut address = parse(issuer, insecure).map_err(undiscoverable)?;
    if address.path.contains('?') {
        let message = format!("`{}` has a query, and no document", issuer.escape_debug());
        return Err((message, help.to_owned()));
    }
    let path = address.path.trim_end_matches('/');
    address.path = format!("{path}/.well-known/openid-configuration");
    Ok(address)
}

/// Whether it is encrypted, and what follows the scheme.
fn scheme(uri: &str, insecure: bool) -> Result<(bool, &str), (&'static str, &'static str)> {
    match (uri.strip_prefix("https://"), uri.strip_prefix("http://")) {
        (Some(rest), _) => Ok((true, rest)),
        (None, Some(rest)) if insecure => Ok((false, rest)),
        (None, Some(_)) => Err((
            "is not encrypted",
            "write `https://`, or `insecureJwks: true` for a local trial",
        )),
        (None, None) => Err((
            "is no address to fetch keys from",
            "write `https://HOST/PATH`",
        )),
    }
}

fn port_number(text: &str) -> Option<u16> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|port| digits && *port != 0)
}

/// RFC 9112 section 3.2.1: what stands in the request line.
fn request_path(path: &str) -> Option<String> {
    let clean = path
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !b"\"\\<>^`{|}#".contains(&byte));
    let rooted = if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("/{path}")
    };
    (clean && rooted.len() <= 1024).then_some(rooted)
}

fn refused_host(host: &str, insecure: bool) -> Option<(&'static str, &'static str)> {
    const NAME: &str = "write the issuer's full host name";
    const TRIAL: &str =
        "write the issuer's full host name, or `insecureJwks: true` for a local trial";
    if is_metadata(host) {
        return Some(("is an address of a cloud's metadata service", NAME));
    }
    if is_address(host) {
        let trial = insecure && host.parse::<Ipv4Addr>().is_ok();
        return (!trial).then_some(("is an IP address", TRIAL));
    }
    if !is_host(host) {
        return Some(("has no valid host name", NAME));
    }
    let local = host == "localhost" || host.ends_with(".localhost") || !host.contains('.');
    (local && !insecure).then_some(("is a name of this machine or network only", TRIAL))
}

fn is_address(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.starts_with('[') || bare.parse::<Ipv6Addr>().is_ok() || looks_like_address(host)
}

/// Link-local addresses and the names that clouds give their metadata services.
fn is_metadata(host: &str) -> bool {
    let link_local = host
        .parse::<Ipv4Addr>()
        .is_ok_and(|address| address.is_link_local());
    let name = host.trim_end_matches('.');
    link_local
        || name.ends_with(".internal")
        || matches!(name, "internal" | "metadata" | "instance-data")
}

fn refused(issuer: &Issuer) -> Option<Diagnostic> {
    let insecure = issuer.insecure_jwks.is_some();
    let (uri, read) = match &issuer.keys {
        Some(issuer::Keys::Uri(uri)) => (uri, parse(&uri.value, insecure)),
        Some(issuer::Keys::Discovery) => (&issuer.issuer, document(&issuer.issuer.value, insecure)),
        _ => return None,
    };
    let (message, help) = read.err().filter(|_| !uri.value.is_empty())?;
    Some(Diagnostic::error("MG0212", uri.span, message).with_help(help))
}

fn insecure(issuer: &Issuer) -> Option<Diagnostic> {
    let message = format!(
        "the keys of `{}` may come unencrypted or from any address",
        issuer.name.value
    );
    let help = "for local trials only: whoever sits on the way to them can sign tokens";
    issuer
        .insecure_jwks
        .map(|span| Diagnostic::warning("MG0213", span, message).with_help(help))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::vectors::gate_with;

    #[test]
    fn addresses_are_taken_apart() {
        let remote = |tls, host: &str, port, path: &str| Address {
            tls,
            host: host.into(),
            port,
            path: path.into(),
        };
        assert_eq!(
            parse("https://ID.example.com/a?b=c", false),
            Ok(remote(true, "id.example.com", 443, "/a?b=c"))
        );
        assert_eq!(
            parse("https://keycloak.auth.svc.cluster.local:8443", false),
            Ok(remote(true, "keycloak.auth.svc.cluster.local", 8443, "/"))
        );
        assert_eq!(
            parse("https://a.io?x", false),
            Ok(remote(true, "a.io", 443, "/?x"))
        );
        assert_eq!(
            parse("http://127.0.0.1:8080/certs", true),
            Ok(remote(false, "127.0.0.1", 8080, "/certs"))
        );
        assert_eq!(
            parse("http://localhost/certs", true),
            Ok(remote(false, "localhost", 80, "/certs"))
        );
    }

    #[test]
    fn documents_are_below_the_issuer() {
        let path = |issuer: &str| document(issuer, false).map(|address| address.path);
        let known = "/.well-known/openid-configuration";
        assert_eq!(path("https://a.io"), Ok(known.into()));
        assert_eq!(path("https://a.io/x/"), Ok(format!("/x{known}")));
        for issuer in ["corp", "http://a.io", "https://a.io/?x", "https://10.0.0.1"] {
            assert!(path(issuer).is_err(), "{issuer}");
        }
        let line = "      jwksUri: https://id.example.com/certs\n";
        assert_eq!(gate_with(line, ""), [""; 0]);
        let gate = "issuer: https://id.example.com\n      audiences: [ml-models]\n";
        let corp = "issuer: corp\n      audiences: [ml-models]\n";
        assert_eq!(gate_with(&format!("{gate}{line}"), corp), ["MG0212"]);
    }

    #[test]
    fn dangerous_addresses_are_refused() {
        let never = [
            "ftp://a.io/",
            "a.io/certs",
            "https://",
            "https:///certs",
            "https://u:p@a.io/",
            "https://a.io\\@b.io/",
            "https://a.io/#x",
            "https://a.io/a b",
            "https://a.io:0/",
            "https://a.io:x/",
            "https://a.io:99999/",
            "https://a..io/",
            "https://*.io/",
            "https://169.254.169.254/",
            "http://169.254.169.254/",
            "https://metadata.google.internal/",
            "https://metadata/",
            "https://[::1]/",
            "https://[fe80::1]:443/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://a.io/\"",
            "HTTPS://a.io/",
        ];
        for uri in never {
            assert!(parse(uri, false).is_err(), "{uri}");
            assert!(parse(uri, true).is_err(), "{uri}");
        }
        for uri in [
            "http://a.io/",
            "https://127.0.0.1/",
            "https://10.0.0.1/",
            "https://localhost/",
            "https://a.localhost/",
            "https://idp/",
        ] {
            assert!(parse(uri, false).is_err(), "{uri}");
            assert!(parse(uri, true).is_ok(), "{uri}");
        }
    }

    #[test]
    fn trials_are_warned_about() {
        assert_eq!(gate_with("jwksUri: https:", "jwksUri: http:"), ["MG0212"]);
        assert_eq!(
            gate_with(
                "jwksUri: https:",
                "insecureJwks: true\n      jwksUri: http:"
            ),
            ["MG0213"]
        );
        assert_eq!(
            gate_with(
                "jwksUri: https:",
                "insecureJwks: false\n      jwksUri: https:"
            ),
            [""; 0]
        );
    }
}
