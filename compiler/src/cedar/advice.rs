//! What to type where Cedar's own advice is for those who know Cedar: the usual mistakes of a first condition.

use crate::syntax::suggest;

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
        let help = "a number is compared with a text: `context.hour` and `context.weekday` are numbers without quotes, and Monday is 1";
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
    use super::of;

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
