//! Rules, principals, models and requests as text and as JSON, the same in every answer.

use compiler::analysis::caller::Kind;
use compiler::analysis::models::Class;
use compiler::analysis::why::Miss;
use compiler::analysis::{Example, Side, words};
use compiler::diagnostic::{is_unseen, one_line};
use compiler::policy::Term;
use compiler::source::{Source, Span};
use policies::facts;
use policies::principal::{ClaimValue, Claims};
use serde_json::{Value, json};

/// Value of `apiVersion` in every answer in JSON.
pub const VERSION: &str = "modelgate.dev/v1alpha1";

/// `1 file`, `2 files`.
#[must_use]
pub fn counted(number: impl TryInto<usize>, what: &str) -> String {
    // a number that is larger than all is at least not one
    let number = number.try_into().unwrap_or(usize::MAX);
    if number == 1 {
        format!("1 {what}")
    } else {
        format!("{number} {what}s")
    }
}

/// `fraud/access.yaml:12`.
#[must_use]
pub fn place(span: Span, sources: &[Source]) -> String {
    let file = printable(file(span, sources));
    if span.line == 0 {
        file
    } else {
        format!("{file}:{}", span.line)
    }
}

fn file(span: Span, sources: &[Source]) -> &str {
    sources
        .get(span.source)
        .map_or("", |source| source.name.as_str())
}

/// A document in JSON, to be printed. JSON lets every letter be escaped: what cannot be seen on a terminal is.
#[must_use]
pub fn document(value: &Value) -> String {
    let text = format!("{value:#}\n");
    let raw = |letter: char| letter != '\n' && is_unseen(letter);
    if !text.contains(raw) {
        return text;
    }
    let escaped = |letter: char| match raw(letter) {
        // none of them is beyond the Basic Multilingual Plane
        true => format!("\\u{:04x}", u32::from(letter)),
        false => letter.to_string(),
    };
    text.chars().map(escaped).collect()
}

/// A rule's id and place.
#[must_use]
pub fn rule(side: &Side<'_>, position: usize, sources: &[Source]) -> String {
    let shown = side.shown(position);
    format!("{} ({})", shown.id, place(shown.span, sources))
}

/// A rule that does not match, and what it asks that is not so.
#[must_use]
pub fn miss(side: &Side<'_>, miss: &Miss, sources: &[Source]) -> String {
    let rule = rule(side, miss.position, sources);
    let missing = missing(side, miss, sources).join(", and ");
    format!("{rule} would allow it, {missing}")
}

/// What a rule asks that is not so.
#[must_use]
pub fn missing(side: &Side<'_>, miss: &Miss, sources: &[Source]) -> Vec<String> {
    let who = miss.who.as_ref().map(|terms| {
        let names: Vec<String> = terms.iter().map(words::principal).collect();
        format!("if the caller were {}", names.join(" or "))
    });
    let actions = miss.actions.as_ref().map(|actions| {
        let actions = words::actions(actions, |action| miss.offered.contains(&action));
        format!("if it were {}", actions.join(" or "))
    });
    let condition = miss.condition.as_ref();
    let condition = condition.map(|condition| format!("if {condition}"));
    let denies = miss.denies.iter().map(|position| {
        let rule = rule(side, *position, sources);
        format!("if {rule} did not deny that")
    });
    let token = "if the caller came with a token".to_owned();
    let token = miss.token.then_some(token);
    let asked = [who, token, actions, condition].into_iter().flatten();
    asked.chain(denies).collect()
}

/// A rule in JSON.
#[must_use]
pub fn rule_json(side: &Side<'_>, position: usize, sources: &[Source]) -> Value {
    let shown = side.shown(position);
    json!({
        "rule": shown.id,
        "file": file(shown.span, sources),
        "line": shown.span.line,
        "column": shown.span.column,
        "condition": shown.condition,
        "because": shown.because,
    })
}

