//! What tests came to, for programs and CI servers.

use compiler::cases::Outcome;
use compiler::coverage::{Coverage, Covered};
use serde_json::{Value, json};

use super::{Report, verdict};
use crate::report::junit::{Case, Suite, suites};
use crate::shown;

/// The document.
pub fn json(report: &Report<'_>) -> Value {
    let file = |outcome: &Outcome| {
        let source = report.sources.get(outcome.span.source);
        source.map(|source| source.name.clone())
    };
    let test = |(outcome, advice): (&Outcome, Option<&str>)| {
        json!({
            "document": outcome.document,
            "name": outcome.name,
            "file": file(outcome),
            "line": outcome.span.line,
            "column": outcome.span.column,
            "passed": outcome.failure.is_none(),
            "vain": outcome.vain,
            "failure": outcome.failure,
            "advice": advice,
            "verdict": verdict(outcome),
            "reason": outcome.got.reason.code(),
            "status": outcome.got.status,
            "rules": outcome.got.rules,
        })
    };
    let tests: Vec<Value> = report.told().map(test).collect();
    let failed = report.failed();
    let coverage = report.coverage.as_ref();
    json!({
        "apiVersion": shown::VERSION,
        "kind": "TestReport",
        "passed": report.outcomes.len() - failed,
        "failed": failed,
        "tests": tests,
        "coverage": coverage.map(|coverage| covered(coverage, report)),
    })
}

fn covered(coverage: &Coverage, report: &Report<'_>) -> Value {
    let rule = |rule: &Covered| {
        let source = report.sources.get(rule.span.source);
        let condition = rule.condition.as_ref().map(|condition| {
            json!({ "text": condition.text, "held": condition.held, "failed": condition.failed })
        });
        json!({
            "rule": rule.id,
            "file": source.map(|source| source.name.as_str()),
            "line": rule.span.line,
            "decided": rule.decided,
            "condition": condition,
            "gaps": rule.gaps(),
        })
    };
    let rules: Vec<Value> = coverage.rules.iter().map(rule).collect();
    let (reached, all) = coverage.counts();
    json!({ "covered": reached, "of": all, "percent": coverage.percent(), "wanted": report.wanted, "rules": rules })
}

/// A test suite for each document, and one for the coverage where a part of it is due.
pub fn junit(report: &Report<'_>) -> String {
    let mut all: Vec<Suite> = Vec::new();
    for (outcome, advice) in report.told() {
        let case = Case {
            name: outcome.name.clone(),
            failure: outcome.failure.as_ref().map(|failure| {
                let source = report.sources.get(outcome.span.source);
                let file = source.map_or("", |source| source.name.as_str());
                let advice = advice.map_or_else(String::new, |advice| format!("\n{advice}"));
                format!("{failure}{advice}\n{file}:{}", outcome.span.line)
            }),
            output: None,
        };
        match all.iter_mut().find(|suite| suite.name == outcome.document) {
            Some(suite) => suite.cases.push(case),
            None => all.push(Suite {
                name: outcome.document.clone(),
                cases: vec![case],
            }),
        }
    }
    if let Some(coverage) = &report.coverage {
        let gaps = coverage.rules.iter().flat_map(|rule| {
            let place = shown::place(rule.span, report.sources);
            let gaps = rule.gaps().into_iter();
            gaps.map(move |gap| format!("{} ({place}): {gap}", rule.id))
        });
        let gaps: Vec<String> = gaps.collect();
        all.push(Suite {
            name: "coverage".to_owned(),
            cases: vec![Case {
                name: "rules and conditions".to_owned(),
                failure: report.too_little().map(|text| text.trim_end().to_owned()),
                output: (!gaps.is_empty()).then(|| gaps.join("\n")),
            }],
        });
    }
    suites(&all)
}
