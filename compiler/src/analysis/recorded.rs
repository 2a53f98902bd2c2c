//! A request that was judged once, as its audit event tells of it.

use std::collections::BTreeSet;

use policies::audit::{AuditEvent, SubjectType};
use policies::principal::Claims;
use policies::time::UnixTime;

use super::caller::Kind;
use super::example::Example;

impl Example {
    /// The request of an event, with what an event does not say; `None` where the caller or the model did not come to be known.
    #[must_use]
    pub fn recorded(
        event: &AuditEvent,
        groups: impl IntoIterator<Item = String>,
        claims: &Claims,
        facts: Claims,
        at: Option<UnixTime>,
    ) -> Option<Self> {
        Some(Self {
            kind: kind(event)?,
            name: event.subject.clone()?,
            groups: groups.into_iter().collect::<BTreeSet<_>>(),
            // who comes by a certificate alone is the peer itself
            peer: event
                .peer
                .as_deref()
                .and_then(workload)
                .filter(|_| event.issuer.is_some()),
            client: event.client.clone(),
            claims: claims.clone(),
            facts,
            namespace: event.namespace.clone()?,
            model: event.model.clone()?,
            api: event.protocol?,
            action: event.action?,
            // a Monday at noon
            now: at.unwrap_or(UnixTime::from_secs(4 * 86_400 + 12 * 3600)),
            dated: false,
            method: event.method.clone()?,
        })
    }
}

fn kind(event: &AuditEvent) -> Option<Kind> {
    caller_kind(
        event.subject_type?,
        event.issuer.clone(),
        event.subject.as_ref()?,
    )
}

/// The kind of caller of this name; `None` for a user whom no issuer knows.
#[must_use]
pub fn caller_kind(kind: SubjectType, issuer: Option<String>, subject: &str) -> Option<Kind> {
    let workload = subject.contains('/');
    Some(match (kind, issuer) {
        (SubjectType::User, Some(issuer)) => Kind::User(issuer),
        (SubjectType::ServiceAccount, Some(issuer)) if workload => Kind::Token(issuer),
        (SubjectType::ServiceAccount, Some(issuer)) => Kind::Account(issuer),
        (SubjectType::ServiceAccount, None) => Kind::Workload,
        (SubjectType::User, None) => return None,
    })
}

/// `NAMESPACE/NAME` of `spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/NAME`.
#[must_use]
pub fn workload(spiffe: &str) -> Option<String> {
    let (_, path) = spiffe.split_once("/ns/")?;
    let (namespace, name) = path.split_once("/sa/")?;
    Some(format!("{namespace}/{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_are_workloads() {
        assert_eq!(
            workload("spiffe://cluster.local/ns/a/sa/b").as_deref(),
            Some("a/b")
        );
        assert_eq!(workload("spiffe://cluster.local/a/b"), None);
    }
}
