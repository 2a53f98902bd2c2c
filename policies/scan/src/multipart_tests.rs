//! Forms that name a model, forms that must not pass, and every split of each.

use super::super::chunkings::{self, Answer, Dice, held_after, mistakes, names};
use super::ScanError::{Conflict, Malformed, Missing, NotAName};
use super::json::{Documents, Names};
use super::*;

const AUDIO: Form = Form {
    field: "model",
    json: None,
    required: true,
};
const LINES: Names = Names {
    path: &["body", "model"],
    documents: Documents::Lines,
    required: true,
};
/// A file of requests, as for OpenAI's batches.
const FILE: Form = Form {
    field: "model",
    json: Some(("file", LINES)),
    required: false,
};
const BOUNDARY: &[u8] = b"--b";

fn read(form: Form, body: &[u8]) -> Answer {
    chunkings::every_way(|| Scanner::new(form, BOUNDARY), body)
}

/// The problem of a form that has one.
fn problem(form: Form, body: &[u8]) -> ScanError {
    let shown = String::from_utf8_lossy(body);
    read(form, body).1.expect_err(&shown)
}

/// A form of parts.
fn form(parts: &[String]) -> String {
    let part = |part: &String| format!("----b\r\n{part}\r\n");
    parts.iter().map(part).collect::<String>() + "----b--"
}

/// A part with more in its headers than a name.
fn part(headers: &str, content: &str) -> String {
    format!("Content-Disposition: form-data; {headers}\r\n\r\n{content}")
}

fn field(name: &str, content: &str) -> String {
    part(&format!("name=\"{name}\""), content)
}

fn model() -> String {
    field("model", "a")
}

fn file(content: &str) -> String {
    part(
        "name=\"file\"; filename=\"b.jsonl\"\r\nContent-Type: application/jsonl",
        content,
    )
}

/// With and without a line end behind the form.
fn good(kind: Form, parts: &[String], models: &[&str]) {
    let body = form(parts);
    let line = format!("{body}\r\n");
    assert_eq!(read(kind, body.as_bytes()), names(models), "{body}");
    assert_eq!(read(kind, line.as_bytes()), names(models), "{body}");
}

#[test]
fn finds_the_models() {
    let audio = part(
        "name=\"file\"; filename=\"a.wav\"\r\nContent-Type: audio/wav",
        "\r\n--\r\n---b\r\n--a\n\r\r\n",
    );
    for (kind, parts, models) in [
        (AUDIO, vec![model()], &["a"][..]),
        (
            AUDIO,
            vec![audio.clone(), model(), field("language", "en")],
            &["a"],
        ),
        (
            AUDIO,
            vec![model(), audio, field("timestamp_granularities[]", "word")],
            &["a"],
        ),
        (
            AUDIO,
            vec![part(
                "name=\"model\"\r\nContent-Type: TEXT/plain\r\ncontent-transfer-encoding: 8bit\r\nX-y:",
                "a",
            )],
            &["a"],
        ),
        (AUDIO, vec![part("\tname=\"model\"", "a")], &["a"]),
        (
            AUDIO,
            vec![
                part(
                    "name=\"x\"; filename=\"%22.txt\"; filename*=utf-8''%22.txt",
                    "y",
                ),
                model(),
            ],
            &["a"],
        ),
        (
            Form {
                required: false,
                ..AUDIO
            },
            vec![field("x", "y")],
            &[],
        ),
    ] {
        good(kind, &parts, models);
    }
}

#[test]
fn takes_the_text_as_it_is() {
    for text in ["", "-", "--b", " a ", &"a".repeat(256)] {
        good(AUDIO, &[field("model", text)], &[text]);
    }
}

#[test]
fn finds_the_models_of_a_file() {
    let lines = "{\"body\":{\"model\":\"a\"}}\n{\"body\":{\"model\":\"b\"}}\n";
    for (kind, parts, models) in [
        (
            FILE,
            vec![file(lines), field("purpose", "batch")],
            &["a", "b"][..],
        ),
        (FILE, vec![model(), file(lines)], &["a", "b"]),
        (FILE, vec![field("file", lines)], &["a", "b"]),
    ] {
        good(kind, &parts, models);
    }
}

