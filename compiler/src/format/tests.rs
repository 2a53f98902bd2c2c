//! What the canonical form looks like, and what is refused.

use super::format;
use crate::source::Source;

fn formatted(text: &str) -> String {
    let source = Source {
        name: "a.yaml".into(),
        bytes: text.as_bytes().to_vec(),
    };
    format(&source).unwrap_or_else(|problems| panic!("{problems:?}"))
}

const WRITTEN: &str = r#"
# about the file

kind: 'ModelAccess'
apiVersion:   "modelgate.dev/v1alpha1"   # the version
spec:
    # who
    allow:
    -   can: [ 'predict' ]
        who: {groups: ["a",b], users: ['no', "1"] }


    - who:   # nested
          groups:
          # first
          - x # behind
          # last
    # after the rules

    models: [{api: seldon, name: detector}]   # short
metadata: {name: m,
  # inside
  namespace: fraud}
# the end
"#;

const EXPECTED: &str = r#"# about the file

apiVersion: modelgate.dev/v1alpha1 # the version
kind: ModelAccess
metadata:
  # inside
  namespace: fraud
  name: m
spec:
  models: [{ name: detector, api: seldon }] # short
  # who
  allow:
    - who: { users: ["no", "1"], groups: [a, b] }
      can: [predict]

    - who: # nested
        groups:
          # first
          - x # behind
          # last
    # after the rules
# the end
"#;

#[test]
fn fields_quotes_blanks_and_comments() {
    assert_eq!(formatted(WRITTEN), EXPECTED);
    assert_eq!(formatted(EXPECTED), EXPECTED);
}

/// Where a list is as far left as its key, the comment above the next key is that key's, wherever this goes.
#[test]
fn comments_above_a_key_that_is_not_further_left_than_the_list() {
    let file = "\
kind: ModelAccess
spec:
  allow:
  - who: { groups: [a] }
    # of this rule
  # and of the list

  # contractors must not:
  # ask before you change it
  deny:
  - who: { groups: [b] }
  # what the server has
  models:
  - { name: m }
  # the last
";
    let expected = "\
kind: ModelAccess
spec:
  # what the server has
  models:
    - { name: m }
    # the last
  allow:
    - who: { groups: [a] }
      # of this rule
    # and of the list

  # contractors must not:
  # ask before you change it
  deny:
    - who: { groups: [b] }
";
    assert_eq!(formatted(file), expected);
    assert_eq!(formatted(expected), expected);
}

#[test]
fn texts_on_several_lines_stay_so() {
    let written = "a: |\n    one\n      two\n\n    three\nb: >-\n   short\n   text\nc: 'x\n\n  y'\nd: \"\\e\"\n";
    let expected = "a: |\n  one\n    two\n\n  three\nb: short text\nc: \"x\\ny\"\nd: \"\\u001b\"\n";
    assert_eq!(formatted(written), expected);
}

#[test]
fn comments_below_a_block_scalar() {
    let file = "spec:
  allow:
    - who: everyone
      when: | # asked of each request
        # text, no comment
        context.hour >= 6

    # the officers
    # and others
    - who: { groups: [officers] }
      when: |-
        true
        false
    # behind all
  deny: []
# the end
";
    assert_eq!(formatted(file), file);
    let left = "a:\n  - b: >\n      one\n\n      two\n# far left\n  - b: c\n";
    let placed = "a:\n  - b: |\n      one\n      two\n  # far left\n  - b: c\n";
    assert_eq!(formatted(left), placed);
    assert_eq!(formatted(placed), placed);
}

#[test]
fn a_comment_behind_an_item_without_room_goes_above_it() {
    let long = "x".repeat(60);
    let file = format!(
        "\
a:
  # above
  - {{ b: [c], d: {long}, e: {long} }} # behind
  - {{ b: c }} # stays
  - [{{ b: {long}, d: {long} }}, c] # of a list
  - {{ # first
      b: [c, d], # second
      d: e
    }} # third
  - &x {{ b: {long}, d: {long} }} # of an anchor
"
    );
    let expected = format!(
        "\
a:
  # above
  # behind
  - b: [c]
    d: {long}
    e: {long}
  - {{ b: c }} # stays
  # of a list
  - - b: {long}
      d: {long}
    - c
  # first
  # third
  - b: [c, d] # second
    d: e
  # of an anchor
  - &x
    b: {long}
    d: {long}
"
    );
    assert_eq!(formatted(&file), expected);
    assert_eq!(formatted(&expected), expected);
    let inner = "a:\n  -\n    # one\n    -\n      # two\n      - b: c\n";
    let above = "a:\n  # one\n  # two\n  - - - b: c\n";
    assert_eq!(formatted(inner), above);
}

#[test]
fn an_alias_stays_behind_its_anchor() {
    let written =
        "kind: AccessTest\nspec: { tests: &t [{ name: a }] }\nmetadata: { name: x, labels: *t }\n";
    assert_eq!(formatted(written), written);
}

#[test]
fn what_cannot_be_read_is_refused_with_its_place() {
    for (text, line) in [
        ("a: 1\n\tb: 2\n", 2),
        ("a: !!str 1\n", 1),
        ("a: 1\na: 2\n", 2),
        ("", 0),
    ] {
        let source = Source {
            name: "a.yaml".into(),
            bytes: text.as_bytes().to_vec(),
        };
        let problems = format(&source).unwrap_err();
        assert_eq!(
            problems.first().map(|problem| problem.span.line),
            Some(line),
            "{text}"
        );
    }
}

#[test]
fn quotes_stay_where_old_readers_see_no_text() {
    for text in [
        "12:30",
        "1:2:3",
        "-1:30.5",
        "2024-01-01",
        "2024-1-1",
        "2024-01-01T00:00:00Z",
        "2024-01-01 10:00:00 +1",
    ] {
        let quoted = format!("a: \"{text}\"\nb: [\"{text}\"]\n");
        assert_eq!(formatted(&quoted), quoted);
    }
    for text in [
        "1.0.0",
        "a:1",
        "2024-01-model",
        "10.0.0.0/8",
        "1:a",
        "20240-01-01",
    ] {
        assert_eq!(
            formatted(&format!("a: \"{text}\"\n")),
            format!("a: {text}\n")
        );
    }
}

#[test]
fn hidden_characters_stay_numbers() {
    for number in [
        "\\u202e",
        "\\u2066",
        "\\u200b",
        "\\u200f",
        "\\u061c",
        "\\u00ad",
        "\\ufeff",
        "\\u2028",
        "\\u0085",
        "\\u001b",
        "\\u00a0",
        "\\u3164",
        "\\U000e0041",
    ] {
        let written = format!("a: \"x{number}y\"\n\"k{number}\": 1\n");
        assert_eq!(formatted(&written), written);
    }
    // in single quotes there are no numbers
    assert_eq!(formatted("a: 'x\u{202e}\"y'\n"), "a: \"x\\u202e\\\"y\"\n");
}
