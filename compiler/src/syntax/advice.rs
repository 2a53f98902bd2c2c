//! What to type where a list stands for fields, a word for a list, and the like: by the field it is about, for those who have
//! never seen one.

use std::borrow::Cow;

use crate::format::as_scalar;

use super::node::{Kind, Node};
use super::plain::{Plain, classify};
use super::value::{Value, shortened};
use super::{Text, listed, nesting};

/// Words with which people mean all there are; none of them does here.
pub(crate) const ALL: [&str; 6] = ["all", "any", "anyone", "everybody", "everyone", "*"];

/// What looks like a hyphen, as word processors write it.
pub(super) const DASHES: [char; 5] = ['–', '—', '−', '‐', '‑'];

/// What people write for some of the choices.
const WORDS: [(&str, &str, &[&str]); 9] = [
    (
        "api",
        "openai",
        &[
            "ollama",
            "vllm",
            "sglang",
            "litellm",
            "tgi",
            "llama.cpp",
            "openai-compatible",
            "azure-openai",
        ],
    ),
    (
        "api",
        "open-inference",
        &["mlserver", "oip", "v2", "kserve-v2", "openinference"],
    ),
    ("api", "kserve", &["v1", "kserve-v1"]),
    ("api", "anthropic", &["claude"]),
    ("api", "tfserving", &["tensorflow", "tensorflow-serving"]),
    ("api", "torchserve", &["pytorch", "torch"]),
    (
        "can",
        "predict",
        &["infer", "inference", "use", "invoke", "call", "score"],
    ),
    (
        "verdict",
        "allow",
        &["true", "yes", "allowed", "permit", "grant", "accept"],
    ),
    (
        "verdict",
        "deny",
        &["false", "no", "denied", "forbid", "refuse", "reject"],
    ),
];

/// A condition whose texts stand in single quotes, as Cedar has them; as it is where both kinds stand in it. Two between letters are
/// an apostrophe, as in SQL.
pub(crate) fn in_double_quotes(condition: &str) -> Cow<'_, str> {
    if condition.contains('"') {
        return Cow::Borrowed(condition);
    }
    let mut parts = condition.split("''");
    let quoted = |part: &str| part.replace('\'', "\"");
    let mut meant = quoted(parts.next().unwrap_or_default());
    for part in parts {
        let inside =
            meant.ends_with(char::is_alphanumeric) && part.starts_with(char::is_alphanumeric);
        meant += if inside { "'" } else { "\"\"" };
        meant += &quoted(part);
    }
    Cow::Owned(meant)
}

/// The choice that somebody means with a word of another language.
pub(crate) fn word(field: &str, text: &str) -> Option<&'static str> {
    let text = text.to_lowercase();
    let mut rows = WORDS.iter();
    let row = rows.find(|(of, _, words)| *of == field && words.contains(&text.as_str()))?;
    Some(row.1)
}

/// In place of a value that should be `true` or `false`.
pub fn flag(value: Value<'_>) -> String {
    let name = value.name;
    let text = value.scalar().unwrap_or_default().to_lowercase();
    let meant = match text.as_str() {
        "true" | "yes" | "y" | "on" | "1" => Some(true),
        "false" | "no" | "n" | "off" | "0" | "none" | "never" => Some(false),
        _ => None,
    };
    match meant {
        Some(flag) => format!("write `{name}: {flag}`"),
        None => format!("write `{name}: true` or `{name}: false`"),
    }
}

/// In place of a value that should be a number of a range, such as one with a unit.
pub fn number(value: Value<'_>, least: u64, most: u64) -> String {
    let text = value.scalar().unwrap_or_default().trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
    let unit = text.get(digits.len()..).unwrap_or_default().trim();
    match digits.parse::<u64>() {
        Ok(number) if ["", "s", "sec", "seconds"].contains(&unit) => {
            format!("write `{}: {}`", value.name, number.clamp(least, most))
        }
        _ => format!("write a whole number from {least} to {most}, with nothing behind it"),
    }
}

