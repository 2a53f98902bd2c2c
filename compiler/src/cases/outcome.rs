//! How a test went, and what it expects.

use policies::audit::AuditEvent;
use policies::decision::{Reason, Verdict};
use policies::offline::Judgement;

use crate::analysis::Example;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::test::{Case, Expectation};

/// How one test went.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// `NAMESPACE/NAME` of the document
    pub document: String,
    /// the test's name
    pub name: String,
    /// where it stands
    pub span: Span,
    /// what came out
    pub got: Answer,
    /// `None` where it came out as expected
    pub failure: Option<String>,
    /// what the rules were asked, once for each model that the request names; empty where it did not come to that
    pub asked: Vec<Example>,
    /// it passes, though the request is about nothing that is there, and the test does not say that this is meant
    pub vain: bool,
    /// what the proxy would have logged; `None` for a test that cannot be run
    pub event: Option<Box<AuditEvent>>,
}

impl Outcome {
    /// Of a test that came out otherwise than it expects, or as it would whatever the rules were.
    #[must_use]
    pub fn diagnostic(&self) -> Option<Diagnostic> {
        if let Some(failure) = &self.failure {
            let message = format!("test `{}`: {failure}", self.name);
            return Some(Diagnostic::error("MG0601", self.span, message));
        }
        self.vain.then(|| {
            let reason = self.got.reason.code();
            let message = format!(
                "test `{}` passes, but no rule was asked: {reason}",
                self.name
            );
            let help = format!(
                "look at the host, the path and the model's name; if it is meant, write `reason: {reason}`"
            );
            Diagnostic::warning("MG0605", self.span, message).with_help(help)
        })
    }
}

/// What the machine said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// allow or deny
    pub verdict: Verdict,
    /// stable code
    pub reason: Reason,
    /// 200 or the denial's
    pub status: u16,
    /// ids of the rules that decided
    pub rules: Vec<String>,
}

impl Answer {
    /// What a proxy would have answered.
    pub(super) fn of(judgement: &Judgement) -> Self {
        let event = &judgement.event;
        let status = judgement
            .denial
            .as_ref()
            .map_or(200, |denial| denial.status);
        Self {
            verdict: event.verdict,
            reason: event.reason,
            status,
            rules: event.rules.clone(),
        }
    }

    /// Of a test that cannot be run.
    pub(super) const fn none() -> Self {
        Self {
            verdict: Verdict::Deny,
            reason: Reason::Internal,
            status: 500,
            rules: Vec::new(),
        }
    }
}

/// Whether the test expects no more than that it is denied, and is, because of what it asks about.
pub(super) fn is_vain(case: &Case, reason: Reason) -> bool {
    let expect = &case.expect;
    let about_nothing = matches!(
        reason,
        Reason::MethodMalformed
            | Reason::HostMalformed
            | Reason::PathMalformed
            | Reason::ModelMissing
            | Reason::ModelMalformed
            | Reason::BodyMalformed
            | Reason::HostUnknown
            | Reason::PathUnknown
            | Reason::ModelUnknown
    );
    expect.reason.is_none() && expect.status.is_none() && about_nothing
}

/// What is not as the test expects.
pub(super) fn unexpected(case: &Case, got: &Answer) -> Option<String> {
    let expect = &case.expect;
    let verdict = expect
        .verdict
        .is_none_or(|expected| expected.value == got.verdict);
    let reason = expect
        .reason
        .is_none_or(|expected| expected.value == got.reason);
    let status = expect.status.is_none_or(|expected| expected == got.status);
    if verdict && reason && status {
        return None;
    }
    let rules = if got.rules.is_empty() {
        String::new()
    } else {
        format!(" by {}", got.rules.join(", "))
    };
    Some(format!(
        "expected {}, got {}: {} ({}){rules}",
        expected(expect),
        got.verdict.name(),
        got.reason.code(),
        got.status
    ))
}

/// `deny: not_permitted (403)`, as far as it is written.
fn expected(expect: &Expectation) -> String {
    let verdict = expect
        .verdict
        .map_or("nothing", |verdict| verdict.value.name());
    let reason = expect
        .reason
        .map(|reason| format!(": {}", reason.value.code()));
    let status = expect.status.map(|status| format!(" ({status})"));
    [Some(verdict.to_owned()), reason, status]
        .into_iter()
        .flatten()
        .collect()
}
