//! MG0326, MG0327: `versions` are such that requests to these models can name them. Where no request names a version, a grant of some
//! would grant nothing, and a deny of some would deny everything.

use std::collections::BTreeSet;

use policies::bundle::Api;
use policies::profile::Versions;

use crate::diagnostic::Diagnostic;
use crate::syntax::access::{Model, Rule};
use crate::syntax::{ModelAccess, Text, suggest};

use super::grammar::covers;
use super::{Scope, written};

/// `versions` of every rule.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    for file in &scope.reading.files {
        for rule in file.allow.iter().chain(&file.deny) {
            let versions: Vec<&Text> = written(rule.versions.iter().flatten()).collect();
            let Some(first) = versions.first() else {
                continue;
            };
            let spoken = spoken(file, rule);
            let without = spoken
                .iter()
                .find(|model| versions_of(model) == Some(Versions::None));
            if let Some(model) = without {
                found.push(none(first, model));
            }
            let kinds = spoken.iter().filter_map(|model| Some(model.api?.value));
            let kinds: BTreeSet<Api> = kinds.collect();
            for version in versions {
                let wrong = |api: &&Api| {
                    let versions = api.profile().versions;
                    versions != Versions::None && !versions.has(&version.value)
                };
                found.extend(kinds.iter().find(wrong).map(|api| malformed(version, *api)));
            }
        }
    }
}

/// The declared models that a rule speaks of.
fn spoken<'a>(file: &'a ModelAccess, rule: &Rule) -> Vec<&'a Model> {
    let models = file.models.iter();
    let speaks = |model: &&Model| match &rule.models {
        Some(names) => names.iter().any(|name| {
            let declares = covers(&model.name.value, &name.value) && is_longest(file, model, name);
            declares || covers(&name.value, &model.name.value)
        }),
        None => true,
    };
    models.filter(speaks).collect()
}

/// No other model with a longer beginning declares the name.
fn is_longest(file: &ModelAccess, model: &Model, name: &Text) -> bool {
    let others = file.models.iter();
    let mut others = others.filter(|other| covers(&other.name.value, &name.value));
    others.all(|other| other.name.value.len() <= model.name.value.len())
}

fn versions_of(model: &Model) -> Option<Versions> {
    Some(model.api.as_ref()?.value.profile().versions)
}

fn none(first: &Text, model: &Model) -> Diagnostic {
    let api = model.api.as_ref().map_or("", |api| api.value.name());
    let name = &model.name.value;
    let message =
        format!("requests to `{name}` name no version that its server looks at: it is `{api}`");
    let with = Api::ALL.into_iter();
    let with = with.filter(|api| api.profile().versions != Versions::None);
    let names: Vec<&str> = with.map(Api::name).collect();
    let help = format!(
        "delete `versions`, or leave this model out; the protocols that have versions are {}",
        suggest::list(names.into_iter())
    );
    Diagnostic::error("MG0326", first.span, message).with_help(help)
}

fn malformed(version: &Text, api: Api) -> Diagnostic {
    let shown: String = version.value.chars().take(80).collect();
    let message = format!(
        "`{}` is no version that a request of `{api}` can name",
        shown.escape_debug(),
        api = api.name()
    );
    let help = match api.profile().versions {
        Versions::None => "delete `versions`",
        of if of.is_every(&version.value) => {
            "it is whichever version the server chooses, or all: delete `versions`"
        }
        Versions::Numbers => "write a number such as `\"3\"`, without zeros before it",
        Versions::Text => {
            "write a number without zeros before it, or begin with a letter; then letters, digits and `._-`, at most 64"
        }
        Versions::TextOrAll => {
            "write a number, also one like `1.0`, without zeros before it, or begin with a letter; then letters, digits and `._-`, at most 64"
        }
    };
    Diagnostic::error("MG0327", version.span, message).with_help(help)
}

#[cfg(test)]
mod tests {
    use crate::checks::vectors::{ACCESS, GATE, codes};

    fn with(api: &str, versions: &str) -> Vec<&'static str> {
        let access = ACCESS.replace("open-inference", api).replace(
            "[analysts] }",
            &format!("[analysts] }}\n      versions: {versions}"),
        );
        codes(&[("g", &GATE.replace("open-inference", api)), ("a", &access)])
    }

    #[test]
    fn a_protocol_without_versions_has_none() {
        for api in ["kserve", "openai", "seldon-v2"] {
            assert_eq!(with(api, "[\"3\"]"), ["MG0326"], "{api}");
        }
        for api in ["open-inference", "triton", "tfserving", "torchserve"] {
            assert_eq!(with(api, "[\"3\", \"12\"]"), [""; 0], "{api}");
        }
    }

    #[test]
    fn a_version_is_one_that_requests_can_name() {
        for (api, version) in [
            ("open-inference", "v1.2-rc_1"),
            ("torchserve", "\"1.0\""),
            ("torchserve", "\"0\""),
            ("tfserving", "\"10\""),
        ] {
            assert_eq!(with(api, &format!("[{version}]")), [""; 0], "{version}");
        }
        for (api, version) in [
            ("open-inference", "\"03\""),
            ("open-inference", "\"3*\""),
            ("open-inference", "\"3x\""),
            ("open-inference", "\"1.0\""),
            ("open-inference", "\"0\""),
            ("tfserving", "\"0\""),
            ("torchserve", "\"4e0\""),
            ("open-inference", "\" 3\""),
            ("open-inference", "\"label:stable\""),
            ("triton", "\"1.0\""),
            ("triton", "v1"),
            ("triton", "\"-1\""),
            ("tfserving", "stable"),
            ("torchserve", "all"),
        ] {
            assert_eq!(with(api, &format!("[{version}]")), ["MG0327"], "{version}");
        }
        assert_eq!(with("triton", "[]"), ["MG0106"]);
        assert_eq!(with("triton", "[3]"), ["MG0105"]);
    }

    #[test]
    fn a_rule_speaks_of_its_own_models() {
        let model = "    - { name: churn-*, api: open-inference }\n";
        let both = format!("{model}    - {{ name: churn-k, api: kserve }}\n");
        let gate = GATE
            .replace("[risk.example.com]", "[a.example.com, b.example.com]")
            .replace(
                "[{ service: score, api: open-inference }]",
                "[{ service: score, api: open-inference, hosts: [a.example.com] }, { service: other, api: kserve, hosts: [b.example.com] }]",
            );
        let of = |models: &str| {
            let rule = format!("[analysts] }}\n      models: [{models}]\n      versions: [\"3\"]");
            let access = ACCESS.replace(model, &both).replace("[analysts] }", &rule);
            codes(&[("g", &gate), ("a", &access)])
        };
        assert_eq!(of("churn-a"), [""; 0]);
        assert_eq!(of("churn-k"), ["MG0326"]);
        assert_eq!(of("churn-*"), ["MG0326"]);
    }
}
