//! `algorithms` of an issuer: those of its kind of keys.

use policies::algorithm::Family;
use policies::bundle::Algorithm;
use serde_json::json;

use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::Spanned;
use crate::syntax::fields::Fields;
use crate::syntax::suggest;
use crate::syntax::value::Value;

/// What an issuer with public keys may sign with, unless the gate says it.
const DEFAULT: [Algorithm; 2] = [Algorithm::RS256, Algorithm::ES256];

/// Reads the list. With a `secret` it must be written: nobody gets HMAC who did not say so.
pub(super) fn read(value: Value<'_>, fields: &mut Fields<'_>) -> Vec<Spanned<Algorithm>> {
    let secret = fields.has("secret");
    fields.rule(|| {
        json!({
            "if": { "required": ["secret"] },
            "then": { "required": ["algorithms"], "properties": { "algorithms": { "items": { "enum": names(true) } } } },
            "else": { "properties": { "algorithms": { "items": { "enum": names(false) } } } },
        })
    });
    let mut written = fields.optional_list("algorithms", |value| algorithm(value, secret));
    if let Some(list) = &mut written {
        list.dedup_by_key(|algorithm| algorithm.value);
    } else if secret && !fields.has("algorithms") {
        let message = "an issuer with a `secret` needs the field `algorithms`";
        let help = "write `algorithms: [HS256]`";
        value.report(Diagnostic::error("MG0103", fields.span(), message).with_help(help));
    }
    let span = Span::default();
    let default = || DEFAULT.map(|value| Spanned { value, span }).to_vec();
    written.unwrap_or_else(default)
}

/// Those that go with a secret, or with keys.
fn names(secret: bool) -> Vec<&'static str> {
    let fits = |algorithm: &Algorithm| (algorithm.family() == Family::Secret) == secret;
    let fitting = Algorithm::ALL.into_iter().filter(fits);
    fitting.map(Algorithm::name).collect()
}

/// No nearest name is suggested: for `HS256` that would be `ES256`, which is something else altogether.
fn algorithm(value: Value<'_>, secret: bool) -> Option<Spanned<Algorithm>> {
    if value.records(|| json!({ "enum": Algorithm::ALL.map(Algorithm::name) })) {
        return None;
    }
    let text = value.text();
    if text.value.is_empty() {
        return None;
    }
    let fits = |algorithm: &Algorithm| (algorithm.family() == Family::Secret) == secret;
    let known = Algorithm::ALL
        .into_iter()
        .find(|algorithm| algorithm.name() == text.value);
    if let Some(value) = known.filter(fits) {
        let span = text.span;
        return Some(Spanned { value, span });
    }
    let message = match (known, secret) {
        (None, _) => format!("the algorithm `{}` is not accepted", text.value),
        (Some(_), true) => format!("the algorithm `{}` needs keys, not a `secret`", text.value),
        (Some(_), false) => format!(
            "the algorithm `{}` is only for issuers with a `secret`",
            text.value
        ),
    };
    let names = suggest::list(names(secret));
    let help = format!("the algorithms here are {names}");
    value.report(Diagnostic::error("MG0112", text.span, message).with_help(help));
    None
}
