//! What the filter costs: CPU time of a whole Envoy per request, beside a bare Envoy and beside Envoy's own filters, in turns.
//!
//! `bench [ROUNDS [SECONDS]]`. Prints a table and writes `target/bench/results.json`. Everything runs at once on this machine,
//! so compare within one table only.

mod load;
mod scale;
mod stream;
mod variant;

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use variant::{Running, Variant};

const ROUNDS: usize = 7;
const SECONDS: u64 = 3;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |otherwise| {
        arguments
            .next()
            .map_or(Ok(otherwise), |text| text.parse::<u64>())
    };
    let rounds = usize::try_from(number(u64::try_from(ROUNDS)?)?)?;
    let window = Duration::from_secs(number(SECONDS)?);
    tests::process::end_all_on_interrupt(|| {})?;
    let mut running = Vec::new();
    for variant in Variant::ALL {
        running.push(Running::start(variant)?);
    }
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}");
        for running in &mut running {
            running.measure(window)?;
        }
    }
    let mut results = report(&running, window)?;
    drop(running);
    let (measured, memory) = stream::measure(rounds)?;
    results["stream"] = stream::report(&measured, &memory);
    scale::add(&mut results)?;
    write(&results)
}

fn report(running: &[Running], window: Duration) -> Result<Value> {
    let bare = running.first().context("nothing was measured")?.cost();
    println!(
        "{:34} {:>12} {:>17} {:>9} {:>12}",
        "filters", "µs/request", "least to most", "added", "requests/s"
    );
    let mut results = Vec::new();
    for running in running {
        let (cost, (least, most)) = (running.cost(), running.spread());
        let name = running.variant.name();
        let rate = running.rate();
        println!(
            "{name:34} {cost:12.1} {:>17} {:9.1} {rate:12.0}",
            format!("{least:.1} to {most:.1}"),
            cost - bare
        );
        results.push(json!({
            "filters": name,
            "microsPerRequest": { "median": cost, "least": least, "most": most, "rounds": running.costs() },
            "added": cost - bare,
            "requestsPerSecond": rate,
        }));
    }
    let ratio = ratio(running, bare)?;
    println!("\nthe filter adds {ratio:.2} times what Envoy's jwt_authn and RBAC add");
    Ok(json!({ "windowSeconds": window.as_secs(), "results": results, "ratio": ratio }))
}

/// What the filter adds, by what Envoy's own filters add.
fn ratio(running: &[Running], bare: f64) -> Result<f64> {
    let added = |wanted: Variant| {
        let found = running.iter().find(|running| running.variant == wanted);
        found
            .map(|running| running.cost() - bare)
            .context("not measured")
    };
    Ok(added(Variant::Filter)? / added(Variant::Native)?)
}

fn write(results: &Value) -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bench");
    fs::create_dir_all(&folder)?;
    let file = folder.join("results.json");
    fs::write(&file, format!("{results:#}\n"))?;
    println!("written: target/bench/results.json");
    Ok(())
}
