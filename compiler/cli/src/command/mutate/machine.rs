//! Changed rules for programs and CI servers.

use compiler::analysis::change::Direction;
use compiler::mutate::{Fate, Mutant};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::{Report, consequence};
use crate::report::junit::{Case, Suite, suites};
use crate::shown;

/// The document. Of 100,000 rules it has half a million changes, of which one at a time is held as a value.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    api_version: &'static str,
    kind: &'static str,
    complete: bool,
    noticed: usize,
    not_noticed: usize,
    without_effect: usize,
    score: usize,
    wanted: u8,
    changes: Changes<'a>,
}

struct Changes<'a>(&'a Report<'a>);

impl Serialize for Changes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mutants = self.0.mutants.iter();
        serializer.collect_seq(mutants.map(|mutant| one(mutant, self.0)))
    }
}

/// The document.
pub fn json(report: &Report<'_>) -> anyhow::Result<String> {
    let [noticed, not_noticed, without_effect] = report.counts();
    let document = Document {
        api_version: shown::VERSION,
        kind: "MutationReport",
        complete: report.complete,
        noticed,
        not_noticed,
        without_effect,
        score: report.score(),
        wanted: report.wanted,
        changes: Changes(report),
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn one(mutant: &Mutant, report: &Report<'_>) -> Value {
    let source = report.sources.get(mutant.span.source);
    let mut value = json!({
        "rule": mutant.rule,
        "file": source.map(|source| source.name.as_str()),
        "line": mutant.span.line,
        "change": mutant.change.name(),
        "words": mutant.change.words(mutant.denies),
        "outcome": "withoutEffect",
    });
    match &mutant.fate {
        Fate::Equivalent => {}
        Fate::Noticed { document, test } => {
            value["outcome"] = json!("noticed");
            value["noticedBy"] = json!({ "document": document, "test": test });
        }
        Fate::Silent(silent) => {
            value["outcome"] = json!("notNoticed");
            value["becomes"] = json!(match silent.direction {
                Direction::Allowed => "allowed",
                Direction::Denied => "denied",
            });
            value["example"] = shown::example_json(&silent.example);
            value["test"] = json!(silent.killer.as_ref().map(|killer| &killer.text));
        }
    }
    value
}

/// A suite for each access file, a case for each change with an effect.
pub fn junit(report: &Report<'_>) -> String {
    let mut all: Vec<Suite> = Vec::new();
    for mutant in &report.mutants {
        let failure = match &mutant.fate {
            Fate::Equivalent => continue,
            Fate::Noticed { .. } => None,
            Fate::Silent(silent) => {
                let place = shown::place(mutant.span, report.sources);
                let test = silent.killer.as_ref();
                let test = test.map_or("", |killer| killer.text.as_str());
                Some(format!(
                    "no test notices that {}\n{place}\n{test}",
                    consequence(silent)
                ))
            }
        };
        let (file, rule) = mutant.rule.rsplit_once('/').unwrap_or_default();
        let case = Case {
            name: format!("{rule}: {}", mutant.change.words(mutant.denies)),
            failure,
            output: None,
        };
        match all.iter_mut().find(|suite| suite.name == file) {
            Some(suite) => suite.cases.push(case),
            None => all.push(Suite {
                name: file.to_owned(),
                cases: vec![case],
            }),
        }
    }
    suites(&all)
}
