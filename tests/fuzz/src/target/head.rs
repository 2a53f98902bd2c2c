//! Heads: what is read is one path, one host and one query to every server, and a request without a caller is refused whatever it asks.

use std::cell::RefCell;

use policies::api::Api;
use policies::audit::{AuditEvent, Ending, MAX_TEXT};
use policies::decision::{Reason, Verdict};
use policies::exchange::Exchange;
use policies::guard::Guard;
use policies::head::{Connection, Head, MAX_HOST, MAX_PATH, Target};
use policies::profile::{BodyKind, operation};
use policies::step::Step;
use policies::time::UnixTime;
use tests::cases::fixture::Mode;

use super::NOON;
use crate::input::Input;

/// Rules ask for the address.
const HERE: Connection<'_> = Connection {
    peer: None,
    address: Some(b"127.0.0.1:40000"),
};

/// Longest audit event in bytes.
pub const LONGEST_EVENT: usize = 24 * 1024;

thread_local! {
    static GUARD: RefCell<Guard> = RefCell::new(Mode::Hold.guard());
}

/// Fields, one a line: `name: value`.
pub fn fields(text: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let lines = text
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    let field = |line: &[u8]| {
        let mut rest = Input(line);
        // a pseudo-field's name begins with a colon
        let colon = usize::from(line.starts_with(b":"));
        let first = rest.take(colon);
        let name = [first, rest.until(b":")].concat();
        (name, rest.0.trim_ascii_start().to_vec())
    };
    lines.map(field).collect()
}

/// A byte for the proxy's own format of fields, then fields as text.
pub fn run(data: &[u8]) {
    let mut input = Input(data);
    if input.byte() == b'w' {
        return within(input);
    }
    let fields = fields(input.0);
    let head = Head::new(fields.clone());
    let path = head.only(":path");
    if let Ok(target) = head.target() {
        plain(&target, path.ok().flatten().unwrap_or_default());
    }
    refused(&fields);
}

fn within(mut input: Input<'_>) {
    let count = usize::from(input.byte() % 8);
    let mut range = || usize::from(input.byte())..usize::from(input.byte());
    let fields: Vec<_> = (0..count).map(|_| (range(), range())).collect();
    let bytes = input.0.to_vec();
    let there = |range: &std::ops::Range<usize>| bytes.get(range.clone()).is_some();
    let all = fields
        .iter()
        .all(|(name, value)| there(name) && there(value));
    let head = Head::within(bytes, fields);
    assert_eq!(head.is_some(), all, "every field lies in the bytes");
    if let Some(head) = head {
        let _names: usize = head.names().map(<[u8]>::len).sum();
        let _read = head.target().is_ok();
    }
}

/// RFC 3986 without anything that one server undoes and another does not.
fn plain(target: &Target<'_>, whole: &[u8]) {
    let Target {
        method,
        host,
        path,
        query,
    } = target;
    assert!(method.bytes().all(|byte| byte.is_ascii_uppercase()));
    assert!(
        !host.is_empty() && host.len() <= MAX_HOST && !host.bytes().any(|b| b.is_ascii_uppercase())
    );
    assert!(path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic()));
    assert!(whole.len() <= MAX_PATH);
    let odd = ["//", "/./", "/../", "%", ";", "\\", "#", "?"];
    assert!(!odd.iter().any(|odd| path.contains(odd)), "{path}");
    assert!(!path.ends_with("/..") && !path.ends_with("/."), "{path}");
    let again = match whole.contains(&b'?') {
        true => [path.as_bytes(), b"?", query].concat(),
        false => path.as_bytes().to_vec(),
    };
    assert_eq!(again, whole, "nothing is lost");
    for api in Api::ALL {
        let body = [BodyKind::Grpc, BodyKind::Form, BodyKind::Other][path.len() % 3];
        let found = operation(api, method, path, body);
        let named = found.and_then(|operation| operation.in_path);
        assert!(named.is_none_or(|model| path.contains(&model) && !model.is_empty()));
    }
}

/// Nobody calls: whatever is asked is refused, and the event says nothing that it must not.
fn refused(fields: &[(Vec<u8>, Vec<u8>)]) {
    let (reason, line) = refusal(&Head::new(fields.to_vec()));
    assert_ne!(reason, Reason::Internal, "every refusal has a reason");
    let event = event(&line);
    assert_eq!((event.verdict, event.reason), (Verdict::Deny, reason));
    // what is told of one query is told of another that is refused alike
    let other: Vec<_> = fields.iter().map(with_another_query).collect();
    let (other_reason, other_line) = refusal(&Head::new(other));
    assert!(
        other_reason != reason || other_line == line,
        "the query is told: {line} {other_line}"
    );
}

fn refusal(head: &Head) -> (Reason, String) {
    GUARD.with_borrow_mut(|guard| {
        let mut exchange = Exchange::new(UnixTime::from_secs(NOON));
        let mut step = exchange.request_head(guard, head, HERE, true);
        while let Step::Verify(_) = step {
            step = exchange.signature(guard, false);
        }
        if let Step::NeedKeys(_) = step {
            step = exchange.keys(guard);
        }
        let Step::Deny(denial) = step else {
            panic!("{step:?}")
        };
        let line = exchange.finish_line(guard, &Ending::default());
        (denial.reason, String::from_utf8_lossy(&line).into_owned())
    })
}

/// The field; of a path, another query of the same form.
fn with_another_query((name, value): &(Vec<u8>, Vec<u8>)) -> (Vec<u8>, Vec<u8>) {
    let mut value = value.clone();
    if name == b":path" {
        let query = value.iter_mut().skip_while(|byte| **byte != b'?');
        query.for_each(|byte| *byte = next(*byte));
    }
    (name.clone(), value)
}

/// The next character of its kind, so that what is written out (`%4f`) stays so.
fn next(byte: u8) -> u8 {
    match byte {
        b'9' => b'0',
        b'f' => b'a',
        b'z' => b'g',
        b'F' => b'A',
        b'Z' => b'G',
        b'0'..=b'8' | b'a'..=b'e' | b'g'..=b'y' | b'A'..=b'E' | b'G'..=b'Y' => byte + 1,
        other => other,
    }
}

/// An event that no request forged: one line of printable ASCII, bounded, and JSON.
pub fn event(line: &str) -> AuditEvent {
    assert!(
        line.bytes().all(|byte| (0x20..0x7f).contains(&byte)),
        "{line}"
    );
    assert!(line.len() <= LONGEST_EVENT, "{} bytes", line.len());
    let event: AuditEvent = serde_json::from_str(line).expect("an event is JSON");
    for text in [
        &event.path,
        &event.host,
        &event.method,
        &event.model,
        &event.request_id,
    ] {
        // what is no ASCII is written out: six bytes for one
        assert!(
            text.as_ref().is_none_or(|text| text.len() <= 6 * MAX_TEXT),
            "{text:?}"
        );
    }
    event
}
