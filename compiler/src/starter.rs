//! A first access file, its tests and, where there is none yet, a gate to try them with.

pub mod found;

use policies::bundle::Api;

use crate::checks::grammar;
use crate::checks::names::literal;
use crate::format::{quoted, written};
use crate::syntax::{self, ModelGate, advice, suggest};

/// A model, and the protocol of its server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// name that callers use
    pub name: String,
    /// protocol
    pub api: Api,
}

/// The protocol of this name.
///
/// # Errors
/// Says that there is none, and which one may be meant.
pub fn protocol(text: &str) -> Result<Api, String> {
    let known = Api::ALL.into_iter().find(|known| known.name() == text);
    let names = Api::ALL.map(Api::name);
    known.ok_or_else(|| {
        let help = match advice::word("api", text) {
            Some(meant) => format!("write `{meant}`"),
            None => suggest::help(text, names, "there are"),
        };
        format!("`{text}` is no protocol: {help}")
    })
}

/// The name of one model: the beginning of several is asked for by no request, so that no test could be written.
///
/// # Errors
/// Says what it may be made of.
pub fn model_name(text: &str) -> Result<String, String> {
    let help = "use letters, digits and `._:@/-`, a letter or digit first";
    let name = Some(text).filter(|text| grammar::is_model(text) && !text.ends_with('*'));
    name.map(str::to_owned)
        .ok_or_else(|| format!("`{text}` is no name of a model: {help}"))
}

/// The name of a namespace.
///
/// # Errors
/// Says what it may be made of.
pub fn namespace(text: &str) -> Result<String, String> {
    let help = grammar::LABEL;
    let name = Some(text).filter(|text| grammar::is_label(text));
    name.map(str::to_owned)
        .ok_or_else(|| format!("`{text}` cannot be a namespace: {help}"))
}

/// The name of a group, as somebody answers who is asked for it.
///
/// # Errors
/// Says what is wrong with it, or that it means everyone and names nobody.
pub fn group(text: &str) -> Result<String, String> {
    if advice::ALL.contains(&text) {
        return Err(format!(
            "`{text}` is a group of that name: name one, and write `who: {{ everyone: true }}` into the file if everyone who is signed in is meant"
        ));
    }
    let name = literal(text).map_err(|unclear| format!("{}: {}", unclear.message, unclear.help));
    name.map(|()| text.to_owned())
}

/// What is wanted.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// the team's namespace
    pub namespace: String,
    /// its models; each once
    pub models: Vec<Model>,
    /// who may use them
    pub groups: Vec<String>,
    /// who else may
    pub users: Vec<String>,
    /// whose names groups and users can begin with
    pub issuers: Vec<String>,
}

/// A text for an editor: where it finds the schema of the file.
pub type Modeline<'a> = &'a dyn Fn(&str) -> String;

/// The access file.
#[must_use]
pub fn access(wish: &Wish, modeline: Modeline<'_>) -> String {
    let models: String = wish
        .models
        .iter()
        .map(|model| {
            format!(
                "    - {{ name: {}, api: {} }}\n",
                quoted(&model.name),
                model.api.name()
            )
        })
        .collect();
    let who = [("users", &wish.users), ("groups", &wish.groups)];
    let who: Vec<String> = who
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(kind, names)| format!("{kind}: [{}]", list(names)))
        .collect();
    written(&format!(
        "{}# Which models the team has, and who may use them. Nobody else may.\napiVersion: {}\nkind: ModelAccess\nmetadata: {{ namespace: \
         {ns}, name: models }}\nspec:\n  models:\n{models}  allow:\n    - who: {{ {} }}\n      can: [predict]\n",
        modeline("access"),
        syntax::API_VERSION,
        who.join(", "),
        ns = quoted(&wish.namespace),
    ))
}

/// Tests: one of the allowed may, somebody else and nobody may not. `host` is the one that leads to a model.
#[must_use]
pub fn tests(
    wish: &Wish,
    host: &dyn Fn(&Model) -> Option<String>,
    modeline: Modeline<'_>,
) -> String {
    let allowed = match (wish.users.first(), wish.groups.first()) {
        (Some(user), _) => format!("{{ user: {} }}", quoted(user)),
        (None, group) => member(group.map_or("", String::as_str), &wish.issuers),
    };
    let mut cases = String::new();
    for model in &wish.models {
        let host = host(model).unwrap_or_default();
        let (path, body) = usual(&wish.namespace, model);
        let request = format!(
            "{{ method: POST, host: {}, path: {}, body: {} }}",
            quoted(&host),
            quoted(&path),
            quoted(&body)
        );
        for (what, who, expect) in [
            (
                "may be used by whom the rule names",
                allowed.as_str(),
                "{ verdict: allow }",
            ),
            (
                "may not be used by somebody else",
                "{ user: somebody-else }",
                "{ verdict: deny, reason: not_permitted }",
            ),
            (
                "may not be used without a token",
                "{ nobody: true }",
                "{ verdict: deny, reason: token_missing }",
            ),
        ] {
            let name = quoted(&format!("{} {what}", model.name));
            cases += &format!(
                "    - name: {name}\n      who: {who}\n      request: {request}\n      expect: {expect}\n"
            );
        }
    }
    written(&format!(
        "{}# What must hold: run by `modelgate test`.\napiVersion: {}\nkind: AccessTest\nmetadata: {{ namespace: {}, name: models }}\nspec:\n  \
         tests:\n{cases}",
        modeline("test"),
        syntax::API_VERSION,
        quoted(&wish.namespace)
    ))
}

