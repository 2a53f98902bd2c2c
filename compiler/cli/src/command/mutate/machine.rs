//! Changed rules for programs and CI servers.

use compiler::analysis::change::Direction;
use compiler::mutate::{Fate, Mutant};
use serde_json::{Value, json};

use super::{Report, consequence};
use crate::report::junit::{Case, Suite, suites};
use crate::shown;

/// The document.
pub fn json(report: &Report<'_>) -> Value {
    let [noticed, silent, equivalent] = report.counts();
    let mutants = report.mutants.iter();
    let mutants: Vec<Value> = mutants.map(|mutant| one(mutant, report)).collect();
    json!({
        "apiVersion": shown::VERSION,
        "kind": "MutationReport",
        "noticed": noticed,
        "notNoticed": silent,
        "withoutEffect": equivalent,
        "score": report.score(),
        "wanted": report.wanted,
        "changes": mutants,
    })
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
