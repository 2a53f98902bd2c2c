//! `schema`: the files in `docs/schemas` are what it prints, and a schema and the reader behind it agree: on every file of the
//! repository, and on thousands of documents that are almost right. The files are read for the schema by a YAML library that
//! knows nothing of ours, as an editor would.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cli::Exit;
use compiler::diagnostic::Diagnostic;
use compiler::source::Source;
use compiler::syntax;
use jsonschema::Validator;
use libtest_mimic::Failed;
use serde_json::{Value, json};
use tests::mutation::Dice;

use super::Test;
use super::session::{expect, run};

/// These tests.
pub const TESTS: &[Test] = &[
    ("schema: the kept files are what is printed", kept),
    ("schema: it is a schema of draft 7", draft),
    (
        "schema: it agrees with the reader about every file here",
        corpus,
    ),
    (
        "schema: it agrees with the reader about documents that are almost right",
        mutants,
    ),
];

const KINDS: [&str; 5] = ["access", "gate", "roles", "test", "any"];
/// Where files are.
pub const FOLDERS: [&str; 4] = ["access", "bad-input", "cases/policy", "../examples"];
/// About the text of a file, of which a schema sees nothing.
const TEXT: [&str; 11] = [
    "MG0001", "MG0002", "MG0003", "MG0004", "MG0005", "MG0006", "MG0007", "MG0008", "MG0009",
    "MG0010", "MG0015",
];
/// Documents whose `user` and `serviceAccount` are one claim: a schema cannot compare two values.
const SAME_CLAIM: &str = "`user` and `serviceAccount` are the same claim";

fn kept() -> Result<(), Failed> {
    for kind in KINDS {
        let session = run(&format!("schema {kind}"), b"");
        expect(
            session.exit == Exit::Clean && session.errors.is_empty(),
            &session,
        )?;
        let path = Path::new("../docs/schemas").join(format!("{kind}.json"));
        if std::env::var_os("MODELGATE_UPDATE").is_some() {
            fs::create_dir_all("../docs/schemas")?;
            fs::write(&path, &session.output)?;
        }
        if fs::read_to_string(&path)? != session.output {
            return Err(format!(
                "{} is not what `modelgate schema {kind}` prints",
                path.display()
            )
            .into());
        }
    }
    let wrong = run("schema rules", b"");
    expect(
        wrong.exit == Exit::CannotRun
            && wrong
                .errors
                .contains("[possible values: access, gate, roles, test, any]"),
        &wrong,
    )
}

fn draft() -> Result<(), Failed> {
    for kind in KINDS {
        let schema = compiler::schema::schema(kind);
        if !jsonschema::meta::is_valid(&schema)
            || schema["$schema"] != "http://json-schema.org/draft-07/schema#"
        {
            return Err(format!("{kind} is no schema of draft 7").into());
        }
    }
    Ok(())
}

fn validator(kind: &str) -> Result<Validator, Failed> {
    jsonschema::draft7::new(&compiler::schema::schema(kind))
        .map_err(|error| error.to_string().into())
}

