//! How fast the scanners read, and how much they hold: `cargo run --release -p scan --example scan_speed`.
//!
//! Each body is 32 MB, fed in chunks of 16 KiB, as a proxy brings them. The best of five rounds is printed.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::disallowed_macros,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::float_arithmetic,
    reason = "it measures the crate, and is no part of it"
)]

use std::time::{Duration, Instant};

use scan::ScanError;
use scan::json::{self, Documents, Names};
use scan::multipart::{self, Form};
use scan::protobuf::{self, Calls, Field, Fields};

const BODY: usize = 32_000_000;
const CHUNK: usize = 16 * 1024;
const ROUNDS: usize = 5;

const MODEL: Names = Names {
    path: &["model"],
    documents: Documents::One,
    required: true,
};
const LINES: Names = Names {
    path: &["body", "model"],
    documents: Documents::Lines,
    required: true,
};
const FORM: Form = Form {
    field: "model",
    json: Some(("file", LINES)),
    required: false,
};
const FIELDS: Fields = Fields {
    path: &[Field::One(1)],
    refused: &[],
    version: None,
};

const TEXT: &str = "The quick brown fox jumps over the lazy dog, and says \\\"so what\\\".\\n";
const LINE: &str = "{\"custom_id\":\"request-1\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":{\"model\":\"a\",\"messages\":\
    [{\"role\":\"user\",\"content\":\"What is the capital of the country with the longest coast?\"}],\"max_tokens\":1000}}\n";

fn main() -> Result<(), ScanError> {
    for (name, unit) in [
        ("JSON: English text", TEXT),
        (
            "JSON: Greek text",
            "Η γρήγορη καφετιά αλεπού πηδάει πάνω από το σκυλί. ",
        ),
        (
            "JSON: escaped text",
            r"\u0397 \u03b3\u03c1\u03ae\u03b3\u03bf\u03c1\u03b7 \u03b1\u03bb\u03b5\u03c0\u03bf\u03cd ",
        ),
    ] {
        let body = body(
            b"{\"model\":\"a\",\"messages\":[{\"content\":\"",
            unit.as_bytes(),
            b"\"}]}",
        );
        json(name, MODEL, &body)?;
    }
    for (name, unit) in [
        ("JSON: numbers with fractions", "-0.013482,0.52187347,"),
        ("JSON: whole numbers", "15339, 318, 11, 2, 128000, "),
        (
            "JSON: short messages",
            r#"{"role":"user","content":"And then?"},"#,
        ),
    ] {
        let body = body(b"{\"model\":\"a\",\"input\":[", unit.as_bytes(), b"0]}");
        json(name, MODEL, &body)?;
    }
    json(
        "JSON: lines of a batch",
        LINES,
        &body(b"", LINE.as_bytes(), b""),
    )?;
    form("form: a file", "audio", &noise())?;
    form("form: lines of a batch", "file", LINE.as_bytes())?;
    tensor()
}

fn json(name: &str, names: Names, body: &[u8]) -> Result<(), ScanError> {
    measure(name, body, || {
        let mut scanner = json::Scanner::new(names);
        for chunk in body.chunks(CHUNK) {
            scanner.feed(chunk)?;
            scanner.take_models();
        }
        scanner.finish()?;
        Ok(scanner.held())
    })
}

fn form(name: &str, field: &str, unit: &[u8]) -> Result<(), ScanError> {
    let form = Form {
        json: FORM.json.filter(|(json, _)| *json == field),
        ..FORM
    };
    let start = format!(
        "--b-1\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"x\"\r\n\r\n"
    );
    let body = body(start.as_bytes(), unit, b"\r\n--b-1--\r\n");
    measure(name, &body, || {
        let mut scanner = multipart::Scanner::new(form, b"b-1");
        for chunk in body.chunks(CHUNK) {
            scanner.feed(chunk)?;
            scanner.take_models();
        }
        scanner.finish()?;
        Ok(scanner.held())
    })
}

fn tensor() -> Result<(), ScanError> {
    // a name, and field 7: 32,000,000 bytes
    let start = b"\0\x01\xe8\x48\x08\x0a\x01a\x3a\x80\x90\xa1\x0f";
    let body = [start.as_slice(), &[7; 32_000_000]].concat();
    measure("gRPC: a tensor", &body, || {
        let mut scanner = protobuf::Scanner::new(FIELDS, Calls::Unary, u64::MAX);
        for chunk in body.chunks(CHUNK) {
            scanner.feed(chunk)?;
            scanner.take_models();
        }
        scanner.finish()?;
        Ok(scanner.held())
    })
}

fn body(start: &[u8], unit: &[u8], end: &[u8]) -> Vec<u8> {
    let count = BODY.div_ceil(unit.len());
    [start, &unit.repeat(count), end].concat()
}

/// Bytes of every value.
fn noise() -> Vec<u8> {
    let mut state = 1_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    std::iter::repeat_with(next).take(100_000).collect()
}

fn measure(
    name: &str,
    body: &[u8],
    scan: impl Fn() -> Result<usize, ScanError>,
) -> Result<(), ScanError> {
    let mut held = 0;
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        held = scan()?;
        best = best.min(start.elapsed());
    }
    let speed = body.len() as f64 / best.as_secs_f64() / 1e6;
    println!("{name:30} {speed:8.0} MB/s {held:6} bytes held");
    Ok(())
}