/// In place of a list or a mapping where one text is due.
pub fn text(value: Value<'_>) -> Option<String> {
    match &value.node.kind {
        Kind::List(_) if value.name == "guardrails" => {
            let help = "write them below `guardrails: |`, one after the other and without `- `";
            Some(help.to_owned())
        }
        Kind::List(_) if value.item => {
            let list = one_line(value.node)?;
            Some(format!("one pair of brackets is enough: `{list}`"))
        }
        Kind::List(items) => match items.as_slice() {
            [item] => one_line(item).map(|item| format!("write `{item}`, without brackets")),
            _ => Some("write one value, without brackets".to_owned()),
        },
        _ => Some("write one value: no fields below it".to_owned()),
    }
}

/// In place of a list or a mapping that is meant as the text of a body.
pub fn content(value: Value<'_>) -> Option<String> {
    let json = as_scalar(&json(value.node));
    Some(match json.chars().count() <= LONGEST {
        true => format!("write it as one text: `{}: {json}`", value.name),
        false => format!(
            "write it as one text: the JSON, in lines below `{}: |`",
            value.name
        ),
    })
}

/// Longest line that is written out.
const LONGEST: usize = 100;

/// The value on one line, where it is a text or a list of texts.
pub fn one_line(node: &Node) -> Option<String> {
    match &node.kind {
        Kind::Plain(text) => Some(text.clone()),
        Kind::Quoted(text) => Some(as_scalar(text)),
        Kind::List(items) => {
            let items = items.iter().map(|item| match &item.kind {
                Kind::Plain(_) | Kind::Quoted(_) => one_line(item),
                Kind::List(_) | Kind::Map(_) => None,
            });
            let items: Option<Vec<String>> = items.collect();
            items.map(|items| format!("[{}]", items.join(", ")))
        }
        Kind::Map(_) => None,
    }
}

