//! The example's `AccessTest` documents as requests to the mesh: each through the gateway, and straight to the sidecar.
//!
//! Left out: a test that sets the time, since proxies have only the real one; and one whose path Envoy rewrites before
//! any filter sees it (Istio's normalisation resolves `..`), which `cases.yaml` has in its own way.

use std::fs;

use anyhow::{Context, Result};
use policies::decision::Reason;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::cases::{Case, Token, Via};
use crate::mesh::example;
use crate::proxy::Place;
use crate::world::{CHECKOUT, MODELS};

/// One document.
#[derive(Deserialize)]
struct AccessTest {
    spec: Spec,
}

#[derive(Deserialize)]
struct Spec {
    tests: Vec<Test>,
}

#[derive(Clone, Deserialize)]
struct Test {
    name: String,
    who: Who,
    request: Request,
    expect: Expectation,
}

/// `nobody` is everything left out.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Who {
    user: Option<String>,
    #[serde(default)]
    groups: Vec<String>,
    service_account: Option<String>,
    peer: Option<String>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    method: Option<String>,
    host: String,
    path: String,
    #[serde(default)]
    headers: Map<String, Value>,
    body: Option<String>,
    at: Option<String>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expectation {
    verdict: String,
    reason: Option<Reason>,
}

/// The cases of all tests of the example.
pub fn cases() -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for model in MODELS {
        let path = example().join(model.namespace).join("tests.yaml");
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let document: AccessTest =
            serde_saphyr::from_str(&text).with_context(|| path.display().to_string())?;
        for test in document.spec.tests {
            if test.request.at.is_none() && !test.request.path.contains("/../") {
                cases.extend(test.through_gateway()?);
                cases.push(test.to_sidecar()?);
            }
        }
    }
    Ok(cases)
}

impl Test {
    /// The caller of a gateway has no certificate that the mesh knows.
    fn through_gateway(&self) -> Result<Option<Case>> {
        let sent = self.request.path.clone();
        Ok(if self.who.peer.is_none() {
            Some(self.case(Via::Gateway, self.request.host.clone(), sent)?)
        } else {
            None
        })
    }

    /// Inside the mesh a model is called by its service's name, and by the paths that its server knows.
    fn to_sidecar(&self) -> Result<Case> {
        let checkout = format!("{}/{}", CHECKOUT.namespace, CHECKOUT.name);
        let via = if self.who.peer == Some(checkout) {
            Via::Checkout
        } else {
            Via::Refund
        };
        let model = self.model()?;
        let host = format!("{}.{}.svc.cluster.local", model.name, model.namespace);
        self.case(via, host, self.server_path(&model))
    }

    fn case(&self, via: Via, host: String, path: String) -> Result<Case> {
        let Request {
            method,
            body,
            headers,
            ..
        } = self.request.clone();
        let default = if body.is_some() { "POST" } else { "GET" };
        let model = self.model()?;
        let headers = headers
            .iter()
            .map(|(name, value)| (name.clone(), text(value)));
        Ok(Case {
            name: format!("{}: {}", model.namespace, self.name),
            via,
            token: self.who.token(),
            method: method.unwrap_or_else(|| default.to_owned()),
            host,
            path,
            headers: headers.collect(),
            body: body.unwrap_or_default(),
            status: self.expect.reason()?.status(),
            reason: Some(self.expect.reason()?.code().to_owned()),
            service: model.name.to_owned(),
            arrives_as: self.server_path(&model),
        })
    }

    /// The model service behind the host.
    fn model(&self) -> Result<Place> {
        let owner = self.request.host.split('.').next().unwrap_or_default();
        MODELS
            .into_iter()
            .find(|model| model.namespace == owner)
            .with_context(|| format!("no host `{owner}`"))
    }

    /// What Seldon's VirtualService leaves of the path.
    fn server_path(&self, model: &Place) -> String {
        let prefix = format!("/seldon/{}/{}/", model.namespace, model.name);
        let path = &self.request.path;
        path.strip_prefix(&prefix)
            .map_or_else(|| path.clone(), |rest| format!("/{rest}"))
    }
}

impl Who {
    /// The token of a user of `people` or of a service account of `workloads`, as the gate says where names are.
    fn token(&self) -> Option<Token> {
        let (issuer, claims) = if let Some(user) = &self.user {
            (
                "people",
                json!({ "email": user, "email_verified": true, "groups": self.groups }),
            )
        } else {
            let account = self.service_account.as_ref()?;
            (
                "workloads",
                json!({ "client_id": account.strip_prefix("workloads/").unwrap_or(account) }),
            )
        };
        Some(Token {
            issuer: issuer.to_owned(),
            claims: claims.as_object()?.clone(),
        })
    }
}

impl Expectation {
    fn reason(&self) -> Result<Reason> {
        match (self.verdict.as_str(), self.reason) {
            ("allow", _) => Ok(Reason::Allowed),
            (_, reason) => reason.context("a denial without a reason"),
        }
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), ToOwned::to_owned)
}
