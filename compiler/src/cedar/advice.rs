//! What to type where Cedar's own advice is for those who know Cedar: the usual mistakes of a first condition.

pub mod absent;
pub mod usual;

use crate::format::as_scalar;
use crate::syntax::advice::in_double_quotes;
use crate::syntax::suggest;

/// Longest condition that is written out.
const LONGEST: usize = 100;

/// What a condition can ask of a request. Some of it the gate must allow, and some is not always there.
const CONTEXT: [&str; 11] = [
    "hour", "weekday", "now", "method", "local", "claims", "headers", "address", "peer", "client",
    "version",
];

/// By what Cedar says is wrong.
pub fn of(message: &str) -> Option<String> {
    if let Some(name) = message.strip_prefix("invalid variable: ") {
        return Some(variable(name));
    }
    if message.starts_with("the types Long and String")
        || message.starts_with("the types String and Long")
    {
        let help = "a number is compared with a text: `context.hour`, `context.weekday` (Monday is 1) and numbers of a token stand without quotes, the method, versions, header fields and texts of a token in quotes, as `context.version == \"3\"`";
        return Some(help.to_owned());
    }
    if message.starts_with("unexpected type: expected") && message.contains("AnyEntity") {
        let help = "`in` asks for groups and models; one of several numbers or texts is asked for like this, with the quotes: `when: \"[1, 2, 3].contains(context.weekday)\"`";
        return Some(help.to_owned());
    }
    if let Some(name) = quoted(message, "attribute `", " in context not found") {
        return attribute(name);
    }
    let token = message.strip_prefix("unexpected token `")?;
    let token = token.split('`').next()?;
    match token.to_ascii_lowercase().as_str() {
        "and" | "or" | "not" => Some(words()),
        ":" => Some(
            "`context.hour` is a whole number: write `context.hour >= 8`, not a time such as `8:30`"
                .to_owned(),
        ),
        _ => None,
    }
}

/// Texts in single quotes, as they are meant, where that is short enough to be shown.
pub fn double_quotes(condition: &str) -> Option<String> {
    if condition.contains('"') && condition.contains('\'') {
        return None;
    }
    let meant = in_double_quotes(condition.trim());
    let is_whole = meant.matches('"').count().is_multiple_of(2);
    let is_short = !meant.contains('\n') && meant.len() <= LONGEST;
    (is_whole && is_short)
        .then(|| format!("a text stands in double quotes: `{}`", as_scalar(&meant)))
}

/// What the gate must declare, where the attribute that is not found is one of those that it declares. `text` is what asks for it.
pub fn declaration(message: &str, text: &str) -> Option<String> {
    let missing = message.strip_prefix("attribute `")?;
    if let Some(claim) = missing.strip_prefix("claims.") {
        let name = word(claim);
        let kind = kind(text, name);
        return Some(format!(
            "the gate declares what a condition may ask: `attributes: {{ {name}: {{ claim: {name}, type: {kind} }} }}` below `claims` of the issuer"
        ));
    }
    if let Some(header) = missing.strip_prefix("headers") {
        let quoted = header.strip_prefix("[\"");
        let quoted = quoted.and_then(|name| name.split('"').next());
        let name = quoted.or_else(|| header.strip_prefix('.').map(word))?;
        return Some(format!(
            "the gate lists the header fields: `conditions: {{ headers: [{name}] }}`"
        ));
    }
    let zone = missing.strip_prefix("local[\"")?.split('"').next()?;
    Some(format!("the gate lists the zones: `timeZones: [{zone}]`"))
}

/// The name at the beginning.
fn word(text: &str) -> &str {
    let end = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}

/// The type that an attribute must have for what the text asks of it; the first place that shows one counts.
fn kind(text: &str, name: &str) -> &'static str {
    let asked = format!("context.claims.{name}");
    let here = |(at, _): (usize, &str)| {
        let after = text.get(at + asked.len()..)?;
        kind_between(text.get(..at)?.trim_end(), after)
    };
    text.match_indices(&asked).find_map(here).unwrap_or("list")
}

fn kind_between(before: &str, after: &str) -> Option<&'static str> {
    const SIGNS: [char; 4] = ['=', '!', '<', '>'];
    if after.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_') {
        return None;
    }
    let after = after.trim_start();
    if after.starts_with(".contains") {
        return Some("list");
    }
    if after.starts_with("like") || before.ends_with(".contains(") {
        return Some("text");
    }
    let of = |constant: Option<char>| match constant {
        Some('"') => "text",
        Some('-' | '0'..='9') => "number",
        _ => "boolean",
    };
    let constant = after.trim_start_matches(SIGNS);
    if constant.len() < after.len() {
        return Some(of(constant.trim_start().chars().next()));
    }
    let constant = before.trim_end_matches(SIGNS);
    if constant.len() < before.len() {
        return Some(of(constant.trim_end().chars().last()));
    }
    (after.is_empty() || after.starts_with(['&', '|', ')'])).then_some("boolean")
}

fn words() -> String {
    "write `&&` for and, `||` for or, `!( )` for not".to_owned()
}

