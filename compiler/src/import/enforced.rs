//! What is enforced on the way to a backend. A waypoint enforces what is about the service (`targetRefs`), and the sidecar all else: each
//! proxy knows its own issuers alone, and a request must pass both.

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::istio::{Action as Effect, AuthorizationPolicy, Target};

use super::backend::World;
use super::scope::{Applies, Server, applies};

/// What is enforced, by one proxy or by both as if they were one.
pub struct Enforced<'a> {
    /// those about the backend
    pub policies: Vec<&'a AuthorizationPolicy>,
    /// short name and `iss` of those whose tokens are taken
    pub issuers: Vec<(String, String)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Proxy {
    Sidecar,
    Waypoint,
}

impl Proxy {
    const fn of(target: &Target) -> Self {
        match target.refs.is_empty() {
            true => Self::Sidecar,
            false => Self::Waypoint,
        }
    }
}

/// What one proxy enforces of a backend.
struct Own {
    /// where the first resource stands; none where it enforces nothing
    first: Option<Span>,
    allows: bool,
    issuers: Vec<(String, String)>,
}

impl Own {
    fn of(
        proxy: Proxy,
        policies: &[&AuthorizationPolicy],
        server: &Server,
        world: &World<'_>,
        found: &mut Vec<Diagnostic>,
    ) -> Self {
        let own = || policies.iter().filter(|it| Proxy::of(&it.target) == proxy);
        let applied = world.authentications.iter().map(|it| &it.target);
        let mut applied = applied.filter(|target| {
            Proxy::of(target) == proxy && applies(target, server, world.mesh) == Applies::Yes
        });
        let first = own().map(|policy| &policy.target).next();
        Self {
            first: first.or_else(|| applied.next()).map(|target| target.span),
            allows: own().any(|policy| policy.action == Effect::Allow),
            issuers: issuers(proxy, server, world, found),
        }
    }
}

/// The policies about the backend and its issuers. Where two proxies enforce what one file cannot say, it is closed.
pub fn enforced<'a>(
    server: &Server,
    world: &World<'a>,
    found: &mut Vec<Diagnostic>,
) -> Enforced<'a> {
    let policies = about(server, world, found);
    let sidecar = Own::of(Proxy::Sidecar, &policies, server, world, found);
    let waypoint = Own::of(Proxy::Waypoint, &policies, server, world, found);
    let why = match (sidecar.first, waypoint.first) {
        (Some(_), Some(_)) if sidecar.issuers != waypoint.issuers => Some(
            "a waypoint enforces this, which is about the service, and takes tokens of other issuers than the sidecars",
        ),
        (Some(_), Some(_)) if sidecar.allows && waypoint.allows => Some(
            "a waypoint enforces this, which is about the service, and sidecars what is about the pods: a file cannot say what both allow",
        ),
        _ => None,
    };
    if let (Some(span), Some(why)) = (waypoint.first, why) {
        found.push(closes(span, why, server));
    }
    let issuers = match sidecar.first {
        Some(_) => sidecar.issuers,
        None => waypoint.issuers,
    };
    Enforced { policies, issuers }
}

/// The policies about the backend. One that denies and of which that is not known closes it.
fn about<'a>(
    server: &Server,
    world: &World<'a>,
    found: &mut Vec<Diagnostic>,
) -> Vec<&'a AuthorizationPolicy> {
    let mut policies = Vec::new();
    for policy in world.policies {
        match applies(&policy.target, server, world.mesh) {
            Applies::No => {}
            Applies::Yes if policy.action == Effect::Custom => {
                found.push(closes(
                    policy.action_span,
                    "somebody else decides (`CUSTOM`)",
                    server,
                ));
            }
            Applies::Yes if policy.action == Effect::Audit => {
                let message = "an `AUDIT` policy decides nothing and is not carried over";
                let help = "every decision of the filter is an audit event";
                found.push(
                    Diagnostic::warning("MG0703", policy.action_span, message).with_help(help),
                );
            }
            Applies::Yes => policies.push(*policy),
            Applies::Unknown if matches!(policy.action, Effect::Deny | Effect::Custom) => {
                let why = "it is not known whether this policy, which may deny, is about it";
                found.push(closes(policy.target.span, why, server));
            }
            Applies::Unknown => found.push(unknown(policy.target.span, server)),
        }
    }
    policies
}

fn unknown(span: Span, server: &Server) -> Diagnostic {
    let message = format!(
        "it is not known whether this is about `{}/{}`, so it is not carried over",
        server.namespace, server.service
    );
    let help = format!(
        "select the pods by the label `{}` alone, or the service by `targetRefs`",
        server.api.profile().pod_label
    );
    Diagnostic::warning("MG0709", span, message).with_help(help)
}

/// Nothing of the backend may be carried over.
pub fn closes(span: Span, why: &str, server: &Server) -> Diagnostic {
    let message = format!(
        "nothing of `{}/{}` is carried over: {why}",
        server.namespace, server.service
    );
    Diagnostic::error("MG0702", span, message)
}

/// Short name and `iss` of those whose tokens the proxy takes.
fn issuers(
    proxy: Proxy,
    server: &Server,
    world: &World<'_>,
    found: &mut Vec<Diagnostic>,
) -> Vec<(String, String)> {
    let mut names = BTreeSet::new();
    let all = world.authentications.iter();
    for authentication in all.filter(|it| Proxy::of(&it.target) == proxy) {
        match applies(&authentication.target, server, world.mesh) {
            Applies::Yes => names.extend(
                authentication
                    .rules
                    .iter()
                    .map(|rule| rule.issuer.value.as_str()),
            ),
            Applies::Unknown => found.push(unknown(authentication.target.span, server)),
            Applies::No => {}
        }
    }
    let carried = world
        .issuers
        .iter()
        .filter(|issuer| names.contains(issuer.issuer.as_str()));
    carried
        .map(|issuer| (issuer.name.clone(), issuer.issuer.clone()))
        .collect()
}
