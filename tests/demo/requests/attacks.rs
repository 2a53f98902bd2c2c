//! Requests of an authorised caller that are written so that proxy and model server might read them differently.

use policies::decision::Reason::{ModelConflict, PathMalformed, PathUnknown};
use tests::http::Request;

use super::{ASSISTANT, CHAT, Case, FRAUD, predict_at};
use crate::tokens::Tokens;

/// Envoy resolves `..` before the filter sees the path, as it does in Istio; the escaped and doubled slashes it leaves.
pub fn on_the_path(tokens: &Tokens) -> Vec<Case> {
    let at = |path| predict_at(path).bearer(&tokens.analyst);
    let dots = at("/seldon/fraud/fraud-detector/../churn-detector/api/v1.0/predictions");
    let slash = at("/seldon/fraud/fraud-detector%2F..%2Fchurn-detector/api/v1.0/predictions");
    let double = at("/seldon/fraud/fraud-detector//api/v1.0/predictions");
    let get = "/seldon/fraud/fraud-detector/predict?json=%7B%7D";
    let get = Request::new("GET", FRAUD, get).bearer(&tokens.analyst);
    vec![
        Case::new("analyst", "`..` in the path", dots, PathUnknown),
        Case::new("analyst", "`%2F` in the path", slash, PathMalformed),
        Case::new("analyst", "`//` in the path", double, PathMalformed),
        Case::new("analyst", "predict by GET", get, PathUnknown),
    ]
}

pub fn on_the_body(tokens: &Tokens) -> Vec<Case> {
    let chat = |target, body| {
        Request::new("POST", ASSISTANT, target)
            .json(body)
            .bearer(&tokens.support)
    };
    let twice = chat(
        CHAT,
        r#"{"model":"assistant-small","messages":[],"model":"assistant-large"}"#,
    );
    let escaped = chat(
        CHAT,
        r#"{"model":"assistant-small","messages":[],"mod\u0065l":"assistant-large"}"#,
    );
    let query = "/v1/chat/completions?model=assistant-large";
    let query = chat(query, r#"{"model":"assistant-small","messages":[]}"#);
    vec![
        Case::new("support", "`model` twice in the body", twice, ModelConflict).shown(),
        Case::new(
            "support",
            r"`model` and `mod\u0065l` in the body",
            escaped,
            ModelConflict,
        ),
        Case::new(
            "support",
            "another model in the query",
            query,
            ModelConflict,
        ),
    ]
}
