//! How long the scanners take for a megabyte of the worst bodies that they accept, in pieces of 16 KiB: the least of 25, in milliseconds.
//!
//! Natively, `cargo run --release -p scan --example worst_bodies`; as in the module, in V8: `make scan-speed`. With an argument, those whose name contains it.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::disallowed_macros,
    clippy::print_stdout,
    clippy::float_arithmetic,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "it measures the crate, and is no part of it"
)]

mod documents;

use std::time::{Duration, Instant};

use documents::{MEGABYTE, repeated};
use scan::json::{self, Documents, Names};
use scan::multipart::{self, Form};
use scan::protobuf::{self, Calls, Field, Fields};
use scan::{Scan, ScanError};

const CHUNK: usize = 16 * 1024;
const ROUNDS: usize = 25;

const MODEL: Names = Names {
    path: &["model"],
    documents: Documents::One,
    required: true,
};
const FIELDS: Fields = Fields {
    version: None,
    path: &[Field::One(1)],
    refused: &[],
};

const REQUESTS: Names = Names {
    path: &["requests", "[]", "params", "model"],
    documents: Documents::One,
    required: true,
};
const FILE: Form = Form {
    field: "model",
    json: Some((
        "file",
        Names {
            path: &["body", "model"],
            documents: Documents::Lines,
            required: true,
        },
    )),
    required: false,
};
const BOUNDARY: &str = "--x";

fn main() -> Result<(), ScanError> {
    for (name, document) in documents::documents("m", json::MAX_BESIDE, json::MAX_ODD_KEYS) {
        measure(name, document.as_bytes(), || json::Scanner::new(MODEL))?;
    }
    batches()?;
    forms()?;
    messages()?;
    fields()
}

fn batches() -> Result<(), ScanError> {
    let named = |_| [String::from("m"), String::from("n")];
    for (name, batch) in documents::batches("m", json::MAX_NAMES, named) {
        measure(name, batch.as_bytes(), || json::Scanner::new(REQUESTS))?;
    }
    let line = r#"{"body":{"model":"m"}}"#.to_owned() + "\n";
    let dashes = r#"{"body":{"model":"m"},"a":[-1,-1,-1,-1,-1,-1,-1,-1]}"#.to_owned() + "\n";
    for (name, unit) in [
        ("lines of a batch", line.as_str()),
        ("lines of a batch with dashes", &dashes),
        ("blank lines of a batch", "\n"),
    ] {
        let names = usize::try_from(json::MAX_NAMES).unwrap_or_default();
        let count = names.min(MEGABYTE / unit.len()).saturating_sub(1);
        let blank = "\n".repeat(MEGABYTE.saturating_sub(count * unit.len()));
        let lines = [line.as_str(), &unit.repeat(count), &blank].concat();
        form(name, &part("file", &lines))?;
    }
    Ok(())
}

fn forms() -> Result<(), ScanError> {
    for (name, content) in [
        ("a file of dashes", "-"),
        ("a file of beginnings of a delimiter", "\r\n----"),
        ("a file of beginnings of a line end", "\r\n"),
        ("a file of a dash now and then", "ab-cdefg"),
    ] {
        form(name, &part("x", &repeated(content)))?;
    }
    let short = part("x", "").repeat(usize::try_from(multipart::MAX_PARTS).unwrap_or_default() - 3);
    form(
        "short parts, and a file",
        &[short, part("x", &repeated("-a"))].concat(),
    )
}

fn messages() -> Result<(), ScanError> {
    let message = |fields: &[u8], number: usize| {
        let name = format!("vision-{number:06}");
        framed(&[fields, &[10, 13], name.as_bytes()].concat())
    };
    let messages =
        |fields: &'static [u8]| (0..10_000).flat_map(move |number| message(fields, number));
    grpc("10,000 gRPC messages", &messages(b"").collect::<Vec<_>>())?;
    grpc(
        "the same with a field before",
        &messages(&[16, 1]).collect::<Vec<_>>(),
    )?;
    let one = framed(b"\x0a\x01m");
    grpc("gRPC messages of one model", &one.repeat(MEGABYTE / 8))?;
    let two = [one, framed(b"\x0a\x01n")].concat();
    grpc("gRPC messages of two models", &two.repeat(MEGABYTE / 16))
}

fn fields() -> Result<(), ScanError> {
    for (name, fields) in [
        ("gRPC fields of three bytes", &[18, 1, 0][..]),
        ("empty gRPC fields", &[18, 0]),
        ("gRPC fields of nine bytes", &[25, 1, 2, 3, 4, 5, 6, 7, 8]),
        (
            "gRPC numbers of ten bytes",
            &[16, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
        ),
        (
            "gRPC fields with long tags",
            &[0x82, 0x80, 0x80, 0x80, 1, 0],
        ),
        (
            "gRPC fields in no order",
            &[
                18, 0, 16, 1, 18, 2, 1, 1, 29, 1, 2, 3, 4, 16, 0x80, 1, 0xa2, 6, 1, 1,
            ],
        ),
    ] {
        grpc(name, &with_fields(fields))?;
    }
    Ok(())
}

fn with_fields(field: &[u8]) -> Vec<u8> {
    let fields = field.repeat(MEGABYTE / field.len());
    framed(&[b"\x0a\x01m", fields.as_slice()].concat())
}

fn part(name: &str, content: &str) -> String {
    format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{content}\r\n")
}

fn form(name: &str, parts: &str) -> Result<(), ScanError> {
    let model = part("model", "m");
    let file = if parts.contains("\"file\"") {
        String::new()
    } else {
        part("file", "{\"body\":{\"model\":\"m\"}}")
    };
    let body = format!("{model}{file}{parts}--{BOUNDARY}--\r\n");
    measure(name, body.as_bytes(), || {
        multipart::Scanner::new(FILE, BOUNDARY.as_bytes())
    })
}

fn framed(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap_or_default();
    [&[0], length.to_be_bytes().as_slice(), message].concat()
}

fn grpc(name: &str, body: &[u8]) -> Result<(), ScanError> {
    measure(name, body, || {
        protobuf::Scanner::new(FIELDS, Calls::Stream, 1 << 30)
    })
}

fn measure<S: Scan>(name: &str, body: &[u8], new: impl Fn() -> S) -> Result<(), ScanError> {
    if std::env::args()
        .nth(1)
        .is_some_and(|part| !name.contains(&part))
    {
        return Ok(());
    }
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let mut scanner = new();
        let mut count = 0;
        for chunk in body.chunks(CHUNK) {
            scanner.feed(chunk)?;
            count += scanner.take_models().iter().count();
        }
        scanner.finish()?;
        if count == 0 {
            return Err(ScanError::Missing);
        }
        best = best.min(start.elapsed());
    }
    println!("{name:40} {:7.2}", best.as_secs_f64() * 1e3);
    Ok(())
}
