//! A Cedar policy as text, laid out for a reader.

use std::fmt::Write;

use cedar_policy::pst;

use crate::diagnostic::is_hidden;

/// The policy with its annotations; ends with a newline.
#[must_use]
pub fn of(body: &pst::Template) -> String {
    let mut text = String::new();
    // writing to a String cannot fail
    let _infallible = write(&mut text, body);
    if text.chars().all(is_seen) {
        return text;
    }
    // what is not seen stands in texts only, where it can be written with an escape
    let escaped = |letter: char| match is_seen(letter) {
        true => letter.to_string(),
        false => letter.escape_unicode().to_string(),
    };
    text.chars().map(escaped).collect()
}

/// The line feeds are those between the parts.
fn is_seen(letter: char) -> bool {
    letter == '\n' || !is_hidden(letter)
}

fn write(text: &mut String, body: &pst::Template) -> std::fmt::Result {
    for (name, value) in &body.annotations {
        writeln!(
            text,
            "@{name}({})",
            pst::Expr::Literal(pst::Literal::String(value.clone()))
        )?;
    }
    let effect = match body.effect {
        pst::Effect::Permit => "permit",
        pst::Effect::Forbid => "forbid",
    };
    let principal = format!("principal {}", body.principal);
    let action = format!("action {}", body.action);
    let resource = format!("resource {}", body.resource);
    write!(
        text,
        "{effect} (\n  {},\n  {},\n  {}\n)",
        principal.trim_end(),
        action.trim_end(),
        resource.trim_end()
    )?;
    for clause in body.clauses() {
        match clause {
            pst::Clause::When(expr) => write!(text, "\nwhen {{ {expr} }}")?,
            pst::Clause::Unless(expr) => write!(text, "\nunless {{ {expr} }}")?,
        }
    }
    writeln!(text, ";")
}
