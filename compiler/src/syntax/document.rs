//! Which kind a document is.

use serde_json::{Value as Json, json};

use crate::diagnostic::Diagnostic;

use super::fields::Fields;
use super::node::Node;
use super::problems::Problems;
use super::shape::Recorder;
use super::value::Value;
use super::{API_VERSION, AccessTest, ModelAccess, ModelGate, Reading, Roles, suggest};

/// Every kind of document.
pub const KINDS: [&str; 4] = ["ModelAccess", "ModelGate", "AccessTest", "Roles"];

/// Reads one document into the list of its kind.
pub fn read(node: &Node, reading: &mut Reading, problems: &Problems) {
    if place(node, reading, problems).is_none() {
        reading.complete = false;
    }
}

fn place(node: &Node, reading: &mut Reading, problems: &Problems) -> Option<()> {
    let mut fields = Value {
        node,
        name: "the document",
        item: false,
        due: true,
        problems,
        probe: None,
    }
    .fields("the document")?;
    version(&mut fields, problems);
    let kind = fields.text("kind");
    match kind.value.as_str() {
        "ModelGate" => reading.gates.push(ModelGate::read(fields)?),
        "ModelAccess" => reading.files.push(ModelAccess::read(fields)?),
        "Roles" => reading.roles.push(Roles::read(fields)?),
        "AccessTest" => reading.tests.push(AccessTest::read(fields)?),
        "" => return None,
        other => {
            let message = format!("unknown kind `{other}`");
            let help = suggest::help(other, KINDS, "the kinds are");
            problems.report(Diagnostic::error("MG0011", kind.span, message).with_help(help));
            return None;
        }
    }
    Some(())
}

/// The JSON Schema of a kind, as its reader has it; `describe` is told the path of each field.
pub fn schema(kind: &str, describe: &dyn Fn(&str) -> Option<String>) -> Option<Json> {
    let (recorder, problems) = (Recorder::default(), Problems::default());
    let root = recorder.value();
    let mut fields = Value::recorded("", root, &problems).fields("the document")?;
    version(&mut fields, &problems);
    fields.text("kind");
    let written = json!({ "properties": {
        "apiVersion": { "const": API_VERSION }, "kind": { "const": kind },
    } });
    fields.rule(|| written);
    match kind {
        "ModelGate" => drop(ModelGate::read(fields)),
        "ModelAccess" => drop(ModelAccess::read(fields)),
        "Roles" => drop(Roles::read(fields)),
        "AccessTest" => drop(AccessTest::read(fields)),
        _ => return None,
    }
    Some(recorder.schema(root, describe))
}

fn version(fields: &mut Fields<'_>, problems: &Problems) {
    let version = fields.text("apiVersion");
    if !version.value.is_empty() && version.value != API_VERSION {
        let message = format!("unknown apiVersion `{}`", version.value);
        let help = format!("write `{API_VERSION}`");
        problems.report(Diagnostic::error("MG0012", version.span, message).with_help(help));
    }
}
