//! What costs more than its bytes is counted: up to its bound it is read, and one more is refused, however the body is cut. And no
//! memory grows with a document.

use crate::chunkings::{Dice, held_after};
use crate::json::{self, BYTES_A_NAME, Documents, MAX_BESIDE, MAX_NAMES, MAX_ODD_KEYS, Names};
use crate::multipart::{self, Form, MAX_PARTS};
use crate::{Scan, ScanError};

const MODEL: Names = Names {
    path: &["model"],
    documents: Documents::One,
    required: false,
};
const BATCH: Names = Names {
    path: &["requests", "[]", "params", "model"],
    ..MODEL
};
const LINES: Names = Names {
    path: &["body", "model"],
    documents: Documents::Lines,
    required: true,
};

#[expect(clippy::panic_in_result_fn, reason = "that ways differ is no answer")]
/// In one piece, in pieces of several lengths, and byte by byte: the same.
fn read<S: Scan>(scanner: impl Fn() -> S, body: &[u8]) -> Result<(), ScanError> {
    let read = |length| {
        let mut scanner = scanner();
        body.chunks(length)
            .try_for_each(|chunk| scanner.feed(chunk))?;
        scanner.finish()
    };
    let whole = read(body.len());
    for length in [1, 3, 61, 64, 100, 4096] {
        assert_eq!(read(length), whole, "in pieces of {length}");
    }
    whole
}

fn of_json(names: Names, body: &str) -> Result<(), ScanError> {
    read(|| json::Scanner::new(names), body.as_bytes())
}

