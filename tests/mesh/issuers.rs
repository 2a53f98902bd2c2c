//! Issuers that only a mesh has: the cluster itself, whose API server signs service accounts' tokens, and those whose tokens
//! Istio verifies.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::json;

use crate::audit;
use crate::cases::{Case, Via};
use crate::mesh::Mesh;
use crate::poll;
use crate::world::{CHECKOUT, GATEWAY, REFUND};

/// Time for a changed gate to reach every proxy.
const ENFORCED: Duration = Duration::from_secs(20);
const AUDIENCE: &str = "ml-models";

/// A pod outside the mesh shows the token that the real API server gave it: it is the same workload as by its certificate.
pub fn kubernetes_tokens_count(mesh: &Mesh) -> Result<()> {
    let keys = mesh
        .world
        .kubectl
        .run(&["get", "--raw", "/openid/v1/jwks"])?;
    let cluster = format!(
        "    - name: cluster\n      issuer: https://kubernetes.default.svc\n      jwks: {}\n      audiences: [{AUDIENCE}]\n      algorithms: [ES256]\n      kubernetes: true\n",
        keys.trim()
    );
    let place = "  defaultIssuer: people";
    let changed = mesh.changed("gate.yaml", place, &format!("{cluster}{place}"))?;
    changed.apply(&mesh.world)?;
    let outcome = tokens_of_pods(mesh);
    mesh.restore()?;
    outcome
}

fn tokens_of_pods(mesh: &Mesh) -> Result<()> {
    let token = |name: &str, audience: &str| mesh.world.kubectl.token("payments", name, audience);
    poll::until(ENFORCED, || {
        Ok((ask(mesh, &token(CHECKOUT.name, AUDIENCE)?)?.0 == 200).then_some(()))
    })?;
    for (token, status, reason) in [
        (token(CHECKOUT.name, AUDIENCE)?, 200, "allowed"),
        (token(REFUND.name, AUDIENCE)?, 403, "not_permitted"),
    ] {
        let (found, trace) = ask(mesh, &token)?;
        ensure!(found == status, "got {found}, not {status}");
        audit::expect(&mesh.world, &GATEWAY, &trace, reason)?;
    }
    // a token that is meant for istiod is refused, by Istio's own layer already
    let (found, _) = ask(mesh, &token(CHECKOUT.name, "istio-ca")?)?;
    ensure!(found == 401 || found == 403, "another audience got {found}");
    Ok(())
}

/// The status of what the workload `checkout` may do, with this token, at the gateway.
fn ask(mesh: &Mesh, token: &str) -> Result<(u16, String)> {
    let mut case = Case::allowed(Via::Gateway, "fraud-detector")?;
    case.token = None;
    let (request, trace) = case.request(&mesh.world)?;
    let address: SocketAddr = format!("{}:80", GATEWAY.address).parse()?;
    let answer = request.bearer(token).send(address)?;
    Ok((answer.status, trace))
}

/// With `verifiedBy: istio` the same people get in, and the filter takes Istio's word for nothing but this very token.
pub fn istio_verifies(mesh: &Mesh) -> Result<()> {
    let claims = "claims: { user: email, groups: groups }";
    let changed = mesh.changed(
        "gate.yaml",
        claims,
        &format!("{claims}\n      verifiedBy: istio"),
    )?;
    changed.apply(&mesh.world)?;
    let outcome = tokens_that_istio_verified(mesh);
    mesh.restore()?;
    outcome
}

fn tokens_that_istio_verified(mesh: &Mesh) -> Result<()> {
    for via in [Via::Gateway, Via::Refund] {
        let allowed = Case::allowed(via, "fraud-detector")?;
        poll::until(ENFORCED, || Ok(allowed.check(&mesh.world).ok()))?;
        Case::refused(via, "fraud-detector")?.check(&mesh.world)?;
        let mut odd = allowed.clone();
        if let Some(token) = &mut odd.token {
            token
                .claims
                .insert("scope".to_owned(), json!("openid models:read"));
            token
                .claims
                .insert("nested".to_owned(), json!({"a": [1, true, {"b": "c"}]}));
        }
        odd.check(&mesh.world)?;
        let mut other = allowed;
        if let Some(token) = &mut other.token {
            token.claims.insert(
                "iss".to_owned(),
                json!("https://id.example.com/realms/workloads"),
            );
        }
        // signed by one issuer, said to be another's
        other.status = 401;
        other.reason = None;
        other.check(&mesh.world)?;
    }
    Ok(())
}
