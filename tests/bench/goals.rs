//! What the numbers should be, and whether they are.

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};
use tests::envoy::module;

use crate::running::Running;
use crate::variant::{DECODED, VERIFIED, Variant};

/// The goals that a run can answer, by name.
///
/// # Errors
/// A variant was not measured.
pub fn of(running: &[Running]) -> Result<Map<String, Value>> {
    let find = |wanted: Variant| {
        let found = running.iter().find(|running| running.variant == wanted);
        found.with_context(|| format!("`{}` was not measured", wanted.name()))
    };
    let bare = find(Variant::Bare)?.cost();
    let added = |wanted: Variant| Ok::<_, anyhow::Error>(find(wanted)?.cost() - bare);
    let native = added(Variant::Native(1))?;
    let (few, many) = (added(Variant::Rules(10))?, added(Variant::Rules(100_000))?);
    let size = std::fs::metadata(module()?)?.len() as f64 / 1e3;
    let resident = |wanted| Ok::<_, anyhow::Error>(find(wanted)?.resident()? as f64 / 1024.0);
    let memory = resident(Variant::Rules(10_000))? - resident(Variant::Bare)?;
    let opa = "times what modelgate adds, added by OPA behind ext_authz";
    let ours = added(Variant::Known)?;
    let by_opa = |rule| Ok::<_, anyhow::Error>(least(added(Variant::Opa(rule))? / ours, 10.0, opa));
    let ratio = "of what jwt_authn and RBAC with one policy add";
    let goals = [
        ("F1", most(ours / native, 0.30, ratio)),
        ("F2", most(added(Variant::FirstSeen)? / native, 0.90, ratio)),
        ("F3 rules", most(many / few, 1.1, "100,000 rules by 10")),
        (
            "F3 native",
            least(
                added(Variant::Native(10_000))? / many,
                200.0,
                "times what 100,000 rules cost, by RBAC with 10,000",
            ),
        ),
        ("F4 module", most(size, 500.0, "KB")),
        (
            "F4 memory",
            most(memory, 40.0, "MB over bare, 10,000 rules"),
        ),
        ("F9", by_opa(VERIFIED)?),
        ("F9 unverified", by_opa(DECODED)?),
    ];
    Ok(goals
        .map(|(name, goal)| (name.to_owned(), goal))
        .into_iter()
        .collect())
}

/// The goal of streamed bodies: the worst of them counts.
#[must_use]
pub fn of_stream(stream: &Value) -> Option<(String, Value)> {
    let bodies = stream["bodies"].as_array()?.iter();
    let ratio = bodies
        .filter_map(|body| body["ratio"]["median"].as_f64())
        .fold(f64::INFINITY, f64::min);
    Some((
        String::from("F6"),
        least(ratio, 0.8, "of a bare proxy's bytes a second"),
    ))
}

/// One line each.
pub fn print(goals: &Map<String, Value>) {
    println!();
    for (name, goal) in goals {
        let met = if goal["met"] == true {
            "met"
        } else {
            "not met"
        };
        let value = goal["value"].as_f64().unwrap_or(f64::NAN);
        let (bound, unit) = (&goal["goal"], goal["unit"].as_str().unwrap_or_default());
        println!("{name:10} {value:9.2} {met:8} (goal {bound}, {unit})");
    }
}

/// A goal that a value must not exceed.
#[must_use]
pub fn most(value: f64, goal: f64, unit: &str) -> Value {
    json!({ "value": value, "goal": goal, "unit": unit, "met": value <= goal })
}

fn least(value: f64, goal: f64, unit: &str) -> Value {
    json!({ "value": value, "goal": goal, "unit": unit, "met": value >= goal })
}
