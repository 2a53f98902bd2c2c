//! `AuthorizationPolicy`: the floor. An ALLOW policy denies whatever it does not name.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Object, Selector};
use crate::policy::Issuer;

#[derive(Debug, Clone, Serialize)]
pub(super) struct Spec {
    #[serde(skip_serializing_if = "Option::is_none")]
    selector: Option<Selector>,
    action: &'static str,
    rules: Vec<Rule>,
}

#[derive(Debug, Clone, Serialize)]
struct Rule {
    from: Vec<From>,
}

#[derive(Debug, Clone, Serialize)]
struct From {
    source: Source,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
enum Source {
    RequestPrincipals(Vec<String>),
    Principals(BTreeSet<String>),
}

pub(super) fn object(
    name: &str,
    namespace: &str,
    selector: Option<Selector>,
    issuers: &[Issuer],
    workloads: BTreeSet<String>,
) -> Object {
    let tokens = issuers
        .iter()
        .map(|issuer| format!("{}/*", issuer.issuer))
        .collect();
    let mut from = vec![From {
        source: Source::RequestPrincipals(tokens),
    }];
    if !workloads.is_empty() {
        from.push(From {
            source: Source::Principals(workloads),
        });
    }
    let spec = super::Spec::AuthorizationPolicy(Spec {
        selector,
        action: "ALLOW",
        rules: vec![Rule { from }],
    });
    Object::new(
        "security.istio.io/v1",
        "AuthorizationPolicy",
        name,
        namespace,
        spec,
    )
}