#[test]
fn refuses_a_form_that_names_no_model_or_two() {
    let line = "{\"body\":{\"model\":\"a\"}}";
    for (kind, parts, error) in [
        (AUDIO, vec![field("x", "y")], Missing),
        (FILE, vec![model()], Missing),
        (FILE, vec![file("{}")], Missing),
        (FILE, vec![file("")], Malformed),
        (FILE, vec![file("{")], Malformed),
        (FILE, vec![file(line), file(line)], Conflict),
        (FILE, vec![file(line), field("FILE", "")], Conflict),
        (FILE, vec![file(line), field("file[]", "")], Conflict),
        (AUDIO, vec![model(), model()], Conflict),
    ] {
        assert_eq!(problem(kind, form(&parts).as_bytes()), error, "{parts:?}");
    }
}

#[test]
fn refuses_a_model_that_is_no_plain_text() {
    let line = "{\"body\":{\"model\":\"a\"}}";
    for (kind, parts) in [
        (AUDIO, vec![field("model", "a\r\n")]),
        (AUDIO, vec![field("model", "a\nb")]),
        (AUDIO, vec![field("model", &"a".repeat(257))]),
        (AUDIO, vec![part("name=\"model\"; filename=\"\"", "a")]),
        (AUDIO, vec![part("name=\"model\"; filename*=utf-8''a", "a")]),
        (
            AUDIO,
            vec![part(
                "name=\"model\"\r\nContent-Type: text/plain; charset=utf-16",
                "a",
            )],
        ),
        (
            AUDIO,
            vec![part(
                "name=\"model\"\r\nContent-Type: application/json",
                "a",
            )],
        ),
        (
            FILE,
            vec![part(
                "name=\"file\"\r\nContent-Type: text/plain;Charset=utf-16",
                line,
            )],
        ),
    ] {
        assert_eq!(
            problem(kind, form(&parts).as_bytes()),
            NotAName,
            "{parts:?}"
        );
    }
    let bytes = [
        &b"----b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n\xff"[..],
        b"\r\n----b--",
    ]
    .concat();
    assert_eq!(problem(AUDIO, &bytes), NotAName);
}

#[test]
fn refuses_names_that_some_take_for_the_models() {
    for name in [
        "Model",
        "MODEL",
        " model",
        "model ",
        "model[]",
        "model[0]",
        "model.x",
        "[model]",
        "model;x",
        "model\t",
        "models",
        "Fallbacks",
        "lora",
        "engine[]",
        "_charset_",
        "_CHARSET_",
    ] {
        let body = form(&[model(), field(name, "b")]);
        assert_eq!(problem(AUDIO, body.as_bytes()), Conflict, "{name}");
    }
}

#[test]
fn bounds_headers() {
    let start = "----b\r\nContent-Disposition: form-data; name=\"model\"\r\nX: ";
    let rest = MAX_HEADERS - (start.len() - "----b\r\n".len()) - 4;
    for (length, end) in [(rest, Ok(())), (rest + 1, Err(Malformed))] {
        let body = format!("{start}{}\r\n\r\na\r\n----b--", "x".repeat(length));
        let mut scanner = Scanner::new(AUDIO, BOUNDARY);
        assert_eq!(scanner.feed(body.as_bytes()), end);
        assert_eq!(scanner.finish(), end);
    }
}

#[test]
fn refuses_what_is_framed_otherwise() {
    let good = form(&[model()]);
    for body in [
        String::new(),
        format!("\r\n{good}"),
        format!("preamble\r\n{good}"),
        format!("{good}\r\n\r\n"),
        format!("{good}\n"),
        format!("{good} "),
        format!("{good}\r"),
        format!("{good}epilogue"),
        format!("{good}{good}"),
        good.replace("----b", "--b"),
        good.replace("\r\n", "\n"),
        good.replace("a\r\n----b--", "a\r\n----b-"),
        good.replace("a\r\n----b--", "a\r\n----b"),
        good.replace("a\r\n----b--", "a\r\n"),
        good.replace("a\r\n----b--", "a\n----b--"),
        good.replace("a\r\n----b--", "a\r----b--"),
        good.replace("a\r\n----b--", "a----b--"),
        good.replace("a\r\n----b--", "\n----b--"),
        good.replace("a\r\n----b--", "----b--"),
        good.replace("a\r\n----b--", "a\r\n-----b--"),
        good.replacen("----b\r\n", "----b \r\n", 1),
        good.replacen("----b\r\n", "----b\n", 1),
        // parts that some reader sees in the file
        form(&[
            model(),
            file("x\n----b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nb"),
        ]),
        form(&[
            model(),
            file("x----b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nb"),
        ]),
        form(&[model(), file("x\r\n----bb\r\n")]),
        form(&[model(), file("x\r\n------b\r\n")]),
    ] {
        assert_eq!(problem(AUDIO, body.as_bytes()), Malformed, "{body:?}");
    }
}

