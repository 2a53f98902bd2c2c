//! `identityHeaders`: the model server learns who calls from the filter, and from nobody else.

use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use tests::cases::Case;
use tests::cases::fixture::compile;
use tests::cases::message::Message;
use tests::envoy::{Proxy, Setup};

use crate::backend::Backend;
use crate::client::send;
use crate::corpus::{failed, now};

/// The one trial.
pub fn trials() -> Vec<Trial> {
    vec![Trial::test(
        "identity: the model server sees who calls, and nothing that a client says about it",
        || headers().map_err(failed),
    )]
}

fn headers() -> Result<()> {
    let names = "  identityHeaders: { user: x-gate-user, groups: x-gate-groups, serviceAccount: x-gate-account, issuer: x-gate-issuer }\n";
    for mode in ["hold", "stream"] {
        let compiled = compile(|gate| {
            gate.replacen("mode: hold", &format!("mode: {mode}"), 1)
                .replacen("  defaultIssuer:", &format!("{names}  defaultIssuer:"), 1)
        })?;
        let backend = Backend::start()?;
        let setup = Setup::new(&compiled, backend.address, backend.address)?;
        let proxy = setup.start(&format!("identity-{mode}"))?;
        people_and_machines(&proxy, &backend, mode)?;
    }
    Ok(())
}

/// Fields that a client has no business sending.
const FORGED: &str = "headers: [[x-gate-user, root], [X-Gate-User, admin], [x_gate_groups, leads], [x-gate-account, a], [x-gate_issuer, b]]";

fn people_and_machines(proxy: &Proxy, backend: &Backend, mode: &str) -> Result<()> {
    let seen = |who: &str, request: &str| seen(proxy, backend, mode, who, request);
    let ana = "x-gate-groups: analysts, x-gate-issuer: people, x-gate-user: ana@example.com";
    let odd = "{ like: ana, claims: { groups: [analysts, 'a,b', \"caf\\u00e9 100%\"] } }";
    let machine = "x-gate-account: checkout, x-gate-issuer: workloads";
    for (who, request, expected) in [
        ("ana", "", ana),
        ("ana", FORGED, ana),
        // the body names the model, so the decision comes after the head
        ("ana", &format!("like: chat, {FORGED}"), ana),
        ("checkout", FORGED, machine),
        (
            odd,
            FORGED,
            &ana.replace("analysts", "analysts,a%2Cb,caf%C3%A9%20100%25"),
        ),
    ] {
        let found = seen(who, request)?;
        ensure!(found == expected, "{who}: {found}");
    }
    Ok(())
}

/// The identity that reached the backend.
fn seen(proxy: &Proxy, backend: &Backend, mode: &str, who: &str, request: &str) -> Result<String> {
    let digest = policies::digest::of(format!("{who}{request}").as_bytes());
    let id = format!("identity-{mode}-{digest}");
    let text = format!(
        "{{ name: any, who: {who}, request: {{ {request} }}, expect: {{ verdict: allow, status: 200 }} }}"
    );
    let case: Case = serde_saphyr::from_str(&text)?;
    let answer = send(proxy.address, &Message::of(&case, now()?, &id), true)?;
    ensure!(answer.status == 200, "{who}: {answer:?}");
    let received = backend.received(&id).context("it reached the backend")?;
    let ours = |(name, value): (String, String)| {
        let gate = name.replace('_', "-").starts_with("x-gate-");
        gate.then(|| format!("{name}: {value}"))
    };
    let mut ours: Vec<String> = received.head.into_iter().filter_map(ours).collect();
    ours.sort();
    Ok(ours.join(", "))
}
