//! `examples/monitoring` as it is shipped: promtool takes the rules and their unit tests, and a real Prometheus, scraping real
//! Envoys, has something for every name that a rule uses.

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use libtest_mimic::Trial;
use serde_json::Value;
use tests::backend::Backend;
use tests::cases::fixture::compile;
use tests::envoy::{Proxy, Setup, folder, manager};
use tests::http::Request;
use tests::process::{Group, free_addresses};
use tests::setup::{component, project};
use tests::token::Key;

use crate::corpus::failed;
use crate::keys::{KeyServer, Serving, partners_over_plain_http};
use crate::metrics::documented;
use crate::tokens::status;

/// Time for a start, and for a scrape and an evaluation each second.
const SOON: Duration = Duration::from_secs(30);
const EXAMPLE: &str = "examples/monitoring";

/// What is asked of Prometheus, and what it must say once the requests are counted.
const EXPECTED: [(&str, &str); 8] = [
    ("modelgate_requests_allowed_total", "3"),
    ("modelgate_requests_denied_total", "1"),
    (r#"modelgate_denied_total{reason="not_permitted"}"#, "1"),
    ("sum(modelgate_denied_total)", "1"),
    ("modelgate_token_cache_hits_total", "1"),
    ("job:modelgate_bundles:count", "1"),
    (
        r#"modelgate_jwks_fetches_total{issuer="partners"} >= bool 1"#,
        "1",
    ),
    (
        r#"count(ALERTS{alertname="ModelgateIsMissing", alertstate="pending"})"#,
        "1",
    ),
];

/// Both trials.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test(
            "prometheus: promtool takes the shipped rules, and each has a unit test",
            || rules().map_err(failed),
        ),
        Trial::test(
            "prometheus: a real one, with the shipped configuration, scrapes what the rules use",
            || scraped().map_err(failed),
        ),
    ]
}

fn rules() -> Result<()> {
    let example = project().join(EXAMPLE);
    let promtool = component("prometheus")?.join("promtool");
    for arguments in [
        ["check", "config", "--lint-fatal", "prometheus.yaml"],
        ["check", "rules", "--lint-fatal", "rules.yaml"],
        ["test", "rules", "--diff", "rules.test.yaml"],
    ] {
        let mut command = Command::new(&promtool);
        let output = command
            .args(arguments)
            .current_dir(&example)
            .output()
            .context("run promtool")?;
        let text = [output.stdout, output.stderr].concat();
        ensure!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&text)
        );
    }
    let tests = fs::read_to_string(example.join("rules.test.yaml"))?;
    let names = named(&example, "record")?
        .into_iter()
        .chain(named(&example, "alert")?);
    for name in names {
        ensure!(
            tests.contains(&name),
            "rules.test.yaml has nothing of `{name}`"
        );
    }
    Ok(())
}

/// What the rules are called that begin with this key.
fn named(example: &Path, key: &str) -> Result<Vec<String>> {
    let text = fs::read_to_string(example.join("rules.yaml"))?;
    let begin = format!("- {key}: ");
    let names = text
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix(&begin));
    let names: Vec<String> = names.map(str::to_owned).collect();
    ensure!(!names.is_empty(), "no {key}");
    Ok(names)
}

