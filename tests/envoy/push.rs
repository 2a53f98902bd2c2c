//! A change of policy while an issuer's key server is down: what was fetched before still counts. What was fetched for changes long ago
//! does not stay.

use std::time::Duration;

use anyhow::{Result, ensure};
use libtest_mimic::Trial;
use serde_json::json;
use tests::cases::fixture::compile;
use tests::envoy::{Setup, configuration, filter_in_file, push, stats, with_policy};
use tests::memory;

use crate::configuration::{listen_to_file, serve};
use crate::corpus::failed;
use crate::keys::{KeyServer, Serving, partners_over_plain_http};
use crate::tokens::status;
use tests::backend::Backend;
use tests::token::{Key, jwks};

/// Time from a new file to a new policy.
const TAKEN: Duration = Duration::from_secs(5);

/// Places that keys come from, one after the other: more than the sixteen that a virtual machine remembers.
const PLACES: usize = 48;
/// Length of each key set: almost the longest that is read.
const LONG: usize = 250 * 1024;
/// What sixteen sets take.
const REMEMBERED: u64 = 16 * 250 * 1024;
/// What a virtual machine may grow by once it has as many sets as it remembers.
const GROWTH: u64 = 1 << 20;

/// Both trials.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("keys: a change of policy does not lose them", || {
            survive().map_err(failed)
        }),
        Trial::test("keys: sets of many places are not all remembered", || {
            many_places().map_err(failed)
        }),
    ]
}

/// Each change takes the keys from another place, and each virtual machine fetches them.
fn many_places() -> Result<()> {
    let mut set = jwks(&[Key::Rsa2]).to_string();
    set.push_str(&" ".repeat(LONG - set.len()));
    let server = KeyServer::start(Serving::Answer(200, set))?;
    let backend = Backend::start()?;
    let policy = |place: usize| {
        let from = format!("net/keys-{place}\n      insecureJwks");
        compile(|gate| {
            partners_over_plain_http(gate).replace("net/keys\n      insecureJwks", &from)
        })
    };
    let mut setup = Setup::new(&policy(0)?, backend.address, server.address)?;
    let filter = filter_in_file(&mut setup, "places")?;
    let mut proxy = setup.start("places")?;
    let pid = proxy.pid();
    let first = memory::of_machines(pid)?;
    let mut half = Vec::new();
    for place in 1..=PLACES {
        push(&with_policy(&filter, &policy(place)?, true)?, "places")?;
        // the worker's and the main thread's
        proxy.wait_until(TAKEN, || server.fetches() >= 2 * (place + 1))?;
        if place == PLACES / 2 {
            half = memory::of_machines(pid)?;
        }
    }
    ensure!(status(&proxy, "pia", "places")? == 200, "no keys");
    let last = memory::of_machines(pid)?;
    eprintln!("{PLACES} places: {first:?} bytes, {half:?} after half of them, {last:?} at the end");
    let largest = |sizes: &[u64]| sizes.first().copied().unwrap_or_default();
    ensure!(
        largest(&half) >= largest(&first) + REMEMBERED / 2,
        "nothing was remembered"
    );
    ensure!(
        last.len() == half.len() && largest(&last) <= largest(&half) + GROWTH,
        "{half:?}, then {last:?}"
    );
    Ok(())
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
