//! What is shown beside the cases: the floor, mTLS, and how fast a change arrives.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::cases::{Case, Via};
use crate::mesh::Mesh;
use crate::poll;
use crate::world::{GATEWAY, MODELS};

/// Time between `kubectl apply` and the last proxy's obedience.
const CHANGE_ENFORCED: Duration = Duration::from_secs(2);

/// Time for every proxy to drop the filter.
const FLOOR_ALONE: Duration = Duration::from_secs(20);

/// Time for a changed rule to reach the sidecar.
const EVERYONE: Duration = Duration::from_secs(20);

/// `istioctl validate` and `istioctl analyze`.
pub fn istioctl_accepts_every_resource(mesh: &Mesh) -> Result<()> {
    mesh.policies.accepted(&mesh.world)
}

/// Each backend gets the certificates' identities, the gateway's and its own, from its sidecar.
pub fn backend_sees_both_identities(mesh: &Mesh) -> Result<()> {
    for model in MODELS {
        let case = Case::allowed(Via::Gateway, model.name)?;
        let (_, trace) = case.send(&mesh.world)?;
        let arrivals = mesh.world.arrivals(&trace);
        let (_, arrival) = arrivals.first().context("nothing arrived")?;
        let header = arrival
            .header("x-forwarded-client-cert")
            .context("no x-forwarded-client-cert")?;
        for identity in [
            format!("By={}", model.identity()),
            format!("URI={}", GATEWAY.identity()),
        ] {
            ensure!(
                header.split(';').any(|part| part == identity),
                "no `{identity}` in `{header}`"
            );
        }
    }
    Ok(())
}

/// A client without a certificate gets no HTTP answer from a sidecar, whatever token it has.
pub fn plaintext_is_refused(mesh: &Mesh) -> Result<()> {
    for model in MODELS {
        let mut case = Case::allowed(Via::Gateway, model.name)?;
        case.path.clone_from(&case.arrives_as);
        let (request, trace) = case.request(&mesh.world)?;
        let mut stream = TcpStream::connect((model.address, 80))?;
        stream.write_all(&request.to_bytes())?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        let mut answer = Vec::new();
        // a reset counts like an end: what matters is that no answer comes
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        ensure!(answer.is_empty(), "`{}` answered `{answer}`", model.name);
        ensure!(
            mesh.world.arrivals(&trace).is_empty(),
            "it reached the backend"
        );
    }
    Ok(())
}

/// What everyone may do, who has a token: a workload that another rule names may not with its certificate alone.
pub fn everyone_has_a_token(mesh: &Mesh) -> Result<()> {
    let account = "    - who: { serviceAccounts: [workloads/checkout, payments/checkout] }";
    let everyone = "    - { who: { everyone: true } }\n    - { who: { serviceAccounts: [payments/checkout] }, can: [metadata] }";
    let changed = mesh.changed("fraud/access.yaml", account, everyone)?;
    changed.apply(&mesh.world)?;
    let outcome = only_with_a_token(mesh);
    mesh.restore()?;
    outcome
}

fn only_with_a_token(mesh: &Mesh) -> Result<()> {
    let mut somebody = Case::allowed(Via::Refund, "fraud-detector")?;
    somebody.via = Via::Checkout;
    let token = somebody.token.as_mut().context("a case without a token")?;
    // whom no rule names
    token.issuer = "workloads".to_owned();
    token.claims = [("client_id".to_owned(), json!("newsletter"))]
        .into_iter()
        .collect();
    poll::until(EVERYONE, || Ok(somebody.check(&mesh.world).ok()))?;
    let mut without = somebody;
    without.token = None;
    (without.status, without.reason) = (403, Some("not_permitted".to_owned()));
    without.check(&mesh.world)
}

/// A group loses its permission: gateway and sidecar refuse it soon after `kubectl apply` returns.
pub fn change_is_enforced(mesh: &Mesh) -> Result<()> {
    let changed = mesh.changed(
        "fraud/access.yaml",
        "groups: [risk-analytics]",
        "groups: [nobody-at-all]",
    )?;
    let cases = [
        Case::allowed(Via::Gateway, "fraud-detector")?,
        Case::allowed(Via::Refund, "fraud-detector")?,
    ];
    changed.apply(&mesh.world)?;
    let start = Instant::now();
    let outcome = cases
        .iter()
        .try_for_each(|case| mesh.wait_for(case, 403, CHANGE_ENFORCED));
    let taken = start.elapsed();
    mesh.restore()?;
    outcome?;
    ensure!(taken <= CHANGE_ENFORCED, "it took {taken:?}");
    eprintln!("\n    enforced {taken:.0?} after kubectl apply");
    Ok(())
}

/// Without the WasmPlugins whoever has a valid token gets in, and nobody else.
pub fn floor_denies_without_filter(mesh: &Mesh) -> Result<()> {
    mesh.world.kubectl.run(&[
        "delete",
        "wasmplugins.extensions.istio.io",
        "--all",
        "--all-namespaces",
    ])?;
    let outcome = floor_denies(mesh);
    mesh.restore()?;
    outcome
}

fn floor_denies(mesh: &Mesh) -> Result<()> {
    for via in [Via::Gateway, Via::Refund] {
        for model in MODELS {
            let mut refused = Case::refused(via, model.name)?;
            // the floor knows no models: that this comes through shows that the filter is gone
            mesh.wait_for(&refused, 200, FLOOR_ALONE)?;
            refused.token = None;
            refused.status = 403;
            refused.reason = None;
            refused.check(&mesh.world)?;
            let mut expired = Case::allowed(via, model.name)?;
            let token = expired.token.as_mut().context("a case without a token")?;
            token.claims.insert("exp".to_owned(), json!(1_000_000_000));
            expired.status = 401;
            expired.reason = None;
            expired.check(&mesh.world)?;
        }
    }
    Ok(())
}