/// Those that a rule speaks of: `group people/contractors`.
#[must_use]
pub fn who(side: &Side<'_>, position: usize) -> String {
    match side.who(position) {
        None => "everyone".into(),
        Some(terms) => {
            let words: Vec<String> = terms.into_iter().map(words::principal).collect();
            words.join(", ")
        }
    }
}

/// The same, and what else must hold.
#[must_use]
pub fn whom(side: &Side<'_>, position: usize) -> String {
    let condition = side.shown(position).condition;
    let condition = condition.map_or_else(String::new, |text| format!(" when {text}"));
    who(side, position) + &condition
}

/// A principal, or everyone.
#[must_use]
pub fn principal(who: Option<&Term>) -> String {
    who.map_or_else(|| "everyone".into(), words::principal)
}

/// A principal in JSON.
#[must_use]
pub fn principal_json(who: Option<&Term>) -> Value {
    let (kind, name) = match who {
        None => ("everyone", None),
        Some(Term::User(name)) => ("user", Some(name)),
        Some(Term::Group(name)) => ("group", Some(name)),
        Some(Term::ServiceAccount(name)) => ("serviceAccount", Some(name)),
    };
    json!({ "kind": kind, "name": name })
}

/// `fraud/risk-*`.
#[must_use]
pub fn model(class: &Class) -> String {
    format!("{}/{}", class.pattern.namespace, class.pattern.entry_name())
}

/// A request in JSON.
#[must_use]
pub fn example_json(example: &Example) -> Value {
    let (kind, issuer) = match &example.kind {
        Kind::User(issuer) => ("user", Some(issuer)),
        Kind::Account(issuer) => ("serviceAccount", Some(issuer)),
        Kind::Token(issuer) => ("workload", Some(issuer)),
        Kind::Workload => ("workload", None),
    };
    json!({
        "caller": { "kind": kind, "name": example.name, "issuer": issuer, "groups": example.groups, "client": example.client,
            "claims": claims(&example.claims) },
        "headers": headers(&example.facts),
        "address": example.address(),
        "peer": example.peer,
        "action": example.action.name(),
        "namespace": example.namespace,
        "model": example.model,
        "version": example.facts.get(facts::VERSION).map(shown),
        "api": example.api.name(),
        "method": example.method,
        "hour": example.now.hour(),
        "weekday": example.now.weekday(),
        "time": example.dated.then(|| example.now.rfc3339()),
        "text": example.to_string(),
    })
}

/// Header fields by their names.
fn headers(facts: &Claims) -> Value {
    let fields = facts.iter().filter_map(|(name, value)| {
        let name = facts::header(name)?;
        Some((name.to_owned(), value.clone()))
    });
    claims(&fields.collect())
}

fn shown(value: &ClaimValue) -> Value {
    match value {
        ClaimValue::Text(text) => json!(text),
        ClaimValue::Number(number) => json!(number),
        ClaimValue::Boolean(value) => json!(value),
        ClaimValue::List(texts) => json!(texts),
    }
}

fn claims(claims: &Claims) -> Value {
    claims
        .iter()
        .map(|(name, given)| (name.clone(), shown(given)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// What a client sent cannot play tricks on a terminal.
#[must_use]
pub fn printable(text: &str) -> String {
    one_line(text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{counted, document};

    #[test]
    fn a_document_is_no_command_to_a_terminal() {
        let value = json!({ "a\u{9b}": "b\n\u{7f}\u{202e}\u{1f600}" });
        let text = document(&value);
        let escaped = "\"a\\u009b\": \"b\\n\\u007f\\u202e\u{1f600}\"";
        assert!(text.contains(escaped), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }

    #[test]
    fn one_and_many() {
        let words = [0_u64, 1, 2].map(|number| counted(number, "file"));
        assert_eq!(words, ["0 files", "1 file", "2 files"]);
        // more than a position can be is many, too
        assert!(counted(u128::MAX, "file").ends_with(" files"));
    }
}
