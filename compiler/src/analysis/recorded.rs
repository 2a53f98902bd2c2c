//! A request that was judged once, as its audit event tells of it.

use std::collections::{BTreeMap, BTreeSet};

use policies::audit::{AuditEvent, SubjectType};
use policies::bundle::{Bundle, ClaimNames, ServiceAccountClaim};
use policies::principal::{Claims, Workload};
use policies::time::UnixTime;

use crate::policy::Gate;

use super::caller::Kind;
use super::example::Example;

/// The callers that a gate knows, or a bundle of it.
#[derive(Debug)]
pub struct Callers<'a> {
    trust_domain: &'a str,
    /// by name of the issuer
    claims: BTreeMap<&'a str, &'a ClaimNames>,
}

impl Example {
    /// The request of an event, with what an event does not say; `None` where the caller or the model did not come to be known.
    #[must_use]
    pub fn recorded(
        event: &AuditEvent,
        callers: &Callers<'_>,
        (groups, claims): (impl IntoIterator<Item = String>, &Claims),
        facts: Claims,
        at: UnixTime,
    ) -> Option<Self> {
        Some(Self {
            kind: callers.kind(event.subject_type?, event.issuer.as_deref())?,
            name: event.subject.clone()?,
            groups: groups.into_iter().collect::<BTreeSet<_>>(),
            // who comes by a certificate alone is the peer itself
            peer: event
                .peer
                .as_deref()
                .and_then(|peer| callers.workload(peer))
                .filter(|_| event.issuer.is_some()),
            client: event.client.clone(),
            claims: claims.clone(),
            facts,
            namespace: event.namespace.clone()?,
            model: event.model.clone()?,
            api: event.protocol?,
            action: event.action?,
            now: at,
            dated: false,
            method: event.method.clone()?,
        })
    }
}

impl<'a> From<&'a Gate> for Callers<'a> {
    fn from(gate: &'a Gate) -> Self {
        let issuers = gate.issuers.iter();
        Self {
            trust_domain: &gate.trust_domain,
            claims: issuers
                .map(|issuer| (issuer.name.as_str(), &issuer.claims))
                .collect(),
        }
    }
}

impl<'a> From<&'a Bundle> for Callers<'a> {
    fn from(bundle: &'a Bundle) -> Self {
        let issuers = bundle.issuers.iter();
        Self {
            trust_domain: &bundle.trust_domain,
            claims: issuers
                .map(|issuer| (issuer.name.as_str(), &issuer.claims))
                .collect(),
        }
    }
}

impl Callers<'_> {
    /// The kind of a caller with a token of this issuer, or with none; `None` where there are no such callers.
    #[must_use]
    pub fn kind(&self, subject: SubjectType, issuer: Option<&str>) -> Option<Kind> {
        let Some(name) = issuer else {
            return (subject == SubjectType::ServiceAccount).then_some(Kind::Workload);
        };
        let claims = self.claims.get(name)?;
        let own = name.to_owned();
        match (subject, &claims.service_account) {
            (SubjectType::User, _) => claims.user.as_ref().map(|_| Kind::User(own)),
            (SubjectType::ServiceAccount, Some(ServiceAccountClaim::Kubernetes)) => {
                Some(Kind::Token(own))
            }
            (SubjectType::ServiceAccount, Some(ServiceAccountClaim::Named(_))) => {
                Some(Kind::Account(own))
            }
            (SubjectType::ServiceAccount, None) => None,
        }
    }

    /// `NAMESPACE/NAME` of a workload, as proxies read it of a certificate; any other identity is nobody's.
    #[must_use]
    pub fn workload(&self, spiffe: &str) -> Option<String> {
        let workload = Workload::from_spiffe(spiffe, self.trust_domain)?;
        Some(workload.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_are_workloads_of_the_trust_domain() {
        let callers = Callers {
            trust_domain: "cluster.local",
            claims: BTreeMap::new(),
        };
        let workload = |spiffe: &str| callers.workload(spiffe);
        assert_eq!(
            workload("spiffe://cluster.local/ns/a/sa/b").as_deref(),
            Some("a/b")
        );
        for other in [
            "spiffe://cluster.local/a/b",
            "spiffe://other.example/ns/a/sa/b",
            "spiffe://cluster.local/cluster/eu/ns/a/sa/b",
            "spiffe://cluster.local/ns/a/sa/b/c",
        ] {
            assert_eq!(workload(other), None, "{other}");
        }
    }

    #[test]
    fn the_issuer_says_what_a_service_account_is() {
        let claims = |service_account| ClaimNames {
            service_account,
            ..ClaimNames::default()
        };
        let path = vec!["azp".to_owned()];
        let named = claims(Some(ServiceAccountClaim::Named(path)));
        let kubernetes = claims(Some(ServiceAccountClaim::Kubernetes));
        let none = claims(None);
        let callers = Callers {
            trust_domain: "cluster.local",
            claims: [("corp", &named), ("kube", &kubernetes), ("none", &none)].into(),
        };
        let kind = |issuer| callers.kind(SubjectType::ServiceAccount, issuer);
        assert_eq!(kind(Some("corp")), Some(Kind::Account("corp".into())));
        assert_eq!(kind(Some("kube")), Some(Kind::Token("kube".into())));
        assert_eq!(kind(None), Some(Kind::Workload));
        assert_eq!((kind(Some("none")), kind(Some("gone"))), (None, None));
        assert_eq!(callers.kind(SubjectType::User, Some("kube")), None);
    }
}