#[test]
fn seeks_a_delimiter_that_repeats_itself() {
    for boundary in [
        "-",
        "--",
        "a-a",
        "-a--a",
        "a--a--b",
        "----------x",
        "0123456789 x",
    ] {
        let content = "- -- --- ---- --a --a- --a-- \r\r\n\n-\r\n";
        let delimiter = format!("--{boundary}");
        for content in [
            content,
            "\r\n",
            "",
            "x",
            "\r\n-",
            "--a--a-\r\n--a",
            "--a--a--",
        ] {
            let text = format!(
                "{delimiter}\r\n{}\r\n{delimiter}\r\n{}\r\n{delimiter}--",
                field("x", content),
                model()
            );
            let answer =
                chunkings::every_way(|| Scanner::new(AUDIO, boundary.as_bytes()), text.as_bytes());
            // the delimiter itself may not be in it, not even with its first bytes in the content
            let inside = format!("{content}\r\n{delimiter}");
            let expected = if inside.find(&delimiter) == Some(content.len() + 2) {
                names(&["a"])
            } else {
                (vec![], Err(Malformed))
            };
            assert_eq!(answer, expected, "{text:?}");
        }
    }
}

#[test]
fn every_chunking_gives_the_same_answer() {
    let bytes = b"\r\n\r\n----bb\":; =modelfilMC\\%[].\x00\xe9{}";
    let others = |dice: &mut Dice| {
        let content = dice.one_of(&["", "x", "--b", "\r\n--", "\r\r\n---\r\n"]);
        let name = dice.one_of(&["x", "language", "m"]);
        let file = dice.one_of(&["", "; filename=\"a.wav\"\r\nContent-Type: audio/wav"]);
        part(&format!("name=\"{name}\"{file}"), content)
    };
    let mixed = |dice: &mut Dice, wanted: String| {
        let mut parts: Vec<String> = (0..dice.below(3)).map(|_| others(dice)).collect();
        parts.insert(dice.up_to(parts.len()), wanted);
        let end = dice.one_of(&["", "\r\n"]);
        (form(&parts) + end).into_bytes()
    };
    let audio = |dice: &mut Dice| {
        let model = field("model", dice.one_of(&["a", "team/b", "\u{e9}"]));
        mixed(dice, model)
    };
    let batch = |dice: &mut Dice| {
        let end = dice.one_of(&["", "\n", "\r\n", "\n\n"]);
        let line = dice.one_of(&["", "{\"x\":\"--\",\"body\":{\"model\":\"b\"}}\n"]);
        mixed(
            dice,
            file(&format!("{line}{{\"body\":{{\"model\":\"a\"}}}}{end}")),
        )
    };
    mistakes(|| Scanner::new(AUDIO, BOUNDARY), audio, bytes);
    mistakes(|| Scanner::new(FILE, BOUNDARY), batch, bytes);
}

#[test]
fn memory_is_constant() {
    const BOUND: usize = 2048;
    let start = |part: String| format!("----b\r\n{part}");
    let line = format!("{{\"body\":{{\"model\":\"b\"}}{}}}\n", " ".repeat(100));
    let large = format!("\r\n----b\r\n{}", field("x", &"y".repeat(10_000)));
    for (start, unit) in [
        (
            start(part("name=\"x\"; filename=\"y\"", "")),
            "bytes of a file \r\n--",
        ),
        (start(part("name=\"x\"; filename=\"y\"", "")), "-"),
        (start(field("model", "")), "a long name "),
        (start(file("")), &line),
        (start(field("x", "")), &large),
    ] {
        let held = |total| {
            let mut scanner = Scanner::new(FILE, BOUNDARY);
            held_after(&mut scanner, start.as_bytes(), unit.as_bytes(), total)
        };
        assert_eq!(held(10_000_000), held(100_000), "{unit}");
        assert!(held(100_000) < BOUND, "{unit}: {}", held(100_000));
    }
}
