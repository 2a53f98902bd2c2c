//! Body mode `hold` in a mesh: its `EnvoyFilter` instead of the `WasmPlugin`, with the module fetched by the agent.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tests::http::{Request, Response};

use crate::audit;
use crate::cases::{Case, Via};
use crate::mesh::Mesh;
use crate::policies::Policies;
use crate::poll;
use crate::proxy::Place;
use crate::world::{GATEWAY, MODELS, MODULE_URL};

/// Time for changed filters to reach every proxy, and for a module to be fetched or given up.
const ENFORCED: Duration = Duration::from_secs(90);
const MODEL: &str = "assistant-llm";
const STREAM: &str = "mode: stream, limit: 1Mi";
const HOLD: &str = "mode: hold, limit: 4Mi";
/// Nobody listens there.
const NO_MODULE: &str = "https://127.0.0.1:9/modelgate.wasm";
const JWT_AUTHN: &str = "envoy.filters.http.jwt_authn";
const ROUTER: &str = "envoy.filters.http.router";

/// Decides before anything leaves, up to its own limit, which is above every buffer that Envoy has by itself.
pub fn hold_keeps_heads(mesh: &Mesh) -> Result<()> {
    within(mesh, MODULE_URL, |mesh| {
        wait_until_everywhere(JWT_AUTHN)?;
        passes_soon(mesh, &large(2)?)?;
        // a proxy whose agent still fetches the module refuses with 500
        for model in MODELS {
            for via in [Via::Gateway, Via::Refund] {
                passes_soon(mesh, &Case::allowed(via, model.name)?)?;
            }
        }
        kept_out(mesh, &Case::refused(Via::Gateway, MODEL)?)?;
        let mut over = large(5)?;
        over.status = 413;
        over.reason = Some("body_too_large".to_owned());
        for _ in 0..10 {
            kept_out(mesh, &over)?;
        }
        large(4)?.with_a_body_of(4 << 20).check(&mesh.world)
    })
}

/// Says what it was answered last, where it does not.
fn passes_soon(mesh: &Mesh, case: &Case) -> Result<()> {
    let mut last = Ok(());
    let told = poll::until(ENFORCED, || {
        last = case.check(&mesh.world);
        Ok(last.is_ok().then_some(()))
    });
    told.with_context(|| format!("{last:?}"))
}

/// Behind the check of tokens, once; and there still without that check, which is then the floor's to answer.
pub fn hold_is_always_there(mesh: &Mesh) -> Result<()> {
    within(mesh, MODULE_URL, |mesh| {
        wait_until_everywhere(JWT_AUTHN)?;
        mesh.world.kubectl.run(&[
            "delete",
            "requestauthentications.security.istio.io",
            "--all",
            "--all-namespaces",
        ])?;
        wait_until_everywhere(ROUTER)
    })
}

/// A module that cannot be had refuses everything.
pub fn hold_refuses_without_module(mesh: &Mesh) -> Result<()> {
    within(mesh, NO_MODULE, |mesh| {
        for via in [Via::Gateway, Via::Refund] {
            for model in MODELS {
                let allowed = Case::allowed(via, model.name)?;
                mesh.wait_for(&allowed, 403, ENFORCED)?;
                let (answer, trace) = allowed.send(&mesh.world)?;
                ensure!(answer.status == 403, "got {}", answer.status);
                ensure!(!mesh.world.begun(&trace), "a head reached the backend");
            }
        }
        Ok(())
    })
}

/// Applies the example in body mode `hold`, and restores it afterwards.
fn within(mesh: &Mesh, module: &str, check: impl FnOnce(&Mesh) -> Result<()>) -> Result<()> {
    let sources = mesh.changed_sources("gate.yaml", STREAM, HOLD)?;
    let held = Policies::compile_with(&sources, &mesh.world.folder.join("held"), module)?;
    held.accepted(&mesh.world)?;
    held.apply(&mesh.world)?;
    delete(mesh, "wasmplugins.extensions.istio.io")?;
    let outcome = check(mesh);
    mesh.policies.apply(&mesh.world)?;
    delete(mesh, "envoyfilters.networking.istio.io")?;
    mesh.wait_until_enforced()?;
    outcome
}

fn delete(mesh: &Mesh, kind: &str) -> Result<()> {
    let all = ["delete", kind, "--all", "--all-namespaces"];
    mesh.world.kubectl.run(&all).map(drop)
}

/// An allowed request whose body names its model behind so many MiB of text.
fn large(mebibytes: usize) -> Result<Case> {
    Ok(Case::allowed(Via::Gateway, MODEL)?.with_a_body_of(mebibytes << 20))
}

