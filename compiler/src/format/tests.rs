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

#[test]
fn texts_on_several_lines_stay_so() {
    let written = "a: |\n    one\n      two\n\n    three\nb: >-\n   short\n   text\nc: 'x\n\n  y'\nd: \"\\e\"\n";
    let expected = "a: |\n  one\n    two\n\n  three\nb: short text\nc: \"x\\ny\"\nd: \"\\u001b\"\n";
    assert_eq!(formatted(written), expected);
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
