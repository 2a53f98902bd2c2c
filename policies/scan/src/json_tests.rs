//! Bodies that name a model, bodies that must not pass, and every split of each.

use super::super::chunkings::{self, Dice, mistakes, names};
use super::ScanError::{Conflict, Malformed, Missing, NotAName};
use super::*;

#[path = "json_tools_tests.rs"]
mod tools;

const MODEL: Names = Names {
    path: &["model"],
    documents: Documents::One,
    required: true,
};
const SESSION: Names = Names {
    path: &["session", "model"],
    ..MODEL
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

const fn optional(names: Names) -> Names {
    Names {
        required: false,
        ..names
    }
}

fn read(names: Names, body: &[u8]) -> chunkings::Answer {
    chunkings::every_way(|| Scanner::new(names), body)
}

/// The problem of a body that has one.
fn problem(names: Names, body: &[u8]) -> ScanError {
    read(names, body).1.unwrap_err()
}

/// The problem of a body whose outermost object is to name a model.
fn every_way(body: &[u8]) -> Result<(), ScanError> {
    read(MODEL, body).1
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
        assert_eq!(read(MODEL, body.as_bytes()), names(&[model]), "{body}");
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
        assert_eq!(every_way(body.as_bytes()), Err(Conflict), "{body}");
    }
    for body in [
        r#"{"model":1}"#,
        r#"{"model":null}"#,
        r#"{"model":["a"]}"#,
        r#"{"model":{"a":"b"}}"#,
    ] {
        assert_eq!(every_way(body.as_bytes()), Err(NotAName), "{body}");
    }
    let long = format!(r#"{{"model":"{}"}}"#, "a".repeat(300));
    assert_eq!(every_way(long.as_bytes()), Err(NotAName));
    for body in ["{}", r#"{"prompt":"model"}"#, r#"{"a":{"model":"a"}}"#] {
        assert_eq!(every_way(body.as_bytes()), Err(Missing), "{body}");
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
        assert_eq!(every_way(body.as_bytes()), Err(Malformed), "{body}");
    }
    for body in [
        &b"{\"x\":\"\xe9\",\"model\":\"a\"}"[..],
        b"{\"x\":\"\xc0\xaf\",\"model\":\"a\"}",
        b"{\0\"\0m\0",
    ] {
        assert_eq!(every_way(body), Err(Malformed));
    }
    let deep = format!(r#"{{"x":{}"#, "[".repeat(100));
    assert_eq!(every_way(deep.as_bytes()), Err(Malformed));
}

#[test]
fn finds_every_model_of_a_path() {
    for (path, body, models) in [
        (
            SESSION,
            r#"{"x":{"model":"n"},"session":{"y":[],"model":"a"},"z":{"session":{"model":"n"}}}"#,
            &["a"][..],
        ),
        (
            BATCH,
            r#"{"requests":[{"params":{"model":"a"}},{"custom_id":"1","params":{"model":"b","x":[{"model":"n"}]}}]}"#,
            &["a", "b"],
        ),
        (
            BATCH,
            r#"{"requests":[{"params":{"model":"a"}},{"params":{"model":"a"}},{"params":{"model":"b"}},{"params":{"model":"a"}}]}"#,
            &["a", "b", "a"],
        ),
        (
            LINES,
            "{\"body\":{\"model\":\"a\"}}\n \n\r\n{\"body\" : {\"model\":\"b\"} }\t\r\n",
            &["a", "b"],
        ),
        (LINES, r#"{"custom_id":"1","body":{"model":"a"}}"#, &["a"]),
        (MODEL, "{\"model\"\n:\r\n\"a\"\r}", &["a"]),
        (MODEL, r#"{"model":""}"#, &[""]),
        (
            Names {
                path: &["models_of", "[]", "[]"],
                ..MODEL
            },
            r#"{"models_of":[["a","b"],["b"],["c"]]}"#,
            &["a", "b", "c"],
        ),
    ] {
        assert_eq!(read(path, body.as_bytes()), names(models), "{body}");
    }
}

#[test]
fn takes_a_body_that_may_name_none() {
    for (path, body, models) in [
        (optional(MODEL), r#"{"x":[{"model":1}]}"#, &[][..]),
        (optional(MODEL), r#"{"model":"a"}"#, &["a"]),
        (optional(SESSION), r#"{"session":{}}"#, &[]),
        (optional(BATCH), r#"{"requests":[]}"#, &[]),
        (
            optional(BATCH),
            r#"{"requests":[{},{"params":{}},{"params":{"model":"a"}}]}"#,
            &["a"],
        ),
        (
            optional(LINES),
            "{}\n{\"body\":{\"model\":\"a\"}}\n{}",
            &["a"],
        ),
    ] {
        assert_eq!(read(path, body.as_bytes()), names(models), "{body}");
    }
}

#[test]
fn refuses_a_path_that_is_not_the_only_one() {
    for (path, body) in [
        (
            SESSION,
            r#"{"session":{"model":"a"},"session":{"model":"a"}}"#,
        ),
        (SESSION, r#"{"session":{"model":"a"},"Session":{}}"#),
        (
            SESSION,
            "{\"\u{17f}ession\":{},\"session\":{\"model\":\"a\"}}",
        ),
        (SESSION, r#"{"session":{"model":"a","fallbacks":[]}}"#),
        (SESSION, r#"{"session":{"model":"a","MODEL":"b"}}"#),
        (SESSION, r#"{"model":"b","session":{"model":"a"}}"#),
        (SESSION, r#"{"Deployment":"b","session":{"model":"a"}}"#),
        (
            BATCH,
            r#"{"requests":[{"params":{"model":"a"}},{"params":{"model":"b","model":"c"}}]}"#,
        ),
        (
            BATCH,
            r#"{"requests":[{"params":{"model":"a"},"params":{}}]}"#,
        ),
        (LINES, "{\"body\":{\"model\":\"a\",\"engine\":1}}"),
    ] {
        assert_eq!(problem(path, body.as_bytes()), Conflict, "{body}");
    }
}

#[test]
fn refuses_what_is_no_name() {
    for (path, body) in [
        (SESSION, r#"{"session":"a"}"#),
        (SESSION, r#"{"session":[{"model":"a"}]}"#),
        (SESSION, r#"{"session":null}"#),
        (optional(SESSION), r#"{"session":{"model":null}}"#),
        (BATCH, r#"{"requests":{"params":{"model":"a"}}}"#),
        (BATCH, r#"{"requests":[[{"params":{"model":"a"}}]]}"#),
        (BATCH, r#"{"requests":[{"params":{"model":"a"}},1]}"#),
    ] {
        assert_eq!(problem(path, body.as_bytes()), NotAName, "{body}");
    }
}

#[test]
fn refuses_a_path_that_ends_early() {
    for (path, body) in [
        (SESSION, r#"{"x":{"session":{"model":"a"}}}"#),
        (SESSION, r#"{"session":{}}"#),
        (BATCH, r#"{"requests":[]}"#),
        (BATCH, r#"{"requests":[{"params":{"model":"a"}},{}]}"#),
        (BATCH, r#"{"requests":[{"params":{}}]}"#),
        (LINES, "{\"body\":{\"model\":\"a\"}}\n{}"),
    ] {
        assert_eq!(problem(path, body.as_bytes()), Missing, "{body}");
    }
}

#[test]
fn keeps_lines_apart() {
    for body in [
        "",
        "\n",
        "{\"body\":{\"model\":\"a\"}}{\"body\":{\"model\":\"b\"}}",
        "{\"body\":{\"model\":\"a\"}} {\"body\":{\"model\":\"b\"}}",
        "{\"body\":{\"model\":\"a\"}}\r{\"body\":{\"model\":\"b\"}}",
        "{\"body\":{\"model\":\"a\"}},\n{\"body\":{\"model\":\"b\"}}",
        // a reader of lines that passes over bad ones would act on the one inside
        "{\"body\":{\"model\":\"a\"},\"x\":[\n{\"body\":{\"model\":\"b\"}}\n]}",
        "{\"body\":{\"model\":\"a\"},\"x\":1\n}",
        "{\"body\":{\"model\":\"a\"\r}}",
        "{\"body\":{\"model\":\"a\"}}\n{",
        "[]\n",
    ] {
        assert_eq!(problem(LINES, body.as_bytes()), Malformed, "{body}");
    }
}

#[test]
fn reads_names_up_to_their_length() {
    for (letter, count) in [
        ("a", 256),
        ("\u{e9}", 128),
        ("\\u00e9", 128),
        ("\\ud83d\\ude00", 64),
    ] {
        let body = |count| format!("{{\"model\":\"{}\"}}", letter.repeat(count));
        let (models, end) = read(MODEL, body(count).as_bytes());
        assert_eq!((models[0].len(), end), (256, Ok(())), "{letter}");
        assert_eq!(
            problem(MODEL, body(count + 1).as_bytes()),
            NotAName,
            "{letter}"
        );
    }
}

/// An object with a model somewhere in it, and values of every kind around it.
fn document(dice: &mut Dice) -> String {
    const VALUES: &[&str] = &[
        "1",
        "-0.5e+3",
        "[0,10,2.25]",
        "true",
        "null",
        "{}",
        "[]",
        r#""""#,
        r#""plain text, more than a word""#,
        r#""\n\u00e9\ud83d\ude00\\""#,
        "\"\u{e9}\u{20ac}\u{1f600}\"",
        r#"{"model":"n","k":[{"a":"b"},[[]]]}"#,
        " [ false , 1e9 ] ",
    ];
    let mut members: Vec<String> = (0..dice.below(5))
        .map(|at| format!(r#""k{at}":{}"#, dice.one_of(VALUES)))
        .collect();
    let model = dice.one_of(&["a", "b", "team/\u{e9}", r"\u0061"]);
    let key = dice.one_of(&["model", r"m\u006fdel"]);
    members.insert(dice.up_to(members.len()), format!(r#""{key}" : "{model}""#));
    format!("{{{}}}", members.join(dice.one_of(&[",", " , "])))
}

#[test]
fn every_chunking_gives_the_same_answer() {
    let bytes = b"\"\"\"{}[],:\\\\ \n\rmodelM0123.eE+-tfnu\xc3\xa9\x00\xff";
    let lines = |dice: &mut Dice| {
        let line = |dice: &mut Dice| format!(r#"{{"id":1,"body":{}}}"#, document(dice));
        let lines: Vec<String> = (0..=dice.below(2)).map(|_| line(dice)).collect();
        lines
            .join(dice.one_of(&["\n", "\r\n", " \n\n"]))
            .into_bytes()
    };
    let batch = |dice: &mut Dice| {
        let item = |dice: &mut Dice| format!(r#"{{"params":{},"id":"1"}}"#, document(dice));
        let items: Vec<String> = (0..=dice.below(2)).map(|_| item(dice)).collect();
        format!(r#"{{"requests": [{}]}}"#, items.join(",")).into_bytes()
    };
    let one = |dice: &mut Dice| document(dice).into_bytes();
    for (names, still_good) in [
        (MODEL, mistakes(|| Scanner::new(MODEL), one, bytes)),
        (LINES, mistakes(|| Scanner::new(LINES), lines, bytes)),
        (BATCH, mistakes(|| Scanner::new(BATCH), batch, bytes)),
    ] {
        for (body, found) in still_good {
            let body = std::str::from_utf8(&body).unwrap();
            let mut read = match names.documents {
                Documents::One => elsewhere(body, names.path),
                Documents::Lines => {
                    let lines = body.lines().filter(|line| !line.trim().is_empty());
                    lines.flat_map(|line| elsewhere(line, names.path)).collect()
                }
            };
            read.dedup();
            assert_eq!(read, found, "{body:?}");
        }
    }
}

/// The names that another reader finds in a document.
fn elsewhere(document: &str, path: &[&str]) -> Vec<String> {
    fn find(value: &serde_json::Value, path: &[&str]) -> Vec<String> {
        match path {
            [] => vec![value.as_str().unwrap().to_owned()],
            [ITEMS, path @ ..] => {
                let items = value.as_array().unwrap().iter();
                items.flat_map(|item| find(item, path)).collect()
            }
            [step, path @ ..] => find(&value[step], path),
        }
    }
    match serde_json::from_str(document) {
        Ok(value) => find(&value, path),
        Err(error) => panic!("{error}: {document}"),
    }
}
