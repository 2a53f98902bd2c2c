//! The first request that the filters see after a start, of several starts each. Others went before on the same connection that no
//! filter sees, so that what is measured is the filters' own.

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};
use tests::envoy::manager;

use crate::goals;
use crate::running::{median, request};
use crate::variant::Variant;
use crate::worker::Worker;

/// What is measured.
pub const VARIANTS: [Variant; 4] = [
    Variant::Bare,
    Variant::Empty,
    Variant::Native(1),
    Variant::Known,
];

/// Starts of each.
const STARTS: usize = 7;
/// Requests before the first, and after it, one by one.
const OTHERS: usize = 500;
/// The path that no filter sees.
const PLAIN: &str = "/plain";

/// What was seen of one kind of proxy: microseconds of its worker's processor time, the median of the starts.
pub struct First {
    variant: Variant,
    first: f64,
    later: f64,
    /// the first by those that follow, in one start
    ratio: f64,
}

/// Measures, in turns.
///
/// # Errors
/// A proxy does not start or does not answer.
pub fn measure(variants: &[Variant]) -> Result<Vec<First>> {
    let mut seen: Vec<Vec<(f64, f64)>> = vec![Vec::new(); variants.len()];
    for _ in 0..STARTS {
        for (variant, seen) in variants.iter().zip(&mut seen) {
            seen.push(start(variant)?);
        }
    }
    let of = |(variant, seen): (&Variant, Vec<(f64, f64)>)| First {
        variant: variant.clone(),
        first: median(seen.iter().map(|(first, _)| *first).collect()),
        later: median(seen.iter().map(|(_, later)| *later).collect()),
        ratio: median(seen.iter().map(|(first, later)| first / later).collect()),
    };
    Ok(variants.iter().zip(seen).map(of).collect())
}

fn start(variant: &Variant) -> Result<(f64, f64)> {
    let mut setup = variant.setup()?;
    add_plain(manager(setup.listener())?)?;
    let proxy = setup.start("bench-first")?;
    let mut worker = Worker::of(&proxy)?;
    // what the proxy itself does for the first time it has done here
    let plain = format!("GET {PLAIN} HTTP/1.1\r\nhost: plain\r\n\r\n");
    for _ in 0..OTHERS {
        worker.send(plain.as_bytes())?;
    }
    worker.costs.clear();
    let request = request(0)?;
    worker.send(&request)?;
    let first = worker.percentile(1.0);
    worker.costs.clear();
    for _ in 0..OTHERS {
        worker.send(&request)?;
    }
    Ok((first, worker.percentile(0.5)))
}

/// A route that no filter sees.
fn add_plain(manager: &mut Value) -> Result<()> {
    let filters = manager["http_filters"]
        .as_array()
        .context("there are filters")?;
    let (_router, seeing) = filters.split_last().context("there are filters")?;
    let name = |filter: &Value| filter["name"].as_str().map(str::to_owned).context("a name");
    let disabled = json!({ "@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", "disabled": true });
    let disabled = seeing
        .iter()
        .map(|filter| Ok((name(filter)?, disabled.clone())));
    let route = json!({
        "match": { "path": PLAIN },
        "direct_response": { "status": 200 },
        "typed_per_filter_config": disabled.collect::<Result<Map<_, _>>>()?,
    });
    let routes = manager["route_config"]["virtual_hosts"][0]["routes"].as_array_mut();
    routes.context("there are routes")?.insert(0, route);
    Ok(())
}

/// Prints them, and gives them for the results' file.
#[must_use]
pub fn report(all: &[First]) -> Value {
    println!(
        "\n{:34} {:>9} {:>9} {:>6}",
        "first request after a start", "first µs", "later µs", "ratio"
    );
    for First {
        variant,
        first,
        later,
        ratio,
    } in all
    {
        println!("{:34} {first:9.0} {later:9.0} {ratio:6.1}", variant.name());
    }
    let of = |one: &First| {
        json!({
            "filters": one.variant.name(), "firstMicros": one.first, "laterMicros": one.later, "ratio": one.ratio,
        })
    };
    all.iter().map(of).collect()
}

/// The goal: the first request of ours by those that follow.
///
/// # Errors
/// It was not measured.
pub fn goal(all: &[First]) -> Result<(String, Value)> {
    let ours = all.iter().find(|one| one.variant == Variant::Known);
    let ratio = ours.context("it was not measured")?.ratio;
    let unit = "first request by the median of those that follow, the median of seven starts";
    Ok((String::from("F5"), goals::most(ratio, 3.0, unit)))
}