/// The value as JSON, numbers as they are written.
fn json(node: &Node) -> String {
    let text = |text: &str| serde_json::Value::from(text).to_string();
    match &node.kind {
        Kind::Plain(plain) if classify(plain) == Plain::Null => "null".to_owned(),
        Kind::Plain(plain) if serde_json::from_str::<serde_json::Value>(plain).is_ok() => {
            plain.clone()
        }
        Kind::Plain(plain) | Kind::Quoted(plain) => text(plain),
        Kind::List(items) => {
            let items: Vec<String> = items.iter().map(json).collect();
            format!("[{}]", items.join(", "))
        }
        Kind::Map(entries) => {
            let entry =
                |(key, node): &(Text, Node)| format!("{}: {}", text(&key.value), json(node));
            let entries: Vec<String> = entries.iter().map(entry).collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

/// In place of a value that should be a list.
pub fn list(value: Value<'_>) -> Option<String> {
    let text = match &value.node.kind {
        Kind::Plain(text) | Kind::Quoted(text) => text,
        Kind::Map(entries) => return Some(in_place_of_fields(value.name, entries)),
        Kind::List(_) => return None,
    };
    let is_all = ALL.contains(&text.as_str()) || value.name == "all" && text == "true";
    if is_all && let Some(help) = all(value.name) {
        return Some(help.to_owned());
    }
    if value.name == "can" && matches!(text.as_str(), "none" | "nothing") {
        return Some("a rule is about some action: take the whole rule out".to_owned());
    }
    let is_plain = matches!(value.node.kind, Kind::Plain(_));
    // the parser folds lines into blanks; there is one more letter than in the text where a line is set in
    let lines = value.node.span.end.saturating_sub(value.node.span.start) > text.len();
    if is_plain && lines || text.chars().count() > LONGEST {
        return Some("begin each entry with `- `, in a line of its own".to_owned());
    }
    let names = listed::names(text);
    match names.as_slice() {
        [name] if name.contains(' ') && !name.contains('=') => {
            let several = bracketed(name.split_whitespace());
            // other names have no blank in them
            Some(match value.name {
                "users" | "groups" => {
                    format!("write `{several}` if they are several, `[\"{name}\"]` if it is one")
                }
                _ => format!("write `{several}`"),
            })
        }
        [name] if value.name == "all" => {
            Some(format!("write `[{{ groups: {} }}]`", bracketed([*name])))
        }
        names => Some(format!("write `{}`", bracketed(names.iter().copied()))),
    }
}

/// The names as a list on one line.
pub fn bracketed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(as_scalar).collect();
    format!("[{}]", names.join(", "))
}

/// In place of a mapping where a list is due: fields without values are its items, in the wrong brackets.
fn in_place_of_fields(name: &str, entries: &[(Text, Node)]) -> String {
    let nothing =
        |node: &Node| matches!(&node.kind, Kind::Plain(text) if classify(text) == Plain::Null);
    if !entries.is_empty() && entries.iter().all(|(_, node)| nothing(node)) {
        let names = entries.iter().map(|(key, _)| key.value.as_str());
        return format!("write `{name}: {}`, in square brackets", bracketed(names));
    }
    let key = entries.first().map(|(key, _)| key.value.as_str());
    let dash = key.and_then(|key| key.chars().next());
    match dash.filter(|dash| DASHES.contains(dash)) {
        Some(dash) => format!("`{dash}` is no hyphen: begin each entry with `- `"),
        None => "begin each entry with `- `".to_owned(),
    }
}

/// What means all of something, by the field.
pub fn all(field: &str) -> Option<&'static str> {
    match field {
        "can" => Some(
            "no word stands for all actions: write them, such as `[predict, explain]`, or delete the line: an allow is about `predict` then, a deny about every action",
        ),
        "models" => Some("delete the line: without it the rule is about all models of the file"),
        "versions" => Some("delete the line: without it the rule is about every version"),
        "users" | "groups" | "serviceAccounts" | "all" => {
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
    if let Some(help) = no_blank(value.name, &text) {
        return Some(help);
    }
    Some(match what {
        "`who`" if ALL.contains(&text.as_str()) => "write `who: { everyone: true }`".to_owned(),
        "`who`" => format!(
            "write `who: {{ groups: [{text}] }}` if it is a group, `who: {{ users: [{text}] }}` if it is a person"
        ),
        "a model" => format!(
            "write `{{ name: {text}, api: open-inference }}`, with the protocol that its server speaks"
        ),
        "an item of `all`" => format!("write `{{ groups: {} }}`", bracketed([text.as_str()])),
        "an allow rule" | "a deny rule" => format!(
            "write `{{ who: {{ groups: [{text}] }} }}` if it is a group, `{{ who: {{ users: [{text}] }} }}` if it is a person"
        ),
        "`expect`" if matches!(text.as_str(), "allow" | "deny") => {
            format!("write `expect: {{ verdict: {text} }}`")
        }
        "a required claim" => format!("write `{{ claim: {text} }}`"),
        "an attribute" => format!(
            "write for instance `{name}: {{ claim: {name}, type: number }}`",
            name = value.name
        ),
        "`gateway`" => {
            "write for instance `gateway: { namespace: istio-system, labels: { istio: ingressgateway } }`".to_owned()
        }
        _ => "write its fields below, two blanks further in: `name: value` in each line".to_owned(),
    })
}

/// `groups:[a]` or `groups = a` where fields are due: a text, as long as no blank stands behind the `:`.
fn no_blank(owner: &str, text: &str) -> Option<String> {
    let (key, rest) = text.split_once([':', '='])?;
    let (key, rest) = (key.trim_end(), rest.trim());
    if !nesting::is_below(owner, key) {
        return None;
    }
    let help = format!("a `:` and a blank are due after `{key}`");
    if rest.is_empty() || rest.contains([':', '=', '…']) {
        return Some(help);
    }
    let is_list = ["users", "groups", "serviceAccounts", "roles"].contains(&key);
    let meant = match is_list && !rest.starts_with('[') {
        true => bracketed(listed::names(rest)),
        false => rest.to_owned(),
    };
    Some(format!("{help}: write `{key}: {meant}`"))
}

/// In place of a field that rules of the other kind have.
pub fn elsewhere(field: &str, what: &str) -> Option<&'static str> {
    match (field, what) {
        ("until", "a deny rule") => Some(
            "a deny does not end by itself: delete the line, and take the rule out when it is over",
        ),
        ("deny", "an allow rule" | "a deny rule") => Some(
            "`deny` is a list of its own, in a line `deny:` below `spec`: write the entry there",
        ),
        ("allow", "an allow rule" | "a deny rule") => Some(
            "`allow` is a list of its own, in a line `allow:` below `spec`: write the entry there",
        ),
        ("because", "an allow rule") => Some(
            "reasons are for denials, whose audit events have them: write a comment instead, `# ...`",
        ),
        _ => None,
    }
}
