//! A change of policy while an issuer's key server is down: what was fetched before still counts.

use std::time::Duration;

use anyhow::{Result, ensure};
use libtest_mimic::Trial;
use serde_json::json;
use tests::cases::fixture::compile;
use tests::envoy::{Setup, configuration, stats};

use crate::configuration::{listen_to_file, serve};
use crate::corpus::failed;
use crate::keys::{KeyServer, Serving, partners_over_plain_http};
use crate::tokens::status;
use tests::backend::Backend;
use tests::token::Key;

/// Time from a new file to a new policy.
const TAKEN: Duration = Duration::from_secs(5);

/// The one trial.
pub fn trials() -> Vec<Trial> {
    vec![Trial::test(
        "keys: a change of policy does not lose them",
        || survive().map_err(failed),
    )]
}

fn survive() -> Result<()> {
    let server = KeyServer::start(Serving::keys(&[Key::Rsa2]))?;
    let before = compile(partners_over_plain_http)?;
    let backend = Backend::start()?;
    let mut setup = Setup::new(&before, backend.address, server.address)?;
    let mut listener = listen_to_file(&mut setup, "push")?;
    let mut proxy = setup.start("push")?;
    ensure!(
        status(&proxy, "pia", "before")? == 200,
        "the keys were not fetched"
    );
    let counter = stats(proxy.admin, "modelgate_stale_keys_total")?;
    ensure!(
        counter.values().eq([&0]),
        "fresh keys count as stale: {counter:?}"
    );
    server.now_serve(Serving::Nothing);

    let after = compile(|gate| {
        partners_over_plain_http(gate).replace("people/outsiders", "people/analysts")
    })?;
    let config = compiler::envoy::plugin_config(&after.bundle, true);
    *configuration(&mut listener)? = json!(serde_json::to_string(&config)?);
    serve(&listener, "push")?;
    let address = proxy.address;
    let asked = |id: &str| crate::tokens::status_at(address, "ana", id);
    let mut number = 0;
    proxy.wait_until(TAKEN, || {
        number += 1;
        asked(&format!("push-{number}")).is_ok_and(|status| status == 403)
    })?;
    // without keys this would be 503, after five seconds
    ensure!(status(&proxy, "pia", "after")? == 200, "the keys were lost");
    Ok(())
}
