//! Bodies that name a model, bodies that must not pass, and every split of each.

use super::*;

fn scan(chunks: &[&[u8]]) -> Result<String, ScanError> {
    let mut scanner = Scanner::new();
    for chunk in chunks {
        scanner.feed(chunk)?;
    }
    scanner.finish().map(str::to_owned)
}

#[expect(
    clippy::panic_in_result_fn,
    reason = "it asserts, and returns what the cases compare"
)]
/// Whole, byte by byte, and at every single split: all must agree.
fn every_way(body: &[u8]) -> Result<String, ScanError> {
    let whole = scan(&[body]);
    let bytes: Vec<&[u8]> = body.chunks(1).collect();
    assert_eq!(scan(&bytes), whole);
    for at in 0..body.len() {
        assert_eq!(scan(&[&body[..at], &body[at..]]), whole);
    }
    whole
}

#[test]
fn finds_the_model() {
    for (body, model) in [
        (r#"{"model":"a"}"#, "a"),
        (
            r#" { "messages" : [ {"model":"inner","models":1} ] , "model" : "team/a-1:2" } "#,
            "team/a-1:2",
        ),
        (r#"{"mod\u0065l":"\u0061"}"#, "a"),
        (
            r#"{"x":-1.5e+3,"y":[true,false,null,0,{}],"z":{"model":"no"},"model":"a\ud83d\ude00b"}"#,
            "a😀b",
        ),
        ("{\"é\":\"ü\",\"model\":\"a\"}\r\n", "a"),
    ] {
        assert_eq!(every_way(body.as_bytes()), Ok(model.to_owned()), "{body}");
    }
}

#[test]
fn refuses_what_decoders_disagree_on() {
    for body in [
        r#"{"model":"a","model":"a"}"#,
        r#"{"model":"a","Model":"b"}"#,
        r#"{"MODEL":"a"}"#,
        r#"{"model":"a","mod\u0065l":"b"}"#,
        r#"{"model":"a","fallbacks":["b"]}"#,
        r#"{"model":"a","models":["b"]}"#,
    ] {
        assert_eq!(
            every_way(body.as_bytes()),
            Err(ScanError::Conflict),
            "{body}"
        );
    }
    for body in [
        r#"{"model":1}"#,
        r#"{"model":null}"#,
        r#"{"model":["a"]}"#,
        r#"{"model":{"a":"b"}}"#,
    ] {
        assert_eq!(
            every_way(body.as_bytes()),
            Err(ScanError::NotAName),
            "{body}"
        );
    }
    let long = format!(r#"{{"model":"{}"}}"#, "a".repeat(300));
    assert_eq!(every_way(long.as_bytes()), Err(ScanError::NotAName));
    for body in ["{}", r#"{"prompt":"model"}"#, r#"{"a":{"model":"a"}}"#] {
        assert_eq!(
            every_way(body.as_bytes()),
            Err(ScanError::Missing),
            "{body}"
        );
    }
}

#[test]
fn refuses_what_is_not_json() {
    for body in [
        "",
        " ",
        "[]",
        "\"model\"",
        "model=a",
        "\u{feff}{\"model\":\"a\"}",
        r#"{"model":"a"} x"#,
        r#"{"model":"a"}{"model":"b"}"#,
        r#"{"model":"a""#,
        r#"{"model":"a",}"#,
        r#"{"model" "a"}"#,
        r#"{"x":NaN,"model":"a"}"#,
        r#"{"x":01,"model":"a"}"#,
        r#"{"x":1.,"model":"a"}"#,
        r#"{"x":tru,"model":"a"}"#,
        r#"{"x":t rue,"model":"a"}"#,
        r#"{"x":[1},"model":"a"}"#,
        r#"{"x":"\ud800","model":"a"}"#,
        r#"{"x":"\x","model":"a"}"#,
        "{\"x\":\"\t\",\"model\":\"a\"}",
        "{'model':'a'}",
    ] {
        assert_eq!(
            every_way(body.as_bytes()),
            Err(ScanError::Malformed),
            "{body}"
        );
    }
    for body in [
        &b"{\"x\":\"\xe9\",\"model\":\"a\"}"[..],
        b"{\"x\":\"\xc0\xaf\",\"model\":\"a\"}",
        b"{\0\"\0m\0",
    ] {
        assert_eq!(every_way(body), Err(ScanError::Malformed));
    }
    let deep = format!(r#"{{"x":{}"#, "[".repeat(100));
    assert_eq!(every_way(deep.as_bytes()), Err(ScanError::Malformed));
}