/// The gateway refuses it as the filter does, and neither the sidecar nor the backend sees anything of it.
fn kept_out(mesh: &Mesh, case: &Case) -> Result<()> {
    let (request, trace) = case.request(&mesh.world)?;
    let address: SocketAddr = format!("{}:80", GATEWAY.address).parse()?;
    let answer = request.send(address)?;
    let text = answer.text();
    ensure!(answer.status == case.status, "{} `{text}`", answer.status);
    // the filter's own, as OpenAI's clients read it
    let body: Value = serde_json::from_str(&text).with_context(|| text.clone())?;
    ensure!(body["error"]["code"].is_string(), "`{text}`");
    let reason = case.reason.as_deref().context("a case without a reason")?;
    audit::expect(&mesh.world, &GATEWAY, &trace, reason)?;
    let sidecar = MODELS.into_iter().find(|model| model.name == MODEL);
    let (_, later) = Case::allowed(Via::Gateway, MODEL)?.send(&mesh.world)?;
    audit::none(&mesh.world, &sidecar.context(MODEL)?, &trace, &later)?;
    ensure!(
        !mesh.world.begun(&trace),
        "a head of it reached the backend"
    );
    Ok(())
}

/// Polls until every proxy has our filter beside `neighbour`, and no listener of before is left to take a connection.
fn wait_until_everywhere(neighbour: &str) -> Result<()> {
    for place in [GATEWAY].iter().chain(&MODELS) {
        poll::until(ENFORCED, || {
            let fits = in_place(place, neighbour)? && draining(place)? == 0;
            Ok(fits.then_some(()))
        })
        .with_context(|| format!("`{}`: {:?}", place.name, filters(place)))?;
    }
    Ok(())
}

/// How many listeners and chains of before a proxy still serves.
fn draining(place: &Place) -> Result<usize> {
    let text = admin(place, "/stats?filter=total_.*_draining$")?.text();
    let values = text.lines().filter_map(|line| line.rsplit_once(": "));
    let counts: Vec<usize> = values
        .map(|(_, value)| value.trim().parse())
        .collect::<Result<_, _>>()?;
    ensure!(counts.len() == 2, "`{}` says `{text}`", place.name);
    Ok(counts.iter().sum())
}

/// Whether every chain of HTTP filters that has ours has it once, from the `EnvoyFilter`: right behind `jwt_authn`, or, where
/// that is not, before the router.
fn in_place(place: &Place, beside: &str) -> Result<bool> {
    let ours = |name: &&String| name.contains(".modelgate-");
    // Istio names the filter of a `WasmPlugin` otherwise
    let own = format!("{}.modelgate-", place.namespace);
    let held = |name: &String| name.starts_with(&own) && !name.contains('~');
    let chains: Vec<Vec<String>> = filters(place)?
        .into_iter()
        .filter(|chain| chain.iter().any(|name| name.contains(".modelgate-")))
        .collect();
    let fits = |chain: &Vec<String>| {
        let at = chain.iter().position(held);
        let once = chain.iter().filter(ours).count() == 1;
        let neighbour = at.and_then(|at| match beside {
            ROUTER => chain.get(at + 1),
            _ => chain.get(at.checked_sub(1)?),
        });
        let authenticated = chain.iter().any(|name| name == JWT_AUTHN);
        once && neighbour.is_some_and(|name| name == beside)
            && authenticated == (beside == JWT_AUTHN)
    };
    Ok(!chains.is_empty() && chains.iter().all(fits))
}

/// The names of the HTTP filters of every chain of a proxy.
fn filters(place: &Place) -> Result<Vec<Vec<String>>> {
    let answer = admin(place, "/config_dump?resource=dynamic_listeners")?;
    let dump: Value = serde_json::from_slice(&answer.body)?;
    let mut found = Vec::new();
    collect(&dump["configs"], &mut found);
    Ok(found)
}

/// An answer of a proxy's own administration.
fn admin(place: &Place, target: &str) -> Result<Response> {
    let address: SocketAddr = format!("127.0.0.1:{}", place.ports + 1).parse()?;
    Request::new("GET", "admin", target).send(address)
}

fn collect(value: &Value, found: &mut Vec<Vec<String>>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(fields) => {
            // a listener that drains is one of before
            let current = fields.iter().filter(|(key, _)| *key != "draining_state");
            let fields: BTreeMap<_, _> = current.collect();
            if let Some(Value::Array(chain)) = fields.get(&"http_filters".to_owned()) {
                let name = |filter: &Value| filter["name"].as_str().map(str::to_owned);
                found.push(chain.iter().filter_map(name).collect());
            }
            fields.values().for_each(|field| collect(field, found));
        }
        _ => {}
    }
}
