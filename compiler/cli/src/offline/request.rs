//! What the filter's machine says to a request.

use policies::action::Action;
use policies::audit::AuditEvent;
use policies::decision::Verdict;
use policies::guard::Guard;
use policies::offline::{self, Judgement, Request};
use policies::time::UnixTime;
use serde::{Deserialize, Serialize};

use super::bytes::{self, Bytes};
use super::token::seconds;

/// One line in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    method: Option<Bytes>,
    authority: Option<Bytes>,
    path: Option<Bytes>,
    #[serde(default)]
    headers: Option<Vec<(Bytes, Bytes)>>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    trailers: Option<Vec<(Bytes, Bytes)>>,
    #[serde(default)]
    at: Option<serde_json::Number>,
    #[serde(default)]
    peer: Option<Bytes>,
}

/// One line out.
#[derive(Debug, Serialize)]
pub struct Answer {
    verdict: Verdict,
    status: u16,
    reason: &'static str,
    namespace: Option<String>,
    model: Option<String>,
    action: Option<Action>,
    rules: Vec<String>,
    event: AuditEvent,
}

impl Answer {
    /// From what the machine said.
    #[must_use]
    pub fn new(judgement: Judgement) -> Self {
        let Judgement { denial, event } = judgement;
        Self {
            verdict: event.verdict,
            status: denial.map_or(200, |denial| denial.status),
            reason: event.reason.code(),
            namespace: event.namespace.clone(),
            model: event.model.clone(),
            action: event.action,
            rules: event.rules.clone(),
            event,
        }
    }
}

/// Answers one JSON line; `now` counts where it has no `at`.
///
/// # Errors
/// When the line is not a question.
pub fn answer(guard: &mut Guard, line: &str, now: UnixTime) -> anyhow::Result<Answer> {
    let question: Question = serde_json::from_str(line)?;
    let at = question.at.as_ref().map_or(Ok(now), seconds)?;
    Ok(judge(guard, request(question)?, at))
}

/// Judges one request as if it were the first that the proxy sees.
#[must_use]
pub fn judge(guard: &mut Guard, request: Request, now: UnixTime) -> Answer {
    guard.forget_tokens();
    Answer::new(offline::judge(guard, request, now, &mut super::verify))
}

fn request(question: Question) -> anyhow::Result<Request> {
    let Question { method, authority, path, headers, body, trailers, at: _, peer } = question;
    let mut fields = Vec::new();
    for (name, value) in [(":method", method), (":authority", authority), (":path", path)] {
        if let Some(value) = value {
            fields.push((name.as_bytes().to_vec(), value.into_bytes()?));
        }
    }
    for (name, value) in headers.unwrap_or_default() {
        fields.push((name.into_bytes()?, value.into_bytes()?));
    }
    let body = body.as_deref().map(bytes::decode).transpose()?;
    let trailers = trailers.is_some_and(|trailers| !trailers.is_empty());
    let peer = peer.map(Bytes::into_bytes).transpose()?;
    Ok(Request { fields, body, trailers, peer })
}
