//! What the filter costs: CPU time of a whole Envoy per request, beside a bare Envoy and beside Envoy's own filters, in turns.
//!
//! `bench [ROUNDS [SECONDS [MODULE...]]]`. Prints a table and writes `target/bench/results.json` and a chart of it. Everything runs at
//! once on this machine, so compare within one table only. With modules, other builds of the filter are compared, and nothing is written.
//!
//! `bench chart RESULTS` draws the chart anew; `bench live` measures changes of policy alone, `bench first [MODULE...]` the first request
//! after a start, `bench stream` bodies of 10 MB; `bench worst [MODULE...]` the worst requests that are accepted and, without other builds to
//! compare with, what 10,000 that trickle hold, into `target/bench/worst.json`; `bench trickle` the latter alone; `bench tools`
//! the command line over 100,000 rules, into `target/bench/tools.json`.

mod bodies;
mod chart;
mod empty;
mod first;
mod goals;
mod live;
mod load;
mod native;
mod opa;
mod running;
mod scale;
mod stream;
mod tools;
mod trickle;
mod variant;
mod worker;
mod worst;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tests::setup::project;

use running::Running;
use variant::Variant;

const ROUNDS: usize = 7;
const SECONDS: u64 = 2;

fn main() -> Result<()> {
    tests::process::end_all_on_interrupt(|| {})?;
    let mut arguments = std::env::args().skip(1).peekable();
    let part = arguments.next_if(|first| first.parse::<u64>().is_err());
    match part {
        Some(name) => one(&name, arguments.collect()),
        None => all(&arguments.collect::<Vec<_>>()),
    }
}

/// One part alone.
fn one(name: &str, arguments: Vec<String>) -> Result<()> {
    match name {
        "chart" => chart::write(Path::new(arguments.first().context("which figures?")?)),
        "first" => {
            let like = |file: String| Variant::Build(file.into(), Box::new(Variant::Known));
            let builds: Vec<Variant> = arguments.into_iter().map(like).collect();
            let all = first::measure(&[&first::VARIANTS, builds.as_slice()].concat());
            all.map(|all| drop(first::report(&all)))
        }
        "live" => live::measure().map(drop),
        "stream" => {
            let (measured, memory) = stream::measure(ROUNDS)?;
            write("stream.json", &stream::report(&measured, &memory)).map(drop)
        }
        "tools" => write("tools.json", &tools::measure(1)?).map(drop),
        "trickle" => trickle::measure().map(drop),
        "worst" if !arguments.is_empty() => worst::measure(&arguments).map(drop),
        "worst" => {
            let results = json!({ "machine": machine()?, "requests": worst::measure(&[])?, "open": trickle::measure()? });
            write("worst.json", &results).map(drop)
        }
        _ => anyhow::bail!(
            "there is no part `{name}`: chart, first, live, stream, tools, trickle, worst"
        ),
    }
}

/// `[ROUNDS [SECONDS [MODULE...]]]`.
fn all(arguments: &[String]) -> Result<()> {
    let number = |at: usize, otherwise| {
        let given = arguments.get(at);
        given.map_or(Ok(otherwise), |text| text.parse::<u64>())
    };
    let rounds = usize::try_from(number(0, u64::try_from(ROUNDS)?)?)?;
    let window = Duration::from_secs(number(1, SECONDS)?);
    let of = |file: &String| {
        let like = [Variant::Known, Variant::FirstSeen, Variant::Rules(10_000)];
        like.map(|like| Variant::Build(file.into(), Box::new(like)))
    };
    let builds: Vec<Variant> = arguments.iter().skip(2).flat_map(of).collect();
    if !builds.is_empty() {
        let known = [Variant::Bare, Variant::Empty, Variant::Native(1)];
        let running = measure([known.to_vec(), builds].concat(), rounds, window)?;
        report(&running)?;
        return Ok(());
    }
    everything(rounds, window)
}

fn everything(rounds: usize, window: Duration) -> Result<()> {
    let running = measure(Variant::all(), rounds, window)?;
    let results = report(&running)?;
    let mut goals = goals::of(&running)?;
    drop(running);
    let first = first::measure(&first::VARIANTS)?;
    let (first, of_first) = (first::report(&first), first::goal(&first)?);
    goals.extend([of_first]);
    let (measured, memory) = stream::measure(rounds)?;
    let stream = stream::report(&measured, &memory);
    goals.extend(goals::of_stream(&stream));
    let (live, of_live) = live::measure()?;
    goals.extend([of_live]);
    let (scale, of_scale) = scale::measure()?;
    goals.extend(of_scale);
    goals::print(&goals);
    let results = json!({
        "machine": machine()?,
        "goals": goals,
        "windowSeconds": window.as_secs(),
        "results": results,
        "first": first,
        "stream": stream,
        "live": live,
        "scale": scale,
    });
    chart::write(&write("results.json", &results)?)
}

fn measure(variants: Vec<Variant>, rounds: usize, window: Duration) -> Result<Vec<Running>> {
    let start = |(at, variant): (usize, Variant)| {
        eprintln!("starts: {}", variant.name());
        Running::start(variant, at)
    };
    let mut running: Vec<Running> = variants
        .into_iter()
        .enumerate()
        .map(start)
        .collect::<Result<_>>()?;
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}");
        for running in &mut running {
            running.measure(window)?;
        }
    }
    Ok(running)
}

fn report(running: &[Running]) -> Result<Vec<Value>> {
    let bare = running.first().context("nothing was measured")?.cost();
    println!(
        "{:34} {:>10} {:>17} {:>8} {:>11} {:>8} {:>8} {:>6}",
        "filters", "µs CPU", "least to most", "added", "requests/s", "p50 µs", "p99 µs", "MB"
    );
    let row = |running: &Running| {
        let (cost, (least, most)) = (running.cost(), running.spread());
        let (name, rate, (p50, p99)) = (running.variant.name(), running.rate(), running.latency());
        let resident = running.resident()? / 1024;
        let (added, spread) = (cost - bare, format!("{least:.1} to {most:.1}"));
        println!(
            "{name:34} {cost:10.1} {spread:>17} {added:8.1} {rate:11.0} {p50:8.0} {p99:8.0} {resident:6}"
        );
        Ok(json!({
            "filters": name,
            "microsPerRequest": { "median": cost, "least": least, "most": most, "rounds": running.costs() },
            "added": added,
            "requestsPerSecond": rate,
            "latencyMicros": { "p50": p50, "p99": p99 },
            "residentMegabytes": resident,
        }))
    };
    running.iter().map(row).collect()
}

/// The file that was written.
fn write(name: &str, results: &Value) -> Result<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bench");
    fs::create_dir_all(&folder)?;
    let file = folder.join(name);
    fs::write(&file, format!("{results:#}\n"))?;
    println!("written: target/bench/{name}");
    Ok(file)
}

/// What the figures depend on.
fn machine() -> Result<Value> {
    let processors = fs::read_to_string("/proc/cpuinfo")?;
    let names = processors.lines().filter_map(|line| {
        let (field, name) = line.split_once(": ")?;
        (field.trim_end() == "model name").then_some(name)
    });
    let names: Vec<&str> = names.collect();
    let versions = fs::read_to_string(project().join("tests/setup/versions.sh"))?;
    let envoy = versions
        .lines()
        .find_map(|line| line.strip_prefix("envoy_version="));
    let envoy = envoy.and_then(|line| line.split_whitespace().next());
    Ok(json!({
        "processor": format!("{} x {}", names.len(), names.first().context("a processor")?),
        "envoy": envoy.context("a version")?,
    }))
}