/// So many odd keys, with others between them, and odd ones of objects that do not matter.
fn with_odd_keys(count: u32) -> String {
    let mut dice = Dice::new(0x1234_5678_9abc_def1);
    let mut body = String::from("{");
    for _ in 0..count {
        body += dice.one_of(&["", r#""x":{"é":1},"#, r#""lorb":[],"#]);
        body += dice.one_of(&[
            r#""é":1,"#,
            r#""\n":"","#,
            r#""\u006cord":[{}],"#,
            r#""moſel" : 1 , "#,
            r#""a key that is longer than any that matters, and ends with \"":{},"#,
            r#""😀 a key that is longer than sixty-four bytes, so that no block has it as a whole":-1,"#,
        ]);
    }
    body + r#""model":"a"}"#
}

#[test]
fn odd_keys_are_counted_on_the_way_to_a_name() {
    assert_eq!(of_json(MODEL, &with_odd_keys(MAX_ODD_KEYS)), Ok(()));
    let more = with_odd_keys(MAX_ODD_KEYS + 1);
    assert_eq!(of_json(MODEL, &more), Err(ScanError::TooMany));
    // elsewhere they cost nothing
    let inside = format!(r#"{{"model":"a","x":{more}}}"#);
    assert_eq!(of_json(MODEL, &inside), Ok(()));
}

#[test]
fn members_beside_the_way_are_counted_from_name_to_name() {
    let mut dice = Dice::new(0x1234_5678_9abc_def1);
    let mut members = |count: u32| -> String {
        let member = |_| {
            dice.one_of(&[
                r#""x":1,"#,
                r#""lorb":[{"a":1,"b":2}],"#,
                r#" "yy" : "" ,"#,
                r#""a key that is longer than others":{},"#,
            ])
        };
        (0..count).map(member).collect::<String>()
    };
    let named = r#""model":"a""#;
    for (before, behind, read) in [
        (MAX_BESIDE, 0, Ok(())),
        (MAX_BESIDE + 1, 0, Err(ScanError::TooMany)),
        (MAX_BESIDE, MAX_BESIDE - 1, Ok(())),
        (0, MAX_BESIDE, Err(ScanError::TooMany)),
    ] {
        let (before, behind) = (members(before), members(behind));
        let body = format!(r#"{{{before}{named},{behind}"z":0}}"#);
        assert_eq!(of_json(MODEL, &body), read);
    }
    let inside = format!(r#"{{{named},"x":{{{}"z":0}}}}"#, members(MAX_BESIDE + 1));
    assert_eq!(of_json(MODEL, &inside), Ok(()));
    let beside = members(MAX_BESIDE / 4);
    let request = format!(r#"{{{beside}"params":{{{beside}"model":"a"}}}}"#);
    let batch = format!(r#"{{"requests":[{request},{request},{request}]}}"#);
    assert_eq!(of_json(BATCH, &batch), Ok(()));
}

#[test]
fn names_are_counted_beyond_those_of_long_requests() {
    let shortest = usize::try_from(BYTES_A_NAME).unwrap();
    for (names, start, request, end) in [
        (
            BATCH,
            r#"{"requests":["#,
            r#"{"params":{"model":"a"}},"#,
            "]}",
        ),
        (
            BATCH,
            r#"{"requests":["#,
            r#"{"params":{"model":"\u0061"}},"#,
            "]}",
        ),
        (LINES, "", "{\"body\":{\"model\":\"a\"}}\n", ""),
    ] {
        let body = |count: u64, padded: usize| {
            let padding = " ".repeat(padded.saturating_sub(request.len()));
            let request = request.replacen('{', &format!("{{{padding}"), 1);
            let requests = request.repeat(usize::try_from(count).unwrap());
            format!("{start}{}{end}", requests.trim_end_matches(','))
        };
        assert_eq!(of_json(names, &body(MAX_NAMES, 0)), Ok(()));
        let more = body(MAX_NAMES + 1, 0);
        assert_eq!(of_json(names, &more), Err(ScanError::TooMany));
        assert_eq!(of_json(names, &body(MAX_NAMES + 50, shortest + 1)), Ok(()));
        let short = body(MAX_NAMES + 150, shortest - 1);
        assert_eq!(of_json(names, &short), Err(ScanError::TooMany));
    }
}

#[test]
fn parts_are_counted() {
    let form = Form {
        field: "model",
        json: None,
        required: false,
    };
    let part = "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n\r\n";
    let parts = |count| format!("{}--b--", part.repeat(usize::try_from(count).unwrap()));
    let of_form = |body: String| read(|| multipart::Scanner::new(form, b"b"), body.as_bytes());
    assert_eq!(of_form(parts(MAX_PARTS)), Ok(()));
    assert_eq!(of_form(parts(MAX_PARTS + 1)), Err(ScanError::TooMany));
}

#[test]
fn memory_of_json_is_constant() {
    const BOUND: usize = 1024;
    for (names, start, unit) in [
        (MODEL, r#"{"x":""#, "text \u{e9} \\n"),
        (MODEL, r#"{""#, "a long key "),
        (MODEL, r#"{"model":""#, "a long name "),
        (MODEL, r#"{"x":[0"#, ",-1.25e3"),
        (MODEL, r#"{"x":0."#, "12345678"),
        (MODEL, r#"{"x":{"x":1"#, ",\"y\":{\"model\":[\"b\"]}"),
        (MODEL, r#"{"x":"#, "        "),
        (
            BATCH,
            r#"{"requests":[{"params":{"model":"a"}}"#,
            &[
                r#",{"params":{"model":"b"}},{"params":{"model":"c"},"x":""#,
                &"x".repeat(200),
                r#""}"#,
            ]
            .concat(),
        ),
        (
            LINES,
            "",
            &[r#"{"body":{"model":"b"}"#, &" ".repeat(100), "}\n"].concat(),
        ),
    ] {
        let held = |total| {
            let mut scanner = json::Scanner::new(names);
            held_after(&mut scanner, start.as_bytes(), unit.as_bytes(), total)
        };
        assert_eq!(held(10_000_000), held(100_000), "{unit}");
        assert!(held(100_000) < BOUND, "{unit}: {}", held(100_000));
    }
}
