//! How long the scanners take for a megabyte of the worst bodies that they accept, in pieces of 16 KiB: the least of 25, in milliseconds.
//!
//! Natively, `cargo run --release -p scan --example worst_bodies`; as in the module, in V8: `make scan-speed`.
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

use std::time::{Duration, Instant};

use scan::json::{self, Documents, Names};
use scan::protobuf::{self, Calls, Field, Fields};
use scan::{Scan, ScanError};

const MEGABYTE: usize = 1 << 20;
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

/// Inside of an array, and members of the outermost object.
const INSIDE: [(&str, &str); 14] = [
    ("strings of escapes \\u0041", r#""\u0041\ud83d\ude00","#),
    ("strings of escapes \\n", r#""\n\n\n\n\n\n\n\n","#),
    (
        "arrays, 32 deep",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]],",
    ),
    ("empty arrays, empty objects", "[],{},"),
    ("arrays of one number", "[1],"),
    (
        "short members further inside",
        r#"{"x":1,"x":1,"x":1,"x":1},"#,
    ),
    ("strings \"\\n\"", r#""\n","#),
    (
        "characters of four bytes",
        "\"\u{1f600}\u{1f600}\u{1f600}\u{1f600}\",",
    ),
    ("words", "true,"),
    ("numbers of 15 digits", "-0.013482521,0.52187347,"),
    ("numbers with exponents", "1e5,2,-3.5e-7,"),
    (
        "short messages",
        r#"{"role":"user","content":"And then?"},"#,
    ),
    ("tokens in no order", ""),
    ("characters and escapes in no order", ""),
];
const MEMBERS: [(&str, &str); 9] = [
    ("empty members", r#""":[],"#),
    ("members with blanks", r#""" : 1 , "#),
    ("members with two digits", r#""x":12,"#),
    ("short members", r#""x":1,"#),
    ("members with names as long as an alias", r#""mord":1,"#),
    ("members named \"é\"", r#""é":1,"#),
    ("members named by an escape", r#""\n":1,"#),
    (
        "long keys with escapes",
        r#""\u006dod\u0065_a_key_that_is_longer_than_any":[],"#,
    ),
    ("members in no order", ""),
];

fn main() -> Result<(), ScanError> {
    for (name, unit) in INSIDE {
        let items = if unit.is_empty() {
            mixed(name)
        } else {
            repeated(unit)
        };
        json(name, &format!(r#"{{"a":[{items}1],"model":"m"}}"#))?;
    }
    for (name, unit) in MEMBERS {
        let items = if unit.is_empty() {
            mixed(name)
        } else {
            repeated(unit)
        };
        json(name, &format!(r#"{{{items}"model":"m"}}"#))?;
    }
    let message = |fields: &[u8], number: usize| {
        let name = format!("vision-{number:06}");
        let mut message = fields.to_vec();
        message.extend([10, 13]);
        message.extend(name.bytes());
        framed(&message)
    };
    let messages =
        |fields: &'static [u8]| (0..10_000).flat_map(move |number| message(fields, number));
    grpc("10,000 gRPC messages", &messages(b"").collect::<Vec<_>>())?;
    grpc(
        "the same with a field before",
        &messages(&[16, 1]).collect::<Vec<_>>(),
    )?;
    let fields = |field: &[u8]| {
        framed(
            &[
                b"\x0a\x01m",
                field.repeat(MEGABYTE / field.len()).as_slice(),
            ]
            .concat(),
        )
    };
    grpc("gRPC fields of three bytes", &fields(&[18, 1, 0]))?;
    grpc("empty gRPC fields", &fields(&[18, 0]))?;
    let same = framed(b"\x0a\x01m").repeat(MEGABYTE / 8);
    grpc("gRPC messages of one model", &same)
}

fn framed(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap_or_default();
    [&[0], length.to_be_bytes().as_slice(), message].concat()
}

fn repeated(unit: &str) -> String {
    unit.repeat(MEGABYTE / unit.len())
}

/// Of several kinds, one after the other without a pattern.
fn mixed(name: &str) -> String {
    let units: &[&str] = match name {
        "members in no order" => &[
            r#""x":1,"#,
            r#""yy":"","#,
            r#""a_longer_one":[],"#,
            r#""é":0,"#,
            r#""\t":{},"#,
        ],
        "tokens in no order" => &[
            "1,",
            "[],",
            r#""a","#,
            "true,",
            r#"{"a":1},"#,
            "[[2],0],",
            "-7.5,",
        ],
        _ => &[r#""é\na","#, r#""\\\\é","#, r#""plain","#, r#""€\u0041","#],
    };
    let mut text = String::with_capacity(MEGABYTE + 16);
    let mut state = 1_u64;
    while text.len() < MEGABYTE {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text.push_str(units[usize::from(state.to_le_bytes()[3]) % units.len()]);
    }
    text
}

fn json(name: &str, body: &str) -> Result<(), ScanError> {
    measure(name, body.as_bytes(), || json::Scanner::new(MODEL))
}

fn grpc(name: &str, body: &[u8]) -> Result<(), ScanError> {
    measure(name, body, || {
        protobuf::Scanner::new(FIELDS, Calls::Stream, 1 << 30)
    })
}

fn measure<S: Scan>(name: &str, body: &[u8], new: impl Fn() -> S) -> Result<(), ScanError> {
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
