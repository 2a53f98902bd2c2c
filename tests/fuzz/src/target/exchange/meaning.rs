//! What was allowed is what servers read: the event names each model that another reader finds in the body, and no other.

use policies::audit::AuditEvent;
use policies::exchange::Exchange;
use policies::guard::Guard;
use policies::profile::{BodyKind, Source, operation};
use policies::scan::multipart;
use serde_json::Value;

use super::script::Script;
use crate::reference;

/// Fewer models than an event has room for.
const FEW: usize = 16;
/// In front of Seldon's paths at the gateway.
const DEPLOYMENT: &str = "/seldon/zoo/zoo-seldon";

/// The whole request left, and this is its event.
pub fn is_read_alike(event: &AuditEvent, script: &Script) {
    let media_type = script.head.values("content-type").next();
    let boundary = media_type.and_then(multipart::boundary);
    let kind = match (script.calls(), &boundary) {
        (true, _) => BodyKind::Grpc,
        (false, Some(_)) => BodyKind::Form,
        (false, None) => BodyKind::Other,
    };
    let (Some(api), Some(method), Some(path)) = (event.protocol, &event.method, &event.path) else {
        panic!("what is allowed has a protocol: {event:?}");
    };
    let path = path.strip_prefix(DEPLOYMENT).unwrap_or(path);
    // a path that is cut in the event is not looked up
    let Some(operation) = operation(api, method, path, kind) else {
        return;
    };
    let body = &script.body;
    let names = match operation.model {
        Source::Json(names) => reference::json(names, body),
        Source::Message(fields) | Source::Messages(fields) => {
            reference::protobuf(fields.without_version(), body)
        }
        Source::Form(form) => reference::multipart(form, &boundary.unwrap_or_default(), body),
        Source::Path | Source::PathAndBody | Source::PathAndForm => {
            operation.in_path.map(|name| vec![name])
        }
        Source::Route | Source::Server | Source::ServerAndBody | Source::List(_) => return,
    };
    let names = names.expect("what was allowed can be read");
    let told: Vec<&String> = event.model.iter().chain(&event.other_models).collect();
    for name in names.iter().filter(|_| told.len() < FEW) {
        assert!(told.contains(&name), "{name} is not in {told:?}");
    }
    for name in told {
        assert!(names.contains(name), "{name} is not in {names:?}");
    }
}

/// What is shown of a list is JSON, and has no more than the list had.
pub fn is_cut_down(exchange: &Exchange, guard: &Guard, list: &[u8]) {
    let shown = exchange.list(guard, list);
    let value: Value = serde_json::from_slice(&shown).expect("a list is JSON");
    let had = serde_json::from_slice::<Value>(list).map_or(0, |value| count(&value));
    assert!(count(&value) <= had + 2, "more than there was");
}

fn count(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(count).sum::<usize>(),
        Value::Object(members) => 1 + members.values().map(count).sum::<usize>(),
        _ => 1,
    }
}