fn scraped() -> Result<()> {
    let keys = KeyServer::start(Serving::keys(&[Key::Rsa2]))?;
    let backend = Backend::start()?;
    let compiled = compile(partners_over_plain_http)?;
    let setup = Setup::new(&compiled, backend.address, keys.address)?;
    let proxy = setup.start("prometheus-with")?;
    let without = bare(Setup::new(&compiled, backend.address, keys.address)?)?;
    let [address] = free_addresses()?;
    let mut prometheus = start(address, &[proxy.admin, without.admin])?;
    // a rate needs a scrape before the requests
    prometheus.wait_until(SOON, || {
        ask(address, "modelgate_requests_allowed_total").is_ok_and(|found| found.len() == 1)
    })?;
    for (who, expected) in [
        ("ana", 200),
        ("ana", 200),
        ("pia", 200),
        ("newsletter", 403),
    ] {
        let status = status(&proxy, who, &format!("prometheus-{who}"))?;
        ensure!(status == expected, "{who}: {status}");
    }
    for (query, expected) in EXPECTED {
        let told = prometheus.wait_until(SOON, || {
            ask(address, query).is_ok_and(|found| values(&found) == [expected])
        });
        told.with_context(|| format!("{query} is {:?}", ask(address, query)))?;
    }
    for record in named(&project().join(EXAMPLE), "record")? {
        prometheus
            .wait_until(SOON, || {
                ask(address, &record).is_ok_and(|found| !found.is_empty())
            })
            .with_context(|| format!("{record} has no value"))?;
    }
    ensure!(
        ask(address, r#"ALERTS{alertname!="ModelgateIsMissing"}"#)?.is_empty(),
        "an alert: {:?}",
        ask(address, "ALERTS")
    );
    // a scrape that took too long leaves nothing until the next one
    let mut last = Ok(());
    let told = prometheus.wait_until(SOON, || {
        last = names(address);
        last.is_ok()
    });
    last.and(told)
}

/// Prometheus has what the page names, and no rule uses another name.
fn names(address: SocketAddr) -> Result<()> {
    let found = ask(address, r#"{__name__=~"modelgate_.+"}"#)?;
    let found: BTreeSet<&str> = found
        .iter()
        .filter_map(|series| series["metric"]["__name__"].as_str())
        .collect();
    let documented: BTreeSet<String> = documented()?.iter().map(|name| relabelled(name)).collect();
    let documented: BTreeSet<&str> = documented.iter().map(String::as_str).collect();
    ensure!(found == documented, "{found:#?}, not {documented:#?}");
    let rules = fs::read_to_string(project().join(EXAMPLE).join("rules.yaml"))?;
    let words =
        rules.split(|letter: char| !letter.is_ascii_alphanumeric() && !"_:".contains(letter));
    let used = ["modelgate_", "envoy_"];
    for word in words.filter(|word| used.iter().any(|of| word.starts_with(of))) {
        ensure!(
            found.contains(word) || !ask(address, word)?.is_empty(),
            "a rule uses `{word}`, which is not there"
        );
    }
    Ok(())
}

/// A name of the page as the shipped configuration makes it.
fn relabelled(name: &str) -> String {
    match name.strip_prefix("modelgate_jwks_partners_") {
        Some(rest) => format!("modelgate_jwks_{rest}"),
        None if name.starts_with("modelgate_denied_") => String::from("modelgate_denied_total"),
        None => name.to_owned(),
    }
}

/// An Envoy that nobody gave the filter to.
fn bare(mut setup: Setup) -> Result<Proxy> {
    let filters = manager(setup.listener())?["http_filters"].as_array_mut();
    filters.context("there are filters")?.remove(0);
    setup.start("prometheus-without")
}

/// With the shipped files, but for where the proxies are and how often they are asked.
fn start(address: SocketAddr, proxies: &[SocketAddr]) -> Result<Group> {
    let folder = folder()?.join("prometheus");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let example = project().join(EXAMPLE);
    fs::copy(example.join("rules.yaml"), folder.join("rules.yaml"))?;
    let mut text = fs::read_to_string(example.join("prometheus.yaml"))?;
    let targets: Vec<String> = proxies.iter().map(ToString::to_string).collect();
    for (shipped, ours) in [
        ("interval: 15s", "interval: 1s"),
        ("127.0.0.1:9901", &targets.join(", ")),
    ] {
        ensure!(text.contains(shipped), "prometheus.yaml has no `{shipped}`");
        text = text.replace(shipped, ours);
    }
    let config: PathBuf = folder.join("prometheus.yaml");
    fs::write(&config, text)?;
    let mut command = Command::new(component("prometheus")?.join("prometheus"));
    command
        .arg(format!("--config.file={}", config.display()))
        .arg(format!(
            "--storage.tsdb.path={}",
            folder.join("data").display()
        ))
        .arg(format!("--web.listen-address={address}"));
    let mut group = Group::start("prometheus", command, &folder.join("log"))?;
    group.wait_for_port(address, SOON)?;
    Ok(group)
}

/// The series that an instant query finds (<https://prometheus.io/docs/prometheus/latest/querying/api/>).
fn ask(address: SocketAddr, query: &str) -> Result<Vec<Value>> {
    let query: String = query.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let target = format!("/api/v1/query?query={query}");
    let response = Request::new("GET", "prometheus", &target).send(address)?;
    let mut answer: Value = serde_json::from_slice(&response.body)?;
    match answer["data"]["result"].take() {
        Value::Array(found) if answer["status"] == "success" => Ok(found),
        _ => bail!("{answer}"),
    }
}

fn values(found: &[Value]) -> Vec<&str> {
    found
        .iter()
        .filter_map(|series| series["value"][1].as_str())
        .collect()
}
