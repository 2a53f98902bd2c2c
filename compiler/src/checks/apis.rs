//! MG0305: a model is served by a backend of its namespace that speaks its protocol.

use crate::diagnostic::Diagnostic;
use crate::syntax::gate::Namespace;
use crate::syntax::suggest;

use super::Scope;

/// `api` of every declared model.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    for file in &scope.reading.files {
        let Some(namespace) = scope.namespace(&file.namespace.value) else {
            continue;
        };
        let spoken = apis(namespace);
        for api in file.models.iter().filter_map(|model| model.api) {
            if !spoken.contains(&api.value.name()) && !spoken.is_empty() {
                let message = format!(
                    "no backend of `{}` speaks `{}`",
                    namespace.name.value,
                    api.value.name()
                );
                let help = suggest::help(
                    api.value.name(),
                    spoken.iter().copied(),
                    "its backends speak",
                );
                found.push(Diagnostic::error("MG0305", api.span, message).with_help(help));
            }
        }
    }
}

fn apis(namespace: &Namespace) -> Vec<&'static str> {
    let mut apis: Vec<&str> = namespace
        .backends
        .iter()
        .filter_map(|backend| Some(backend.api?.value.name()))
        .collect();
    apis.sort_unstable();
    apis.dedup();
    apis
}

#[cfg(test)]
mod tests {
    use crate::checks::vectors::access_with;

    #[test]
    fn a_backend_speaks_the_protocol() {
        assert_eq!(
            access_with("api: open-inference", "api: openai"),
            ["MG0305"]
        );
        assert_eq!(
            access_with("api: open-inference", "api: open-inferense"),
            ["MG0108"]
        );
    }
}
