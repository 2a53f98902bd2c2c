//! What to type where a list stands for fields, a word for a list, and the like: by the field it is about, for those who have
//! never seen one.

use super::node::Kind;
use super::value::{Value, shortened};

/// Words with which people mean all there are; none of them does here.
pub(crate) const ALL: [&str; 6] = ["all", "any", "anyone", "everybody", "everyone", "*"];

/// In place of a value that should be a list.
pub fn list(value: Value<'_>) -> Option<String> {
    let (text, quote) = match &value.node.kind {
        Kind::Plain(text) => (text, ""),
        Kind::Quoted(text) => (text, "\""),
        Kind::Map(_) => return Some("begin each entry with `- `".to_owned()),
        Kind::List(_) => return None,
    };
    if ALL.contains(&text.as_str())
        && let Some(help) = all(value.name)
    {
        return Some(help.to_owned());
    }
    Some(format!("write `[{quote}{}{quote}]`", shortened(text)))
}

/// What means all of something, by the field.
pub fn all(field: &str) -> Option<&'static str> {
    match field {
        "can" => Some(
            "no word stands for all actions: write them, such as `[predict, explain]`, or delete the line: an allow is about `predict` then, a deny about every action",
        ),
        "models" => Some("delete the line: without it the rule is about all models of the file"),
        "versions" => Some("delete the line: without it the rule is about every version"),
        "users" | "groups" | "serviceAccounts" => {
            Some("everyone who is signed in is `who: { everyone: true }`")
        }
        _ => None,
    }
}

/// In place of a value that should have fields; `what` has them.
pub fn fields(value: Value<'_>, what: &str) -> Option<String> {
    let text = match &value.node.kind {
        Kind::Plain(text) | Kind::Quoted(text) => shortened(text),
        Kind::List(_) if what == "`who`" => {
            let help = "say what they are: `who: { groups: [NAME] }` or `who: { users: [NAME] }`";
            return Some(help.to_owned());
        }
        Kind::List(_) => {
            let help = "write its fields below, two blanks further in and without `- `: `name: value` in each line";
            return Some(help.to_owned());
        }
        Kind::Map(_) => return None,
    };
    Some(match what {
        "`who`" if ALL.contains(&text.as_str()) => "write `who: { everyone: true }`".to_owned(),
        "`who`" => format!(
            "write `who: {{ groups: [{text}] }}` if it is a group, `who: {{ users: [{text}] }}` if it is a person"
        ),
        "a model" => format!(
            "write `{{ name: {text}, api: open-inference }}`, with the protocol that its server speaks"
        ),
        "an allow rule" | "a deny rule" => format!(
            "write `{{ who: {{ groups: [{text}] }} }}` if it is a group, `{{ who: {{ users: [{text}] }} }}` if it is a person"
        ),
        _ => "write its fields below, two blanks further in: `name: value` in each line".to_owned(),
    })
}

/// In place of a field that rules of the other kind have.
pub fn elsewhere(field: &str, what: &str) -> Option<&'static str> {
    match (field, what) {
        ("until", "a deny rule") => Some(
            "a deny does not end by itself: delete the line, and take the rule out when it is over",
        ),
        ("because", "an allow rule") => Some(
            "reasons are for denials, whose audit events have them: write a comment instead, `# ...`",
        ),
        _ => None,
    }
}
