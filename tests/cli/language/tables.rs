//! The tables of the page, from the types: what a file may hold from its schema, actions from the core, what conditions may read
//! from the published Cedar schema.

use compiler::schema::schema;
use libtest_mimic::Failed;
use policies::action::Action;
use serde_json::Value;

const CEDAR: &str = include_str!("../../../policies/cedar/schema.cedarschema");

/// The page with each table between `<!-- table: NAME -->` and `<!-- end -->` written anew.
pub fn written(page: &str) -> Result<String, Failed> {
    const OPEN: &str = "<!-- table: ";
    const CLOSE: &str = "<!-- end -->";
    let mut parts = page.split(OPEN);
    let mut text = parts.next().unwrap_or_default().to_owned();
    let mut count = 0;
    for part in parts {
        let (name, rest) = part.split_once(" -->\n").ok_or("an unclosed comment")?;
        let (_, after) = rest.split_once(CLOSE).ok_or("a table without end")?;
        let table = table(name).ok_or_else(|| format!("no table is called `{name}`"))?;
        text += &format!("{OPEN}{name} -->\n{table}{CLOSE}{after}");
        count += 1;
    }
    if count < 5 {
        return Err("the page has lost its tables".into());
    }
    Ok(text)
}

fn table(name: &str) -> Option<String> {
    Some(match name {
        "actions" => actions(),
        "context" => attributes("type Request = {", "context"),
        "resource" => attributes("entity Model in [Namespace, Pattern] {", "resource"),
        fields => {
            let (kind, path) = fields.split_once('/')?;
            self::fields(kind, path)?
        }
    })
}

fn actions() -> String {
    let mut text = "| action | includes |\n|---|---|\n".to_owned();
    for action in Action::ALL {
        let members = action.members().iter().filter(|member| **member != action);
        let members: Vec<String> = members.map(|member| format!("`{member}`")).collect();
        text += &format!("| `{action}` | {} |\n", members.join(", "));
    }
    text
}

/// The fields at a path of a kind's schema, lists being walked into.
fn fields(kind: &str, path: &str) -> Option<String> {
    let schema = schema(kind);
    let mut value = inside(&schema);
    for name in path.split('.') {
        value = inside(value.get("properties")?.get(name)?);
    }
    let required = value.get("required").and_then(Value::as_array);
    let required = |name: &str| required.is_some_and(|all| all.iter().any(|one| one == name));
    let mut text = "| field | must be there | what it says |\n|---|---|---|\n".to_owned();
    for (name, field) in value.get("properties")?.as_object()? {
        let must = if required(name) { "yes" } else { "" };
        let says = field
            .get("description")
            .and_then(Value::as_str)
            .unwrap_or_default();
        text += &format!("| `{name}` | {must} | {} |\n", says.replace('|', "\\|"));
    }
    Some(text)
}

fn inside(value: &Value) -> &Value {
    value.get("items").unwrap_or(value)
}

/// The attributes of a record of the Cedar schema, each with the comment above it.
fn attributes(opening: &str, of: &str) -> String {
    let mut text = "| attribute | type | what it is |\n|---|---|---|\n".to_owned();
    let body = CEDAR.split(opening).nth(1).unwrap_or_default();
    let body = body.split('}').next().unwrap_or_default();
    let mut comment = Vec::new();
    for line in body.lines().map(str::trim) {
        if let Some(words) = line.strip_prefix("// ") {
            comment.push(words);
        } else if let Some((name, kind)) = line.trim_end_matches(',').split_once(": ") {
            let (name, maybe) = match name.strip_suffix('?') {
                Some(name) => (name, ", may be missing"),
                None => (name, ""),
            };
            let words = comment.join(" ");
            text += &format!("| `{of}.{name}` | `{kind}`{maybe} | {words} |\n");
            comment.clear();
        }
    }
    text
}
