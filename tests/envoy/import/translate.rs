//! Policies to Envoy's filters, by istiod's own code.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use tests::import::labels;
use tests::setup::component;
use tests::token::{Key, jwks};

use super::Subject;

/// What every issuer signs with.
pub const KEY: Key = Key::Ec1;

/// HTTP filters of a server's proxies.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filters {
    /// why istiod takes the resources not
    invalid: String,
    /// of the sidecar
    #[serde(deserialize_with = "nullable")]
    pub sidecar: Vec<Value>,
    /// of a waypoint in front of the service
    #[serde(deserialize_with = "nullable")]
    pub waypoint: Vec<Value>,
}

/// An empty list of Go's.
fn nullable<'de, D: serde::Deserializer<'de>>(input: D) -> Result<Vec<Value>, D::Error> {
    Ok(Option::deserialize(input)?.unwrap_or_default())
}

/// Gives every issuer of the resource [`KEY`]'s public half, so that nobody has to fetch it.
pub fn with_keys(resource: &mut Value) {
    let rules = resource.pointer_mut("/spec/jwtRules");
    for rule in rules.and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(rule) = rule.as_object_mut() {
            rule.remove("jwksUri");
            rule.insert("jwks".into(), json!(jwks(&[KEY]).to_string()));
        }
    }
}

/// Sets the filters of each subject; gives back the names of those that istiod takes not.
pub fn translated(subjects: &mut [Subject]) -> Result<Vec<String>> {
    let workloads: Vec<Value> = subjects.iter().flat_map(workloads).collect();
    let program = component("istio-filters")?.join("istio-filters");
    let mut command = Command::new(program);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::null()).spawn()?;
    let mut input = child.stdin.take().context("a pipe")?;
    input.write_all(json!(workloads).to_string().as_bytes())?;
    drop(input);
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "istio-filters: {}", output.status);
    let answers: Vec<Filters> = serde_json::from_slice(&output.stdout)?;
    ensure!(
        answers.len() == workloads.len(),
        "an answer for each workload"
    );
    let mut answers = answers.into_iter();
    let mut refused = Vec::new();
    for subject in subjects {
        subject.filters = answers.by_ref().take(subject.wish.servers.len()).collect();
        if subject
            .filters
            .iter()
            .any(|filters| !filters.invalid.is_empty())
        {
            refused.push(subject.case.name.clone());
        }
    }
    Ok(refused)
}

/// One for each server.
fn workloads(subject: &Subject) -> impl Iterator<Item = Value> {
    subject.wish.servers.iter().map(|server| {
        json!({
            "resources": subject.case.text,
            "namespace": server.namespace,
            "service": server.service,
            "labels": labels(server).into_iter().collect::<BTreeMap<_, _>>(),
        })
    })
}
