//! What a decision costs, and what a loaded bundle holds: `cargo run --release -p policies --example decide_speed -- BUNDLE...`.
//!
//! Callers and models are taken from the bundle's own rules, evenly. The best of five rounds is printed.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::disallowed_macros,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::float_arithmetic,
    reason = "it measures the crate, and is no part of it"
)]

use std::error::Error;
use std::hint::black_box;
use std::rc::Rc;
use std::time::Instant;

use policies::action::Action;
use policies::authorize::Question;
use policies::bundle::{ModelEntry, Who};
use policies::engine::Engine;
use policies::principal::{Identity, Subject};
use policies::time::UnixTime;

const CALLERS: usize = 200;
const ROUNDS: usize = 5;
const REPEATED: usize = 50;

fn main() -> Result<(), Box<dyn Error>> {
    for file in std::env::args().skip(1) {
        let text = std::fs::read(&file)?;
        let before = resident()?;
        let start = Instant::now();
        let engine = Engine::load(&text)?;
        let loaded = start.elapsed();
        let held = resident()?.saturating_sub(before);
        println!(
            "{file}: {} rules, {} bytes of text, loaded in {loaded:.1?}, {held} KiB held",
            engine.bundle().rules.len(),
            text.len()
        );
        for (what, servers) in [("a model", false), ("a server as a whole", true)] {
            let questions = questions(&engine, servers);
            println!("  {:8.0} ns about {what}", best(&engine, &questions));
        }
    }
    Ok(())
}

/// Best mean of a round.
fn best(engine: &Engine, questions: &[(Identity, &ModelEntry)]) -> f64 {
    let callers: Vec<_> = questions
        .iter()
        .map(|(identity, model)| (engine.caller(Some(identity), None), *model))
        .collect();
    let mut best = f64::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..REPEATED {
            for (caller, model) in &callers {
                let question = Question {
                    namespace: &model.namespace,
                    model: model.name.trim_end_matches('*'),
                    version: None,
                    api: model.api,
                    action: Action::Predict,
                    method: "POST",
                    now: UnixTime::from_secs(0),
                };
                let _decision = black_box(engine.decide(caller, question));
            }
        }
        let count = REPEATED * callers.len().max(1);
        best = best.min(start.elapsed().as_secs_f64() * 1e9 / count as f64);
    }
    best
}

/// About the first entry that a rule covers, of servers or of others: a server lies in the scopes of all files of a namespace.
fn questions(engine: &Engine, servers: bool) -> Vec<(Identity, &ModelEntry)> {
    let bundle = engine.bundle();
    let step = bundle.rules.len().div_ceil(CALLERS).max(1);
    let rules = bundle.rules.iter().step_by(step);
    let question = |rule: &policies::bundle::Rule| {
        let Who::AnyOf(terms) = &rule.who else {
            return None;
        };
        let term = usize::try_from(*terms.first()?).ok()?;
        let (kind, id) = bundle.terms.get(term)?.split_once(':')?;
        let (issuer, name) = id.split_once('/')?;
        let subject = match kind {
            "user" => Subject::User(name.to_owned()),
            "sa" => Subject::ServiceAccount(name.to_owned()),
            _ => Subject::User("somebody@example.com".to_owned()),
        };
        let group = (kind == "group").then(|| name.to_owned());
        let identity = Identity {
            issuer: issuer.to_owned(),
            subject,
            groups: group.into_iter().collect(),
            client: None,
            claims: Rc::default(),
            valid_until: u64::MAX,
        };
        let covered = |entry: &&ModelEntry| {
            entry.name.starts_with('@') == servers
                && entry.scopes.binary_search(&rule.scope).is_ok()
        };
        Some((identity, bundle.models.iter().find(covered)?))
    };
    rules.filter_map(question).collect()
}

/// KiB of memory that the process holds.
fn resident() -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(number.ok_or("no VmRSS")?.parse()?)
}
