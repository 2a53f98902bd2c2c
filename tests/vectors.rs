//! The scanners built as the module is, with vectors, say what they say natively with words: `policies/scan/examples/answers`, which
//! `make vectors-build` leaves in both builds, gets the same bodies in V8 and here.

use std::path::PathBuf;
use std::process::Command;

use tests::setup::project;

const ANSWERS: &str = "filter/examples/answers";

#[test]
fn vectors_and_words_give_the_same_answers() {
    let (words, vectors) = (natively(&[]), in_v8(&[]));
    let words = words.strip_prefix("words\n").expect("words natively");
    let vectors = vectors.strip_prefix("vectors\n").expect("vectors in V8");
    assert!(words.lines().count() > 100, "{words}");
    let mut both = words.lines().zip(vectors.lines()).enumerate();
    if let Some((line, _)) = both.find(|(_, (words, vectors))| words != vectors) {
        let line = line.to_string();
        let (words, vectors) = (natively(&[&line]), in_v8(&[&line]));
        let mut bodies = words.lines().zip(vectors.lines());
        let other = bodies.find(|(words, vectors)| words != vectors);
        panic!("another answer to a body, with words and with vectors: {other:?}");
    }
    assert_eq!(words.len(), vectors.len(), "{vectors}");
}

fn natively(arguments: &[&str]) -> String {
    said(Command::new(built("")).args(arguments))
}

fn in_v8(arguments: &[&str]) -> String {
    let mut node = Command::new("node");
    node.arg("--no-warnings")
        .arg(project().join("tests/vectors/run.mjs"))
        .arg(built("wasm32-wasip1").with_extension("wasm"));
    said(node.args(arguments))
}

fn built(target: &str) -> PathBuf {
    let folder = std::env::var_os("CARGO_TARGET_DIR");
    let folder = folder.map_or_else(|| project().join("target"), PathBuf::from);
    folder.join(target).join(ANSWERS)
}

fn said(command: &mut Command) -> String {
    let output = command.output().expect("`make vectors-build`, and node");
    let problems = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {problems}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
