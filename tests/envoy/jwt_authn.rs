//! `verifiedBy: istio`: Envoy's own jwt_authn stands before the filter, as Istio's RequestAuthentication puts it there.

use anyhow::{Context, Result, ensure};
use policies::decision::Reason;
use serde_json::{Value, json};
use tests::cases::fixture::compile;
use tests::envoy::{Proxy, Setup, manager};
use tests::token::{Key, jwks};

use crate::audit;
use crate::backend::Backend;
use crate::tokens::{status, token};

/// Good tokens count, and only those that the proxy has verified; with the check gone, none does.
pub fn by_istio() -> Result<()> {
    let proxy = start("by-istio", true)?;
    expect(&proxy, "ana", 200, Reason::Allowed)?;
    expect(
        &proxy,
        "{ like: ana, claims: { aud: [account, ml-models], scope: 'a b', n: 1.5, x: { y: [true] } } }",
        200,
        Reason::Allowed,
    )?;
    // what Istio's check passes on is still read strictly
    expect(
        &proxy,
        "{ like: ana, claims: { groups: [7] } }",
        401,
        Reason::ClaimMalformed,
    )?;
    // Envoy's own answer; the filter never decides
    expect(
        &proxy,
        "{ like: ana, mutate: flip_signature }",
        401,
        Reason::EndedUndecided,
    )?;
    expect(
        &proxy,
        "{ like: ana, key: rsa-2 }",
        401,
        Reason::EndedUndecided,
    )?;
    // a good token elsewhere, verified by a provider of somebody else's, does not vouch for the one that is read
    let smuggled = start_with_other_place("smuggled")?;
    expect(&smuggled, "ana", 200, Reason::Allowed)?;
    forged_beside_good(&smuggled)?;
    let without = start("without-istio", false)?;
    expect(&without, "ana", 401, Reason::UnverifiedByMesh)
}

fn forged_beside_good(proxy: &Proxy) -> Result<()> {
    let good = token("sam")?;
    let request = format!(
        "{{ name: any, who: {{ like: ana, key: rsa-2 }}, request: {{ headers: [[x-token, '{good}']] }}, expect: {{ verdict: deny, status: 401 }} }}"
    );
    let case: tests::cases::Case = serde_saphyr::from_str(&request)?;
    let message =
        tests::cases::message::Message::of(&case, crate::corpus::now()?, "forged-beside-good");
    let answer = crate::client::send(proxy.address, &message, true)?;
    let event = audit::wait_for(proxy, "forged-beside-good")?;
    ensure!(
        answer.status == 401 && event.reason == Reason::UnverifiedByMesh,
        "{} {:?}",
        answer.status,
        event.reason
    );
    Ok(())
}

fn expect(proxy: &Proxy, who: &str, due: u16, reason: Reason) -> Result<()> {
    let id = format!(
        "istio-{}",
        policies::digest::of(format!("{who}{due}").as_bytes())
    );
    let found = status(proxy, who, &id)?;
    let event = audit::wait_for(proxy, &id)?;
    ensure!(
        found == due && event.reason == reason,
        "{who}: {found} {:?}",
        event.reason
    );
    Ok(())
}

fn start(name: &str, checked: bool) -> Result<Proxy> {
    let mut setup = setup()?;
    if checked {
        insert(
            &mut setup,
            json!({ "corp": provider(&[]) }),
            json!({ "provider_name": "corp" }),
        )?;
    }
    setup.start(name)
}

/// Two providers of one issuer, of which one reads another header: either is enough for Envoy.
fn start_with_other_place(name: &str) -> Result<Proxy> {
    let mut setup = setup()?;
    let other = provider(&["x-token"]);
    let either = json!({ "requires_any": { "requirements": [{ "provider_name": "corp" }, { "provider_name": "other" }] } });
    insert(
        &mut setup,
        json!({ "corp": provider(&[]), "other": other }),
        either,
    )?;
    setup.start(name)
}

fn setup() -> Result<Setup> {
    let compiled = compile(|gate| {
        gate.replacen(
            "claims: { user: email, groups: groups }\n",
            "claims: { user: email, groups: groups }\n      verifiedBy: istio\n",
            1,
        )
    })?;
    let backend = Backend::start()?;
    Setup::new(&compiled, backend.address, backend.address)
}

/// As istiod writes it.
fn provider(headers: &[&str]) -> Value {
    let mut provider = json!({
        "issuer": "https://id.example.com/realms/people",
        "local_jwks": { "inline_string": jwks(&[Key::Rsa1]).to_string() },
        "forward": true,
        "payload_in_metadata": "payload",
        "normalize_payload_in_metadata": { "space_delimited_claims": ["permission", "scope"] },
    });
    if !headers.is_empty() {
        provider["from_headers"] = headers.iter().map(|name| json!({ "name": name })).collect();
    }
    provider
}

fn insert(setup: &mut Setup, providers: Value, requirement: Value) -> Result<()> {
    let filters = manager(setup.listener())?["http_filters"].as_array_mut();
    let check = json!({
        "name": "envoy.filters.http.jwt_authn",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
            "providers": providers,
            "rules": [{ "match": { "prefix": "/" }, "requires": requirement }],
        },
    });
    filters.context("there are filters")?.insert(0, check);
    Ok(())
}
