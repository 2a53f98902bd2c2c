//! MG0304: the rules of a file speak of models that the file declares.

use crate::diagnostic::Diagnostic;
use crate::syntax::{ModelAccess, Text, suggest};

use super::grammar::covers;
use super::sizes::MOST_MODELS;
use super::{Scope, written};

/// `models` of every rule.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    for file in scope
        .reading
        .files
        .iter()
        .filter(|file| (1..=MOST_MODELS).contains(&file.models.len()))
    {
        let rules = file
            .allow
            .iter()
            .chain(&file.deny)
            .filter_map(|rule| rule.models.as_ref())
            .flatten();
        let foreign =
            written(rules).filter(|name| !declared(file).any(|model| covers(model, &name.value)));
        found.extend(foreign.map(|name| undeclared(file, name)));
    }
}

fn declared(file: &ModelAccess) -> impl Iterator<Item = &str> + Clone {
    file.models.iter().map(|model| model.name.value.as_str())
}

fn undeclared(file: &ModelAccess, name: &Text) -> Diagnostic {
    let message = format!("this file declares no model `{}`", name.value);
    let help = suggest::help(&name.value, declared(file), "it declares");
    Diagnostic::error("MG0304", name.span, message).with_help(help)
}

#[cfg(test)]
mod tests {
    use crate::checks::vectors::access_with;

    fn models(list: &str) -> Vec<&'static str> {
        access_with(
            "[analysts] }",
            &format!("[analysts] }}\n      models: [{list}]"),
        )
    }

    #[test]
    fn rules_speak_of_declared_models() {
        assert_eq!(models("churn-a, churn-*, churn-b*"), [""; 0]);
        assert_eq!(models("churn"), ["MG0304"]);
        assert_eq!(models("detector"), ["MG0304"]);
        assert_eq!(models(""), ["MG0106"]);
    }
}
