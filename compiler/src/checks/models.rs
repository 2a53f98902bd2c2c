//! MG0303, MG0307, MG0329, MG0332: a model's name is plain, and one file of a namespace declares it. Patterns are a beginning and `*`: no
//! regular expressions, no lone `*` that would take in every model there will ever be, and none that takes in what another file declares,
//! whose rules alone say who may.

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
        let declared = file.models.iter().map(|model| &model.name);
        found.extend(written(declared).filter_map(expression));
    }
    // with the number of the document, as several may stand in one file
    let mut owners: BTreeMap<(&str, &str), (usize, &Text)> = BTreeMap::new();
    for (number, file) in scope.reading.files.iter().enumerate() {
        for name in written(file.models.iter().map(|model| &model.name)) {
            let key = (file.namespace.value.as_str(), name.value.as_str());
            if let Some((_, first)) = owners.insert(key, (number, name)) {
                found.push(taken(scope, name, first));
            }
        }
    }
    for ((namespace, pattern), (number, name)) in &owners {
        let Some(beginning) = pattern.strip_suffix('*') else {
            continue;
        };
        let below = owners.range((*namespace, beginning)..);
        let mut below = below
            .take_while(|((owner, known), _)| owner == namespace && known.starts_with(beginning));
        let other = below.find(|(_, (document, _))| document != number);
        found.extend(other.map(|(_, (_, other))| covered(scope, name, other)));
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

/// A dot before the `*` is a beginning like any other where versions stand behind it, as in `gpt-4.*`.
fn expression(name: &Text) -> Option<Diagnostic> {
    let text = name.value.as_str();
    let beginning = text.strip_suffix(".*")?;
    let is_word =
        !beginning.contains('.') && beginning.ends_with(|c: char| c.is_ascii_alphabetic());
    let message = format!(
        "`{text}` takes in the names that begin with `{beginning}.`: there are no regular expressions"
    );
    let help = format!("write `{beginning}*` for the names that begin with `{beginning}`");
    is_word.then(|| Diagnostic::warning("MG0332", name.span, message).with_help(help))
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

fn covered(scope: &Scope<'_>, name: &Text, other: &Text) -> Diagnostic {
    let file = scope.sources.get(other.span.source);
    let file = file.map_or("", |source| source.name.as_str());
    let message = format!(
        "`{}` takes in `{}`, which line {} of `{file}` declares: rules about the one would be about the other, too",
        name.value, other.value, other.span.line
    );
    let help = "write a longer beginning or the models' own names, or declare both in one file";
    Diagnostic::error("MG0329", name.span, message).with_help(help)
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
    fn there_are_no_regular_expressions() {
        for (name, codes) in [
            ("churn.*", vec!["MG0332"]),
            ("gpt-4.*", vec![]),
            ("org.example.*", vec![]),
            ("churn-*", vec![]),
        ] {
            assert_eq!(access_with("churn-*", name), codes, "{name}");
        }
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

    #[test]
    fn a_pattern_takes_in_models_of_its_own_file_alone() {
        let file = |name: &str, models: &[&str]| {
            let models = models
                .iter()
                .map(|name| format!("    - {{ name: {name}, api: open-inference }}\n"));
            let models: String = models.collect();
            format!(
                "apiVersion: modelgate.dev/v1alpha1\nkind: ModelAccess\nmetadata: {{ namespace: risk, name: {name} }}\nspec:\n  models:\n{models}  \
                 allow:\n    - who: {{ groups: [a] }}\n"
            )
        };
        let found = |one: &[&str], other: &[&str]| {
            let files = [file("one", one), file("other", other)];
            let apart = codes(&[("g", GATE), ("a", &files[0]), ("b", &files[1])]);
            assert_eq!(codes(&[("g", GATE), ("a", &files.join("---\n"))]), apart);
            apart
        };
        assert_eq!(found(&["loans-*"], &["loans-1"]), ["MG0329"]);
        assert_eq!(found(&["loans-1", "x"], &["loans", "loans-*"]), ["MG0329"]);
        assert_eq!(found(&["loans-a*"], &["loans-*", "loans-b"]), ["MG0329"]);
        assert_eq!(
            found(&["loans-*", "loans-1", "loans-1*"], &["loans", "loan-*"]),
            [""; 0]
        );
        assert_eq!(
            found(&["loans-a*"], &["loans-b*", "loans-", "Loans-a1"]),
            [""; 0]
        );
    }
}
