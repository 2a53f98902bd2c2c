//! Well-formed requests with good tokens: the policy alone decides.

use policies::decision::Reason::{
    DeniedByGuardrail, DeniedByRule, ModelUnknown, NotPermitted, PathUnknown,
};
use tests::http::Request;

use super::{Case, FRAUD, chat, predict, predict_at, score};
use crate::tokens::Tokens;

pub fn allowed(tokens: &Tokens) -> Vec<Case> {
    let (small, large) = (chat("assistant-small"), chat("assistant-large"));
    let predict_by = |token| predict().bearer(token);
    vec![
        Case::allowed(
            "analyst",
            "predict fraud",
            predict_by(&tokens.analyst),
            "ndarray",
        ),
        Case::allowed(
            "checkout service",
            "predict fraud",
            predict_by(&tokens.checkout),
            "ndarray",
        )
        .shown(),
        Case::allowed(
            "risk officer",
            "score a risk",
            score().bearer(&tokens.officer),
            "score",
        ),
        Case::allowed(
            "support",
            "chat, body: assistant-small",
            small.clone().bearer(&tokens.support),
            "choices",
        ),
        Case::allowed(
            "analyst",
            "chat, body: assistant-large",
            large.bearer(&tokens.analyst),
            "choices",
        ),
        Case::allowed(
            "contractor",
            "chat, body: assistant-small",
            small.bearer(&tokens.contractor),
            "choices",
        ),
    ]
}

pub fn denied(tokens: &Tokens) -> Vec<Case> {
    let mut cases = by_nobody(tokens);
    cases.extend(by_a_rule(tokens));
    cases.extend(unknown(tokens));
    cases
}

fn by_nobody(tokens: &Tokens) -> Vec<Case> {
    let feedback = "/seldon/fraud/fraud-detector/api/v1.0/feedback";
    let feedback = Request::new("POST", FRAUD, feedback).json(r#"{"reward":1}"#);
    vec![
        Case::new(
            "support",
            "predict fraud",
            predict().bearer(&tokens.support),
            NotPermitted,
        ),
        Case::new(
            "newsletter service",
            "predict fraud",
            predict().bearer(&tokens.newsletter),
            NotPermitted,
        ),
        Case::new(
            "analyst",
            "send feedback on fraud",
            feedback.bearer(&tokens.analyst),
            NotPermitted,
        ),
        Case::new(
            "support",
            "chat, body: assistant-large",
            chat("assistant-large").bearer(&tokens.support),
            NotPermitted,
        ),
    ]
}

fn by_a_rule(tokens: &Tokens) -> Vec<Case> {
    vec![
        Case::new(
            "contractor",
            "predict fraud",
            predict().bearer(&tokens.contractor),
            DeniedByGuardrail,
        )
        .shown(),
        Case::new(
            "contractor",
            "score a risk",
            score().bearer(&tokens.contractor),
            DeniedByGuardrail,
        ),
        Case::new(
            "newsletter service",
            "score a risk",
            score().bearer(&tokens.newsletter),
            DeniedByRule,
        ),
    ]
}

fn unknown(tokens: &Tokens) -> Vec<Case> {
    let elsewhere = predict_at("/seldon/fraud/churn-detector/api/v1.0/predictions");
    vec![
        Case::new(
            "analyst",
            "chat, body: an unknown model",
            chat("assistant-huge").bearer(&tokens.analyst),
            ModelUnknown,
        ),
        Case::new(
            "analyst",
            "predict at an unknown deployment",
            elsewhere.bearer(&tokens.analyst),
            PathUnknown,
        ),
    ]
}
