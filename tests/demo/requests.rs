//! The requests of the demo: who sends what, and what must come of it.

mod attacks;
mod decisions;
mod forgeries;

use anyhow::Result;
use policies::decision::Reason;
use tests::http::Request;
use tests::identity::Identity;

use crate::tokens::Tokens;

const FRAUD: &str = "fraud.models.example.com";
const RISK: &str = "risk.models.example.com";
const ASSISTANT: &str = "assistant.models.example.com";
const PREDICTIONS: &str = "/seldon/fraud/fraud-detector/api/v1.0/predictions";
const CHAT: &str = "/v1/chat/completions";

/// One request.
#[derive(Debug)]
pub struct Case {
    /// who sends it
    pub who: &'static str,
    /// what it asks for, in words
    pub what: &'static str,
    /// what is sent
    pub request: Request,
    /// what must come of it
    pub expected: Reason,
    /// what the model's answer contains, where the request is allowed
    pub answer: &'static str,
    /// whether its audit event is printed
    pub shown: bool,
}

impl Case {
    fn new(who: &'static str, what: &'static str, request: Request, expected: Reason) -> Self {
        Self {
            who,
            what,
            request,
            expected,
            answer: "",
            shown: false,
        }
    }

    fn allowed(
        who: &'static str,
        what: &'static str,
        request: Request,
        answer: &'static str,
    ) -> Self {
        Self {
            answer,
            ..Self::new(who, what, request, Reason::Allowed)
        }
    }

    fn shown(self) -> Self {
        Self {
            shown: true,
            ..self
        }
    }
}

/// All of them, in the order they are sent.
pub fn all(tokens: &Tokens, identity: &Identity) -> Result<Vec<Case>> {
    let mut cases = decisions::allowed(tokens);
    cases.extend(decisions::denied(tokens));
    cases.extend(forgeries::all(tokens, identity)?);
    cases.extend(attacks::on_the_path(tokens));
    cases.extend(attacks::on_the_body(tokens));
    Ok(cases)
}

/// A prediction by the Seldon model, asked for at `target`.
fn predict_at(target: &str) -> Request {
    Request::new("POST", FRAUD, target).json(r#"{"data":{"ndarray":[[1200,3]]}}"#)
}

fn predict() -> Request {
    predict_at(PREDICTIONS)
}

/// A credit score by the BentoML service.
fn score() -> Request {
    Request::new("POST", RISK, "/score").json(r#"{"income":50000,"debt":10000}"#)
}

/// A short chat with `model`, which is named after the messages, as clients do.
fn chat(model: &str) -> Request {
    let rest = r#"{"max_tokens":4,"messages":[{"role":"user","content":"Hello"}]"#;
    Request::new("POST", ASSISTANT, CHAT).json(&format!(r#"{rest},"model":"{model}"}}"#))
}
