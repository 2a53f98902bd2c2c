//! What a scrape of a real Envoy shows: every metric of `docs/metrics.md`, no other, and numbers that fit what was asked.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use policies::decision::Reason;
use tests::backend::Backend;
use tests::cases::fixture::compile;
use tests::envoy::{Proxy, Setup};
use tests::http::Request;
use tests::setup::project;
use tests::token::Key;

use crate::corpus::failed;
use crate::keys::{KeyServer, Serving, partners_over_plain_http};
use crate::tokens::status;

/// Time from the end of a request to its count.
const TOLD: Duration = Duration::from_secs(10);
const ISSUER: &str = "partners";

/// What those requests count.
const EXPECTED: [(&str, u64); 9] = [
    ("modelgate_requests_allowed_total", 3),
    ("modelgate_requests_denied_total", 1),
    ("modelgate_denied_not_permitted_total", 1),
    ("modelgate_decisions_total", 4),
    ("modelgate_token_cache_hits_total", 1),
    ("modelgate_token_cache_misses_total", 3),
    ("modelgate_audit_events_lost_total", 0),
    ("modelgate_stale_keys_total", 0),
    ("modelgate_jwks_partners_fetch_failures_total", 0),
];

/// The one trial.
pub fn trials() -> Vec<Trial> {
    vec![Trial::test(
        "metrics: a scrape shows what docs/metrics.md names, and counts what was asked",
        || scraped().map_err(failed),
    )]
}

fn scraped() -> Result<()> {
    let server = KeyServer::start(Serving::keys(&[Key::Rsa2]))?;
    let compiled = compile(partners_over_plain_http)?;
    let backend = Backend::start()?;
    let mut proxy = Setup::new(&compiled, backend.address, server.address)?.start("metrics")?;
    for (who, expected) in [
        ("ana", 200),
        ("ana", 200),
        ("pia", 200),
        ("newsletter", 403),
    ] {
        let id = format!("metrics-{who}-{expected}");
        let status = status(&proxy, who, &id)?;
        ensure!(status == expected, "{who}: {status}");
    }
    let admin = proxy.admin;
    proxy.wait_until(TOLD, || {
        let told = scrape_at(admin).unwrap_or_default();
        let of = |name: &str| told.get(name).copied().unwrap_or_default();
        of("modelgate_requests_allowed_total") + of("modelgate_requests_denied_total") == 4
    })?;
    let metrics = scrape(&proxy)?;
    for (name, value) in EXPECTED {
        let found = metrics.get(name);
        ensure!(found == Some(&value), "{name}: {found:?}, not {value}");
    }
    // the main thread has a virtual machine, too, and it fetches for itself
    let fetches = metrics.get("modelgate_jwks_partners_fetches_total");
    ensure!(
        fetches.is_some_and(|count| (1..=2).contains(count)),
        "{fetches:?}"
    );
    let digest = policies::digest::of(compiled.bundle.as_bytes());
    let digits = digest
        .trim_start_matches("sha256:")
        .get(..12)
        .context("digits")?;
    let number = u64::from_str_radix(digits, 16)?;
    ensure!(
        metrics.get("modelgate_bundle_digest") == Some(&number),
        "{metrics:?}"
    );
    let scraped: BTreeSet<String> = metrics.into_keys().collect();
    let documented = documented()?;
    ensure!(
        scraped == documented,
        "scraped {scraped:#?}, documented {documented:#?}"
    );
    Ok(())
}

fn scrape(proxy: &Proxy) -> Result<BTreeMap<String, u64>> {
    scrape_at(proxy.admin)
}

/// The filter's metrics in the text format of Prometheus
/// (<https://prometheus.io/docs/instrumenting/exposition_formats/>).
fn scrape_at(admin: std::net::SocketAddr) -> Result<BTreeMap<String, u64>> {
    let response = Request::new("GET", "admin", "/stats/prometheus").send(admin)?;
    let text = response.text();
    let lines = text.lines().filter(|line| line.starts_with("modelgate_"));
    let metric = |line: &str| {
        let (name, value) = line.rsplit_once(' ').context("a value")?;
        let name = name.split('{').next().unwrap_or(name);
        Ok((name.to_owned(), value.parse()?))
    };
    lines.map(metric).collect()
}

/// The names in the page's table, for every reason and the one issuer whose keys are fetched.
pub fn documented() -> Result<BTreeSet<String>> {
    let page = fs::read_to_string(project().join("docs/metrics.md"))?;
    let rows = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let mut names = BTreeSet::new();
    for name in rows {
        let name = name.replace("<issuer>", ISSUER);
        if name.contains("<reason>") {
            let denials = Reason::ALL
                .into_iter()
                .filter(|reason| *reason != Reason::Allowed);
            names.extend(denials.map(|reason| name.replace("<reason>", reason.code())));
        } else {
            names.insert(name);
        }
    }
    Ok(names)
}
