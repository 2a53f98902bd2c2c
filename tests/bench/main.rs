//! What the filter costs: CPU time of a whole Envoy per request, beside a bare Envoy and beside Envoy's own filters, in turns.
//!
//! `bench [ROUNDS [SECONDS [MODULE...]]]`. Prints a table and writes `target/bench/results.json`. Everything runs at once on this
//! machine, so compare within one table only. With modules, other builds of the filter are compared, and nothing is written.

mod empty;
mod goals;
mod load;
mod native;
mod running;
mod scale;
mod stream;
mod variant;

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use running::Running;
use variant::Variant;

const ROUNDS: usize = 7;
const SECONDS: u64 = 2;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |otherwise| {
        arguments
            .next()
            .map_or(Ok(otherwise), |text| text.parse::<u64>())
    };
    let rounds = usize::try_from(number(u64::try_from(ROUNDS)?)?)?;
    let window = Duration::from_secs(number(SECONDS)?);
    let of = |file: String| {
        let like = [Variant::Known, Variant::FirstSeen, Variant::Rules(10_000)];
        like.map(|like| Variant::Build(file.clone().into(), Box::new(like)))
    };
    let builds: Vec<Variant> = arguments.flat_map(of).collect();
    tests::process::end_all_on_interrupt(|| {})?;
    if !builds.is_empty() {
        let known = [Variant::Bare, Variant::Empty, Variant::Native(1)];
        let running = measure([known.to_vec(), builds].concat(), rounds, window)?;
        report(&running)?;
        return Ok(());
    }
    let running = measure(Variant::all(), rounds, window)?;
    let results = report(&running)?;
    let mut goals = goals::of(&running)?;
    drop(running);
    let (measured, memory) = stream::measure(rounds)?;
    let stream = stream::report(&measured, &memory);
    goals.extend(goals::of_stream(&stream));
    let (scale, of_scale) = scale::measure()?;
    goals.extend(of_scale);
    goals::print(&goals);
    write(&json!({
        "goals": goals,
        "windowSeconds": window.as_secs(),
        "results": results,
        "stream": stream,
        "scale": scale,
    }))
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
        "{:34} {:>10} {:>17} {:>8} {:>11} {:>8} {:>8} {:>9} {:>8} {:>6}",
        "filters",
        "µs CPU",
        "least to most",
        "added",
        "requests/s",
        "p50 µs",
        "p99 µs",
        "first µs",
        "alone µs",
        "MB"
    );
    let row = |running: &Running| {
        let (cost, (least, most)) = (running.cost(), running.spread());
        let (name, rate, (p50, p99)) = (running.variant.name(), running.rate(), running.latency());
        let ((first, alone), resident) = (running.first, running.resident()? / 1024);
        let (added, spread) = (cost - bare, format!("{least:.1} to {most:.1}"));
        println!(
            "{name:34} {cost:10.1} {spread:>17} {added:8.1} {rate:11.0} {p50:8.0} {p99:8.0} {first:9.0} {alone:8.0} {resident:6}"
        );
        Ok(json!({
            "filters": name,
            "microsPerRequest": { "median": cost, "least": least, "most": most, "rounds": running.costs() },
            "added": added,
            "requestsPerSecond": rate,
            "latencyMicros": { "p50": p50, "p99": p99, "first": first, "alone": alone },
            "residentMegabytes": resident,
        }))
    };
    running.iter().map(row).collect()
}

fn write(results: &Value) -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bench");
    fs::create_dir_all(&folder)?;
    let file = folder.join("results.json");
    fs::write(&file, format!("{results:#}\n"))?;
    println!("written: target/bench/results.json");
    Ok(())
}
