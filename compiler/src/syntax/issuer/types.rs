//! `types` of an issuer: which values of a token's `typ` say that it is an access token (RFC 8725 section 3.11).

use policies::token::NEVER_ACCEPTED;
use serde_json::json;

use crate::diagnostic::Diagnostic;
use crate::syntax::fields::Fields;
use crate::syntax::value::Value;

/// Stands for a token that does not say what it is.
const NONE: &str = "none";

/// Reads the list; unless written a token is `JWT`, `at+jwt`, or says nothing.
pub(super) fn read(fields: &mut Fields<'_>) -> Vec<String> {
    let default = || ["jwt", "at+jwt", ""].map(str::to_owned).to_vec();
    let mut types = fields
        .optional_list("types", kind)
        .filter(|types| !types.is_empty())
        .unwrap_or_else(default);
    types.dedup();
    types
}

/// What [`kind`] takes, written for readers who cannot be told to ignore case.
fn pattern() -> String {
    let any_case = |text: &str| -> String {
        let letter = |c: char| match c {
            'a'..='z' => format!("[{c}{}]", c.to_ascii_uppercase()),
            c => format!("[{c}]"),
        };
        text.chars().map(letter).collect()
    };
    let never = NEVER_ACCEPTED.map(any_case).join("|");
    format!("^(?!({})*({never})?$)[!-~]+$", any_case("application/"))
}

/// Compared without regard to case and without `application/` (RFC 7515 section 4.1.9).
fn kind(value: Value<'_>) -> Option<String> {
    if value.records(|| json!({ "type": "string", "pattern": pattern() })) {
        return None;
    }
    let text = value.text();
    let lower = text.value.to_ascii_lowercase();
    let kind = lower.trim_start_matches("application/");
    if text.value.is_empty() {
        return None;
    }
    if NEVER_ACCEPTED.contains(&kind) {
        let message = format!("a token of type `{}` is no access token", text.value);
        let help =
            "access tokens are of type `JWT` or `at+jwt`; `none` stands for a token without `typ`";
        value.report(Diagnostic::error("MG0113", text.span, message).with_help(help));
        return None;
    }
    if kind.is_empty() || !kind.bytes().all(|byte| byte.is_ascii_graphic()) {
        value.wrong_type::<()>("a media type like `JWT` or `at+jwt`, or `none`");
        return None;
    }
    Some(if kind == NONE { "" } else { kind }.to_owned())
}