fn variable(name: &str) -> String {
    match name.to_ascii_lowercase().as_str() {
        lower if CONTEXT.contains(&lower) => {
            format!("write `context.{lower}`")
        }
        "time" | "date" | "day" | "minute" => {
            "write `context.hour`, from 0 to 23, or `context.weekday`, where Monday is 1, both in UTC"
                .to_owned()
        }
        "user" | "users" | "group" | "groups" | "who" | "email" | "caller" => {
            "whom the rule is about stands in `who`; in a condition it is `principal in Group::\"ISSUER/NAME\"` or `principal == User::\"ISSUER/NAME\"`"
                .to_owned()
        }
        "model" | "models" | "name" => {
            "which models the rule is about stands in `models`; in a condition it is `resource.name == \"NAME\"`"
                .to_owned()
        }
        "and" | "or" | "not" => words(),
        _ => format!(
            "a condition asks of the request, as in `context.hour >= 6`, of the caller, `principal`, or of the model, `resource`; a text stands in quotes: `\"{name}\"`"
        ),
    }
}

/// Of claims, header fields and zones the gate says which there are.
fn attribute(name: &str) -> Option<String> {
    if name.contains(['.', '[']) {
        return None;
    }
    Some(match suggest::nearest(name, CONTEXT) {
        Some(near) => format!("did you mean `context.{near}`?"),
        None => format!("after `context.` can stand {}", suggest::list(CONTEXT)),
    })
}

fn quoted<'m>(message: &'m str, before: &str, after: &str) -> Option<&'m str> {
    let (name, rest) = message.strip_prefix(before)?.split_once('`')?;
    rest.starts_with(after).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::{declaration, double_quotes, of};

    #[test]
    fn what_the_gate_must_declare() {
        for (text, kind) in [
            ("context.claims.a == \"otp\"", "text"),
            ("context.claims has a && \"x\" != context.claims.a", "text"),
            ("context.claims.a like \"o*\"", "text"),
            ("[\"x\"].contains(context.claims.a)", "text"),
            ("context.claims.ab == 1 && context.claims.a >= 3", "number"),
            ("3 < context.claims.a", "number"),
            ("context.claims.a", "boolean"),
            ("!context.claims.a && true", "boolean"),
            ("context.claims.a == true", "boolean"),
            ("context.claims.a.contains(\"otp\")", "list"),
            ("context.claims.a.containsAny([\"otp\"])", "list"),
        ] {
            let help = declaration("attribute `claims.a` in context not found", text);
            let help = help.unwrap_or_default();
            assert!(
                help.contains(&format!("{{ claim: a, type: {kind} }}")),
                "{text}: {help}"
            );
        }
        assert_eq!(
            double_quotes("context.method == 'GET' "),
            Some("a text stands in double quotes: `context.method == \"GET\"`".to_owned())
        );
        let apostrophe = double_quotes("resource.name == 'it''s' || resource.name != ''");
        let meant = "resource.name == \"it's\" || resource.name != \"\"";
        assert!(apostrophe.is_some_and(|help| help.contains(meant)));
        for unknown in ["\"it's\" == 'a'", "resource.name == 'it's'"] {
            assert_eq!(double_quotes(unknown), None, "{unknown}");
        }
        for (missing, part) in [
            ("headers[\"x-p\"]", "`conditions: { headers: [x-p] }`"),
            ("headers.purpose", "`conditions: { headers: [purpose] }`"),
            ("local[\"Asia/Tokyo\"]", "`timeZones: [Asia/Tokyo]`"),
        ] {
            let help = declaration(&format!("attribute `{missing}` in context not found"), "");
            assert!(help.is_some_and(|help| help.contains(part)), "{missing}");
        }
    }

    #[test]
    fn the_usual_mistakes() {
        for (message, help) in [
            ("invalid variable: hour", "write `context.hour`"),
            ("invalid variable: Hour", "write `context.hour`"),
            (
                "attribute `hours` in context not found",
                "did you mean `context.hour`?",
            ),
            (
                "unexpected token `and`: expected `!=`",
                "write `&&` for and, `||` for or, `!( )` for not",
            ),
        ] {
            assert_eq!(of(message).as_deref(), Some(help), "{message}");
        }
        for (message, part) in [
            ("invalid variable: user", "stands in `who`"),
            ("invalid variable: model", "stands in `models`"),
            ("invalid variable: time", "`context.hour`"),
            ("invalid variable: x", "`\"x\"`"),
            (
                "unexpected type: expected __cedar::internal::AnyEntity but saw Long",
                "`when: \"[1, 2, 3].contains(context.weekday)\"`",
            ),
            ("unexpected token `:`", "not a time such as `8:30`"),
            ("attribute `time` in context not found", "`hour`, `weekday`"),
            (
                "the types Long and String are not compatible",
                "Monday is 1",
            ),
        ] {
            let help = of(message).unwrap_or_default();
            assert!(help.contains(part), "{message}: {help}");
        }
        for message in [
            "unexpected token `;`",
            "attribute `claims.level` in context not found",
            "attribute `owner` in resource not found",
        ] {
            assert_eq!(of(message), None, "{message}");
        }
    }
}
