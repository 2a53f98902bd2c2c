//! Well-formed requests with good tokens: the policy alone decides.

use policies::decision::Reason::{
    DeniedByGuardrail, DeniedByRule, ModelUnknown, NotPermitted, PathUnknown,
};
use tests::http::Request;

use super::{Case, FRAUD, chat, predict, predict_at, score};
use crate::identity::Tokens;

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
    let Tokens {
        analyst,
        support,
        contractor,
        newsletter,
        ..
    } = tokens;
    let feedback = "/seldon/fraud/fraud-detector/api/v1.0/feedback";
    let feedback = Request::new("POST", FRAUD, feedback).json(r#"{"reward":1}"#);
    let elsewhere = predict_at("/seldon/fraud/churn-detector/api/v1.0/predictions");
    let (large, huge) = (chat("assistant-large"), chat("assistant-huge"));
    vec![
        Case::new(
            "support",
            "predict fraud",
            predict().bearer(support),
            NotPermitted,
        ),
        Case::new(
            "newsletter service",
            "predict fraud",
            predict().bearer(newsletter),
            NotPermitted,
        ),
        Case::new(
            "analyst",
            "send feedback on fraud",
            feedback.bearer(analyst),
            NotPermitted,
        ),
        Case::new(
            "contractor",
            "predict fraud",
            predict().bearer(contractor),
            DeniedByGuardrail,
        )
        .shown(),
        Case::new(
            "contractor",
            "score a risk",
            score().bearer(contractor),
            DeniedByGuardrail,
        ),
        Case::new(
            "newsletter service",
            "score a risk",
            score().bearer(newsletter),
            DeniedByRule,
        ),
        Case::new(
            "support",
            "chat, body: assistant-large",
            large.bearer(support),
            NotPermitted,
        ),
        Case::new(
            "analyst",
            "chat, body: an unknown model",
            huge.bearer(analyst),
            ModelUnknown,
        ),
        Case::new(
            "analyst",
            "predict at an unknown deployment",
            elsewhere.bearer(analyst),
            PathUnknown,
        ),
    ]
}
