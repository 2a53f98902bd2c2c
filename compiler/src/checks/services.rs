//! MG0306: where the backend alone says which model a request is about, a model is named as its backend's service is. So
//! nobody declares another team's model.

use crate::diagnostic::Diagnostic;
use crate::syntax::access::Model;
use crate::syntax::gate::Namespace;
use crate::syntax::suggest;

use super::Scope;
use super::grammar::covers;

/// Every declared Seldon or BentoML model.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    for file in &scope.reading.files {
        let Some(namespace) = scope.namespace(&file.namespace.value) else {
            continue;
        };
        let unserved = file
            .models
            .iter()
            .filter_map(|model| unserved(scope, namespace, model));
        found.extend(unserved);
    }
}

fn unserved(scope: &Scope<'_>, namespace: &Namespace, model: &Model) -> Option<Diagnostic> {
    let name = model.name.value.as_str();
    let api = model
        .api
        .filter(|api| api.value.profile().one_model_a_backend() && !name.is_empty())?
        .value;
    let services = |namespace: &Namespace| -> Vec<String> {
        let speaking = namespace
            .backends
            .iter()
            .filter(|backend| backend.api.is_some_and(|own| own.value == api));
        speaking
            .map(|backend| backend.service.value.clone())
            .collect()
    };
    let own = services(namespace);
    let owner = scope
        .gate
        .namespaces
        .iter()
        .find(|other| services(other).iter().any(|service| covers(name, service)));
    let nobody_speaks_it = own.is_empty() && owner.is_none();
    if nobody_speaks_it || own.iter().any(|service| covers(name, service)) {
        return None;
    }
    let help = match owner {
        Some(owner) => format!("it is a model of the namespace `{}`", owner.name.value),
        None => suggest::help(name, own.iter().map(String::as_str), "its services are"),
    };
    let message = format!(
        "`{}` has no `{}` backend with the service `{name}`",
        namespace.name.value,
        api.name()
    );
    Some(Diagnostic::error("MG0306", model.name.span, message).with_help(help))
}

#[cfg(test)]
mod tests {
    use crate::checks::vectors::{ACCESS, GATE, codes};

    fn fraud(model: &str) -> Vec<&'static str> {
        let text = ACCESS
            .replace("namespace: risk", "namespace: fraud")
            .replace(
                "churn-*, api: open-inference",
                &format!("{model}, api: seldon"),
            );
        let gate = GATE.replace(
            "service: score, api: open-inference",
            "service: score, api: seldon",
        );
        codes(&[("gate.yaml", &gate), ("a.yaml", &text)])
    }

    #[test]
    fn a_seldon_model_is_a_service() {
        assert_eq!(fraud("detector"), [""; 0]);
        assert_eq!(fraud("detect*"), [""; 0]);
        assert_eq!(fraud("detektor"), ["MG0306"]);
        assert_eq!(fraud("score"), ["MG0306"]);
    }
}
