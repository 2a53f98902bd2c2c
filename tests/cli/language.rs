//! `docs/language.md`: its tables are those of the program, and every snippet means what the text says of it. Where the line
//! above a snippet names codes, `check` gives exactly these; any other compiles without a word, Cedar being asked as always.

#[path = "language/tables.rs"]
mod tables;

use std::collections::BTreeSet;
use std::fs;

use compiler::Loaded;
use compiler::analysis::Side;
use compiler::cases::{self, Outcome};
use compiler::diagnostic::Diagnostic;
use compiler::lints;
use compiler::output::{Options, Output, compile};
use compiler::source::Source;
use libtest_mimic::Failed;
use policies::time::UnixTime;

use super::Test;

/// These tests.
pub const TESTS: &[Test] = &[
    (
        "language: the tables of the page are the program's",
        current,
    ),
    ("language: every snippet means what the page says", snippets),
];

const PAGE: &str = "../docs/language.md";
/// 2026-01-05T12:00:00Z, like the tests of access files.
const NOW: UnixTime = UnixTime::from_secs(1_767_614_400);
const HEAD: &str = "apiVersion: modelgate.dev/v1alpha1\nkind: ModelAccess\nmetadata: { namespace: fraud, name: snippet }\nspec:\n";
const MODELS: &str = "  models:\n    - { name: fraud-detector, api: open-inference }\n    - { name: risk-*, api: open-inference }\n";

fn current() -> Result<(), Failed> {
    let page = fs::read_to_string(PAGE)?;
    let written = tables::written(&page)?;
    if std::env::var_os("MODELGATE_UPDATE").is_some() {
        fs::write(PAGE, &written)?;
    } else if page != written {
        return Err(format!("{PAGE} is out of date: run with MODELGATE_UPDATE=1").into());
    }
    Ok(())
}

fn snippets() -> Result<(), Failed> {
    let page = fs::read_to_string(PAGE)?;
    let snippets = Snippet::all(&page);
    let gate = snippets
        .iter()
        .find(|snippet| snippet.text.contains("kind: ModelGate"))
        .ok_or("the page shows no gate")?;
    let access = snippets
        .iter()
        .find(|snippet| snippet.text.contains("kind: ModelAccess"))
        .ok_or("the page shows no file")?;
    let mut wrong = String::new();
    for snippet in &snippets {
        let found = codes(&snippet.sources(&gate.text, &access.text));
        if found != snippet.codes {
            let (line, expected) = (snippet.line, &snippet.codes);
            wrong += &format!("{PAGE}:{line}: expected {expected:?}, found {found:?}\n");
        }
    }
    let refused = snippets.iter().filter(|snippet| !snippet.codes.is_empty());
    if snippets.len() < 20 || refused.count() < 8 {
        return Err("most of the snippets were not found".into());
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.into())
    }
}

/// What stands between "```yaml" and "```".
struct Snippet {
    line: usize,
    text: String,
    codes: BTreeSet<String>,
}

impl Snippet {
    fn all(page: &str) -> Vec<Self> {
        let mut all = Vec::new();
        let mut open: Option<Self> = None;
        let mut above = "";
        for (number, line) in page.lines().enumerate() {
            match open.take() {
                None if line == "```yaml" => {
                    open = Some(Self {
                        line: number + 1,
                        text: String::new(),
                        codes: named(above),
                    });
                }
                None => {
                    if !line.is_empty() {
                        above = line;
                    }
                }
                Some(snippet) if line == "```" => {
                    all.push(snippet);
                    above = "";
                }
                Some(mut snippet) => {
                    snippet.text += line;
                    snippet.text.push('\n');
                    open = Some(snippet);
                }
            }
        }
        all
    }

    /// The documents that are judged: a part of an access file, of a gate or of tests is put into a whole one. Tests are of the
    /// page's own file.
    fn sources(&self, gate: &str, access: &str) -> Vec<Source> {
        let source = |name: &str, text: String| Source {
            name: name.to_owned(),
            bytes: text.into_bytes(),
        };
        let text = &self.text;
        let indented =
            |by: &str| -> String { text.lines().map(|line| format!("{by}{line}\n")).collect() };
        if text.contains("kind: ModelGate") {
            return vec![source("snippet.yaml", text.clone())];
        }
        let tests = match text.strip_prefix("tests:\n") {
            Some(_) => Some(format!(
                "{}{}",
                HEAD.replace("ModelAccess", "AccessTest"),
                indented("  ")
            )),
            None => Some(text.clone()).filter(|text| text.contains("kind: AccessTest")),
        };
        if let Some(tests) = tests {
            return vec![
                source("gate.yaml", gate.to_owned()),
                source("access.yaml", access.to_owned()),
                source("snippet.yaml", tests),
            ];
        }
        let first = text.split([':', ' ']).next().unwrap_or_default();
        let (gate, snippet) = match first {
            "apiVersion" => (gate.to_owned(), text.clone()),
            "-" => {
                let rules = indented("    ");
                (gate.to_owned(), format!("{HEAD}{MODELS}  allow:\n{rules}"))
            }
            "allow" | "deny" => {
                let rules = indented("  ");
                (gate.to_owned(), format!("{HEAD}{MODELS}{rules}"))
            }
            "models" => (gate.to_owned(), format!("{HEAD}{}", indented("  "))),
            _ => {
                let rule = "  allow:\n    - who: { groups: [analysts] }\n";
                (
                    format!("{gate}{}", indented("  ")),
                    format!("{HEAD}{MODELS}{rule}"),
                )
            }
        };
        vec![source("gate.yaml", gate), source("snippet.yaml", snippet)]
    }
}

/// Codes in a line of text.
fn named(line: &str) -> BTreeSet<String> {
    let words = line.split(|c: char| !c.is_ascii_alphanumeric());
    let is_code = |word: &&str| word.len() == 6 && word.starts_with("MG");
    words.filter(is_code).map(str::to_owned).collect()
}

/// What the tests come to.
fn tested(loaded: &Loaded, output: &Output) -> Vec<Diagnostic> {
    let gate = &loaded.policy.gate;
    let default = gate.default_issuer.map(|at| gate.issuers[at].name.as_str());
    let targets = output.targets.iter();
    let bundles = targets.map(|target| (target.name.clone(), target.text.clone().into_bytes()));
    let outcomes = cases::run(&loaded.tests, &bundles.collect(), default);
    let outcomes = outcomes.unwrap_or_default();
    outcomes.iter().filter_map(Outcome::diagnostic).collect()
}

/// The codes of everything that `check` and `test` say.
fn codes(sources: &[Source]) -> BTreeSet<String> {
    let (loaded, mut found) = compiler::load(sources);
    if let Some(loaded) = loaded {
        match compile(&loaded.policy, &Options::at(NOW)) {
            Ok(output) => {
                found.extend(tested(&loaded, &output));
                let side = Side::compiled(&loaded.policy, output.table, &output.meaning);
                found.extend(lints::run(&side, NOW, &lints::Known::default()));
                found.extend(output.warnings);
            }
            Err(problems) => found.extend(problems),
        }
    }
    let code = |diagnostic: &Diagnostic| diagnostic.code.to_owned();
    found.iter().map(code).collect()
}