/// Somebody in a group, as a test says it: the user has the issuer's name, and groups are called as in the token.
fn member(group: &str, issuers: &[String]) -> String {
    let named = group.split_once('/');
    let named = named.filter(|(issuer, _)| issuers.iter().any(|known| known == issuer));
    match named {
        Some((issuer, name)) => {
            let user = quoted(&format!("{issuer}/someone"));
            format!("{{ user: {user}, groups: [{}] }}", quoted(name))
        }
        None => format!("{{ user: someone, groups: [{}] }}", quoted(group)),
    }
}

/// The name of the issuer of a gate made by [`gate`].
pub const OWN_ISSUER: &str = "corp";

/// A gate to begin with: its issuer is an example, which the administrator replaces.
#[must_use]
pub fn gate(wish: &Wish, modeline: Modeline<'_>) -> String {
    let namespace = quoted(&wish.namespace);
    let (mut hosts, mut backends) = (Vec::new(), String::new());
    let mut seen = Vec::new();
    for model in &wish.models {
        let service = service(model);
        if seen.contains(&service) {
            continue;
        }
        let host = own_host(&wish.namespace, model);
        backends += &format!(
            "        - {{ service: {}, api: {}, hosts: [{host}] }}\n",
            quoted(&service),
            model.api.name()
        );
        hosts.push(host);
        seen.push(service);
    }
    written(&format!(
        "{}# The administrator's file, to begin with. Replace the issuer and the hosts by your own.\napiVersion: {}\nkind: ModelGate\n\
         metadata: {{ name: default }}\nspec:\n  issuers:\n    - name: {OWN_ISSUER}\n      issuer: https://id.example.com/realms/ml\n      \
         audiences: [ml-models]\n      jwksUri: https://id.example.com/realms/ml/certs\n      claims: {{ user: email, groups: groups \
         }}\n  namespaces:\n    - name: {namespace}\n      hosts: [{}]\n      backends:\n{backends}  install:\n    - name: edge\n      \
         gateway: {{ namespace: istio-system, labels: {{ istio: ingressgateway }} }}\n",
        modeline("gate"),
        syntax::API_VERSION,
        hosts.join(", "),
    ))
}

/// The host that leads to a model by a gate made by [`gate`].
#[must_use]
pub fn own_host(namespace: &str, model: &Model) -> String {
    let label: String = service(model).chars().take(40).collect();
    format!("{label}.{namespace}.models.example.com")
}

/// The host that leads to a model by a gate that is there.
#[must_use]
pub fn host_in(gate: &ModelGate, namespace: &str, model: &Model) -> Option<String> {
    let namespace = gate
        .namespaces
        .iter()
        .find(|found| found.name.value == namespace)?;
    let fits = namespace.backends.iter().find(|backend| {
        let speaks = backend.api.is_some_and(|api| api.value == model.api);
        speaks && (!is_backend(model.api) || backend.service.value == model.name)
    })?;
    let hosts = fits.hosts.as_ref().unwrap_or(&namespace.hosts);
    hosts.first().map(|host| host.value.clone())
}

/// Why no host leads to a model by a gate that is there, and what it has.
#[must_use]
pub fn no_host(gate: &ModelGate, namespace: &str, model: &Model) -> String {
    let owned = gate
        .namespaces
        .iter()
        .find(|owned| owned.name.value == namespace);
    let Some(owned) = owned else {
        let names = gate
            .namespaces
            .iter()
            .map(|owned| owned.name.value.as_str());
        let help = suggest::help(namespace, names, "there are");
        return format!("the gate has no namespace `{namespace}`: {help}");
    };
    let backends = owned.backends.iter().map(|backend| {
        let api = backend.api.map_or("", |api| api.value.name());
        format!("`{}` with `{api}`", backend.service.value)
    });
    let backends: Vec<String> = backends.collect();
    format!(
        "no backend of `{namespace}` in the gate leads to `{}` with `{}`: there are {}",
        model.name,
        model.api.name(),
        backends.join(", ")
    )
}

/// Whether a server of this protocol has one model, which is known by its service.
const fn is_backend(api: Api) -> bool {
    matches!(api, Api::Seldon | Api::BentoMl | Api::MlFlow)
}

fn service(model: &Model) -> String {
    if is_backend(model.api) {
        return model.name.clone();
    }
    format!("{}-server", model.api.name())
}

/// Path and body of a request that uses a model.
#[must_use]
pub fn usual(namespace: &str, model: &Model) -> (String, String) {
    let name = &model.name;
    let path = match model.api {
        Api::Seldon => format!("/seldon/{namespace}/{name}/api/v1.0/predictions"),
        Api::SeldonV2 | Api::OpenInference | Api::Triton => format!("/v2/models/{name}/infer"),
        Api::KServe | Api::TfServing => format!("/v1/models/{name}:predict"),
        Api::OpenAi => "/v1/chat/completions".into(),
        Api::Anthropic => "/v1/messages".into(),
        Api::BentoMl => "/predict".into(),
        Api::MlFlow => "/invocations".into(),
        Api::TorchServe => format!("/predictions/{name}"),
    };
    let body = match model.api {
        Api::OpenAi | Api::Anthropic => format!(
            "{{\"model\":{},\"messages\":[]}}",
            serde_json::Value::from(name.as_str())
        ),
        _ => "{}".into(),
    };
    (path, body)
}

fn list<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    names
        .into_iter()
        .map(|name| quoted(name))
        .collect::<Vec<_>>()
        .join(", ")
}