fn corpus() -> Result<(), Failed> {
    let validator = validator("any")?;
    let (mut accepted, mut refused) = (0, 0);
    for path in FOLDERS.iter().flat_map(|folder| files(Path::new(folder))) {
        let bytes = fs::read(&path)?;
        let found = errors(&bytes);
        if found.iter().any(unseen) {
            continue;
        }
        let text = String::from_utf8(bytes)?;
        let documents: Vec<Value> =
            as_an_editor(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        let valid = documents
            .iter()
            .filter(|document| !document.is_null())
            .all(|document| validator.is_valid(document));
        *(if valid { &mut accepted } else { &mut refused }) += 1;
        if valid != found.is_empty() && !only_ambiguous(&found) {
            return Err(format!(
                "{}: the schema says {valid}, the reader {found:#?}",
                path.display()
            )
            .into());
        }
    }
    if accepted < 60 || refused < 30 {
        return Err(format!("only {accepted} accepted and {refused} refused").into());
    }
    Ok(())
}

/// YAML 1.2, in which `yes` is a text.
pub fn as_an_editor(text: &str) -> Result<Vec<Value>, serde_saphyr::Error> {
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_multiple_with_options(text, options)
}

/// What a schema cannot say.
fn unseen(error: &Diagnostic) -> bool {
    TEXT.contains(&error.code) || error.message == SAME_CLAIM
}

/// `no` is a boolean and `=` a mark to readers of YAML 1.1, and both are texts to those of 1.2; an editor that is one of the latter cannot
/// warn.
fn only_ambiguous(found: &[Diagnostic]) -> bool {
    !found.is_empty()
        && found
            .iter()
            .all(|error| error.code == "MG0105" && of_old_yaml(&error.message))
}

fn of_old_yaml(message: &str) -> bool {
    message.ends_with("for a boolean") || message.ends_with("is a mark, and no value")
}

/// Every file of ours below.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
            && ours(&path)
        {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Not the configuration of something else in an example.
fn ours(path: &Path) -> bool {
    path.starts_with("bad-input")
        || fs::read_to_string(path).is_ok_and(|text| text.contains("apiVersion: modelgate.dev/"))
}

/// What the reader alone complains about.
fn errors(bytes: &[u8]) -> Vec<Diagnostic> {
    let source = Source {
        name: "a.yaml".into(),
        bytes: bytes.to_vec(),
    };
    let mut reading = syntax::read(&[source]);
    reading.diagnostics.retain(Diagnostic::is_error);
    reading.diagnostics
}

fn mutants() -> Result<(), Failed> {
    let validator = validator("any")?;
    let good = good()?;
    let words = words(&good);
    let mut dice = Dice::new(26);
    let mut verdicts = [0_usize; 2];
    for _ in 0..20_000 {
        let mut document = dice.pick(&good).clone();
        for _ in 0..=dice.below(2) {
            mutate(&mut document, &words, &mut dice);
        }
        // JSON is YAML whose texts all are in quotes
        let text = document.to_string();
        let found = errors(text.as_bytes());
        if found.iter().any(unseen) {
            continue;
        }
        let valid = validator.is_valid(&document);
        verdicts[usize::from(valid)] += 1;
        if valid != found.is_empty() {
            let reasons: Vec<String> = validator
                .iter_errors(&document)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            return Err(
                format!("{document:#}\nthe schema: {reasons:#?}\nthe reader: {found:#?}").into(),
            );
        }
    }
    if verdicts.iter().any(|number| *number < 1_000) {
        return Err(format!("too few on one side: {verdicts:?}").into());
    }
    Ok(())
}

/// Every document of the repository that is right, and one that has every field.
fn good() -> Result<Vec<Value>, Failed> {
    let mut documents = Vec::new();
    for path in FOLDERS.iter().flat_map(|folder| files(Path::new(folder))) {
        let bytes = fs::read(&path)?;
        if errors(&bytes).is_empty() {
            documents.extend(as_an_editor(&String::from_utf8(bytes)?)?);
        }
    }
    documents.extend(as_an_editor(EVERYTHING)?);
    Ok(documents)
}

const EVERYTHING: &str = include_str!("schema/everything.yaml");

/// Names and values to put where they do not belong, or do.
fn words(good: &[Value]) -> Vec<Value> {
    let mut words = BTreeSet::new();
    good.iter()
        .for_each(|document| collect(document, &mut words));
    let mut words: Vec<Value> = words
        .into_iter()
        .filter(|word| word.len() < 80)
        .map(Value::from)
        .collect();
    words.extend(odd());
    words
}

/// Of other types, and at the edges of what is allowed.
fn odd() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(1),
        json!(65_535),
        json!(65_536),
        json!(-1),
        json!(300),
        json!(301),
        json!(""),
        json!(" "),
        json!([]),
        json!({}),
        json!(["a"]),
        json!({ "a": "b" }),
        json!("16Mi"),
        json!("17Mi"),
        json!("16384Ki"),
        json!("16385Ki"),
        json!("16777216"),
        json!("16777217"),
        json!("1Gi"),
        json!("7d"),
        json!("8d"),
        json!("14m"),
        json!("899s"),
        json!("604800s"),
        json!("604801s"),
        json!("365d"),
        json!("366d"),
        json!("a.b"),
        json!("a..b"),
        json!("."),
        json!("https://a/b"),
        json!("at+jwt"),
        json!("Application/DPoP+JWT"),
        json!("application/"),
        json!("x y"),
        json!("none"),
        json!("email"),
        json!("2026-01-01T00:00:00Z"),
        json!("2026-13-01T00:00:00Z"),
        json!("1969-01-01T00:00:00Z"),
        json!(1_767_225_600_u64),
    ]
}

fn collect(value: &Value, words: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => drop(words.insert(text.clone())),
        Value::Array(items) => items.iter().for_each(|item| collect(item, words)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            words.insert(name.clone());
            collect(value, words);
        }),
        _ => {}
    }
}

/// Changes one place somewhere below.
fn mutate(value: &mut Value, words: &[Value], dice: &mut Dice) {
    let inside = dice.below(8) > 0;
    match value {
        Value::Array(items) if inside && !items.is_empty() => {
            let position = dice.below(items.len());
            mutate(&mut items[position], words, dice);
        }
        Value::Object(fields) if inside && !fields.is_empty() => {
            let names: Vec<String> = fields.keys().cloned().collect();
            let name = dice.pick(&names).clone();
            match (dice.below(6), dice.pick(words).as_str()) {
                (0, _) => drop(fields.remove(&name)),
                (1, Some(other)) => drop(fields.insert(other.to_owned(), dice.pick(words).clone())),
                _ => {
                    if let Some(value) = fields.get_mut(&name) {
                        mutate(value, words, dice);
                    }
                }
            }
        }
        other => *other = dice.pick(words).clone(),
    }
}
