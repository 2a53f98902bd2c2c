//! MG0303, MG0307: a model's name is plain, and one file of a namespace declares it. Patterns are a beginning and `*`: no
//! regular expressions, and no lone `*` that would take in every model there will ever be.

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::syntax::Text;

use super::grammar::is_model;
use super::{Scope, written};

/// Every name of a model.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    for file in &scope.reading.files {
        let rules = file
            .allow
            .iter()
            .chain(&file.deny)
            .filter_map(|rule| rule.models.as_ref())
            .flatten();
        let names = file.models.iter().map(|model| &model.name).chain(rules);
        found.extend(
            written(names)
                .filter(|name| !is_model(&name.value))
                .map(malformed),
        );
    }
    let mut owners: BTreeMap<(&str, &str), &Text> = BTreeMap::new();
    for file in &scope.reading.files {
        for name in written(file.models.iter().map(|model| &model.name)) {
            if let Some(first) = owners.insert((&file.namespace.value, &name.value), name) {
                found.push(taken(scope, name, first));
            }
        }
    }
}

fn malformed(name: &Text) -> Diagnostic {
    let shown: String = name.value.chars().take(80).collect();
    let message = format!("`{}` is no name of a model", shown.escape_debug());
    let help = if name.value == "*" {
        "a lone `*` is every model there will ever be: name the models, or their common beginning like `risk-*`"
    } else {
        "use letters, digits and `._:@/-`, a letter or digit first, at most 256; one `*` at the end stands for any ending"
    };
    Diagnostic::error("MG0303", name.span, message).with_help(help)
}

fn taken(scope: &Scope<'_>, name: &Text, first: &Text) -> Diagnostic {
    let file = scope
        .sources
        .get(first.span.source)
        .map_or("", |source| source.name.as_str());
    let message = format!("the model `{}` is declared already", name.value);
    let help = format!(
        "the first is on line {} of `{file}`; keep one",
        first.span.line
    );
    Diagnostic::error("MG0307", name.span, message).with_help(help)
}

#[cfg(test)]
mod tests {
    use crate::checks::vectors::{ACCESS, GATE, access_with, codes};

    #[test]
    fn names_are_plain() {
        for name in ["\"*\"", "\"a*b\"", "'a\"b'", "\"{{\"", "'a(b|c)'", "é"] {
            assert_eq!(access_with("churn-*", name), ["MG0303"], "{name}");
        }
        assert_eq!(access_with("churn-*", "org/churn:v1"), [""; 0]);
        assert!(
            access_with("[analysts] }", "[analysts] }\n      models: [\"*\"]").contains(&"MG0303")
        );
    }

    #[test]
    fn a_model_is_declared_once() {
        let model = "    - { name: churn-*, api: open-inference }\n";
        assert_eq!(access_with(model, &model.repeat(2)), ["MG0307"]);
        let second = ACCESS.replace(": models", ": more");
        assert_eq!(
            codes(&[("g", GATE), ("a", ACCESS), ("b", &second)]),
            ["MG0307"]
        );
    }
}
