//! A `ModelGate` document: whose tokens are accepted, who owns what, and where the filter sits.

use policies::bundle::{Api, BodyMode, BodyPolicy, Reselecting};
use serde_json::json;

use crate::diagnostic::Diagnostic;
use crate::source::Span;

use super::fields::Fields;
use super::grants::Grants;
use super::issuer::{self, Issuer};
use super::metadata::Metadata;
use super::quantity;
use super::value::Value;
use super::{Spanned, Text};

/// A `ModelGate` as written.
#[derive(Debug, Clone)]
pub struct ModelGate {
    /// its first line
    pub span: Span,
    /// `metadata.name`
    pub name: Text,
    /// `spec.issuers`
    pub issuers: Vec<Issuer>,
    /// `spec.defaultIssuer`
    pub default_issuer: Option<Text>,
    /// `spec.trustDomain`
    pub trust_domain: Option<Text>,
    /// `spec.namespaces`
    pub namespaces: Vec<Namespace>,
    /// `spec.install`
    pub install: Vec<Install>,
    /// `spec.body`
    pub body: Body,
    /// `spec.identityHeaders`
    pub identity_headers: Option<IdentityHeaders>,
    /// `spec.reselectingHeaders`
    pub reselecting_headers: Reselecting,
    /// `spec.hideModels`
    pub hide_models: bool,
    /// `spec.audit.batch`
    pub batch_audit: bool,
    /// `spec.guardrails`
    pub guardrails: Option<Text>,
    /// `spec.grants`
    pub grants: Option<Grants>,
    /// `spec.timeZones`
    pub time_zones: Vec<Text>,
    /// `spec.conditions`
    pub conditions: Conditions,
}

/// `spec.conditions`.
#[derive(Debug, Clone, Default)]
pub struct Conditions {
    /// header fields that conditions can ask for
    pub headers: Vec<Text>,
    /// whether they can ask for the client's address
    pub address: bool,
}

/// An item of `spec.namespaces`.
#[derive(Debug, Clone)]
pub struct Namespace {
    /// Kubernetes namespace
    pub name: Text,
    /// its host names
    pub hosts: Vec<Text>,
    /// its model servers
    pub backends: Vec<Backend>,
}

/// An item of a namespace's `backends`.
#[derive(Debug, Clone)]
pub struct Backend {
    /// Kubernetes service
    pub service: Text,
    /// protocol; `None` where a problem was reported
    pub api: Option<Spanned<Api>>,
    /// its own hosts, if it has not all of the namespace's
    pub hosts: Option<Vec<Text>>,
    /// port of the service
    pub port: u16,
    /// label of its pods, if it is written
    pub pods: Option<(Text, Text)>,
}

/// An item of `spec.install`.
#[derive(Debug, Clone)]
pub struct Install {
    /// name of the target
    pub name: Text,
    /// which proxies; `None` where a problem was reported
    pub place: Option<Place>,
}

/// Which proxies an install target covers.
#[derive(Debug, Clone)]
pub enum Place {
    /// `gateway`
    Gateway {
        /// namespace of the gateway's pods
        namespace: Text,
        /// labels of the gateway's pods
        labels: Vec<(Text, Text)>,
    },
    /// `sidecars`
    Sidecars {
        /// namespaces of the workloads
        namespaces: Vec<Text>,
    },
}

/// `spec.body`.
#[derive(Debug, Clone, Copy)]
pub struct Body {
    /// mode and limit
    pub policy: BodyPolicy,
    /// where the mode is written
    pub span: Span,
}

/// `spec.identityHeaders`.
#[derive(Debug, Clone)]
pub struct IdentityHeaders {
    /// the user's name
    pub user: Option<Text>,
    /// the groups
    pub groups: Option<Text>,
    /// the service account's name
    pub service_account: Option<Text>,
    /// the issuer's short name
    pub issuer: Option<Text>,
}

impl IdentityHeaders {
    /// Those that are written.
    pub fn names(&self) -> impl Iterator<Item = &Text> {
        let all = [
            &self.user,
            &self.groups,
            &self.service_account,
            &self.issuer,
        ];
        all.into_iter().flatten()
    }
}

const DEFAULT_LIMIT: u64 = 1 << 20;
const LARGEST_LIMIT: u64 = 16 << 20;
const DEFAULT_PORT: u64 = 80;

impl ModelGate {
    /// Reads the rest of a document of this kind.
    pub(super) fn read(mut document: Fields<'_>) -> Option<Self> {
        let span = document.span();
        let metadata = Metadata::of_the_mesh(&mut document);
        let spec = document
            .required("spec")
            .and_then(|value| value.fields("`spec`"));
        document.finish();
        let (metadata, mut spec) = (metadata?, spec?);
        only_native(spec.optional("floor"));
        let gate = Self {
            span,
            name: metadata.name,
            issuers: spec.list("issuers", issuer::read),
            default_issuer: spec.optional_text("defaultIssuer"),
            trust_domain: spec.optional_text("trustDomain"),
            namespaces: spec.list("namespaces", namespace),
            install: spec.list("install", install),
            body: body(spec.optional("body"), span),
            identity_headers: spec.optional("identityHeaders").and_then(identity_headers),
            reselecting_headers: reselecting(spec.optional("reselectingHeaders")),
            hide_models: spec.flag("hideModels"),
            batch_audit: audit(spec.optional("audit")),
            guardrails: spec.optional_text("guardrails"),
            grants: spec.optional("grants").and_then(Grants::read),
            time_zones: spec.optional_texts("timeZones").unwrap_or_default(),
            conditions: spec
                .optional("conditions")
                .and_then(conditions)
                .unwrap_or_default(),
        };
        spec.finish();
        Some(gate)
    }
}

fn only_native(floor: Option<Value<'_>>) {
    let Some(floor) = floor else { return };
    if floor.scalar() == Some("attested") {
        let message = "`floor: attested` is not supported yet";
        floor.report(
            Diagnostic::error("MG0201", floor.span(), message)
                .with_help("write `native`, or delete the line"),
        );
        return;
    }
    floor.choice(&[("native", ())]);
}

fn reselecting(value: Option<Value<'_>>) -> Reselecting {
    let choices = [
        ("refuse", Reselecting::Refuse),
        ("remove", Reselecting::Remove),
    ];
    value
        .and_then(|value| value.choice(&choices))
        .map_or_else(Reselecting::default, |choice| choice.value)
}

/// Whether lines are gathered.
fn audit(audit: Option<Value<'_>>) -> bool {
    let Some(mut fields) = audit.and_then(|value| value.fields("`audit`")) else {
        return false;
    };
    fields
        .required("level")
        .and_then(|value| value.choice(&[("decision", ())]));
    let batch = fields.flag("batch");
    fields.finish();
    batch
}

fn conditions(value: Value<'_>) -> Option<Conditions> {
    let mut fields = value.fields("`conditions`")?;
    let conditions = Conditions {
        headers: fields.optional_texts("headers").unwrap_or_default(),
        address: fields.flag("address"),
    };
    fields.rule(|| json!({ "minProperties": 1 }));
    if fields.is_empty() {
        let message = "`conditions` names nothing";
        let help = "name header fields in `headers`, say `address: true`, or delete the field";
        value.report(Diagnostic::error("MG0106", value.span(), message).with_help(help));
    }
    fields.finish();
    Some(conditions)
}

fn identity_headers(value: Value<'_>) -> Option<IdentityHeaders> {
    let mut fields = value.fields("`identityHeaders`")?;
    let headers = IdentityHeaders {
        user: fields.optional_text("user"),
        groups: fields.optional_text("groups"),
        service_account: fields.optional_text("serviceAccount"),
        issuer: fields.optional_text("issuer"),
    };
    fields.rule(|| json!({ "minProperties": 1 }));
    if fields.is_empty() {
        let help =
            "name a header for `user`, `groups`, `serviceAccount` or `issuer`, or delete the field";
        let message = "`identityHeaders` names no header";
        value.report(Diagnostic::error("MG0106", value.span(), message).with_help(help));
    }
    fields.finish();
    Some(headers)
}

fn namespace(value: Value<'_>) -> Option<Namespace> {
    let mut fields = value.fields("a namespace")?;
    let namespace = Namespace {
        name: fields.text("name"),
        hosts: fields.texts("hosts"),
        backends: fields.list("backends", backend),
    };
    fields.finish();
    Some(namespace)
}

fn backend(value: Value<'_>) -> Option<Backend> {
    let mut fields = value.fields("a backend")?;
    let apis = Api::ALL.map(|api| (api.name(), api));
    let port = fields
        .optional("port")
        .and_then(|value| value.number(1, 65_535))
        .unwrap_or(DEFAULT_PORT);
    let backend = Backend {
        service: fields.text("service"),
        api: fields.required("api").and_then(|value| value.choice(&apis)),
        hosts: fields.optional_texts("hosts"),
        port: u16::try_from(port).unwrap_or_default(),
        pods: fields.optional("pods").and_then(pods),
    };
    fields.finish();
    Some(backend)
}

/// One label: a pod that has it is the backend's.
fn pods(value: Value<'_>) -> Option<(Text, Text)> {
    let fields = value.fields("`pods`")?;
    fields.rule(|| json!({ "minProperties": 1, "maxProperties": 1 }));
    let mut labels = fields
        .free()
        .map(|(key, value)| (key.clone(), value.text()));
    match (labels.next(), labels.next()) {
        (Some(label), None) => Some(label),
        _ => {
            let message = "`pods` takes one label";
            let help = "write the label that all pods of the backend have and no others, such as `{ app: NAME }`";
            value.report(Diagnostic::error("MG0106", value.span(), message).with_help(help));
            None
        }
    }
}

fn install(value: Value<'_>) -> Option<Install> {
    let mut fields = value.fields("an install target")?;
    let name = fields.text("name");
    let (gateway, sidecars) = (fields.optional("gateway"), fields.optional("sidecars"));
    fields.rule(|| json!({ "oneOf": [{ "required": ["gateway"] }, { "required": ["sidecars"] }] }));
    if let Some((gateway, sidecars)) = gateway.zip(sidecars) {
        gateway.record(at_gateway);
        sidecars.record(at_sidecars);
    }
    let place = match (gateway, sidecars) {
        (Some(value), None) => at_gateway(value),
        (None, Some(value)) => at_sidecars(value),
        (first, _) => {
            let span = first.map_or(fields.span(), Value::span);
            let message = match first {
                Some(_) => {
                    "an install target has either `gateway` or `sidecars`; two places are two targets"
                }
                None => "an install target needs `gateway` or `sidecars`",
            };
            value.report(Diagnostic::error("MG0109", span, message));
            None
        }
    };
    fields.finish();
    Some(Install { name, place })
}

fn at_gateway(value: Value<'_>) -> Option<Place> {
    let mut fields = value.fields("`gateway`")?;
    let namespace = fields.text("namespace");
    let written = fields
        .required("labels")
        .and_then(|value| value.fields("`labels`").map(|labels| (value, labels)));
    let labels = written
        .map(|(value, fields)| labels(value, fields))
        .unwrap_or_default();
    fields.finish();
    Some(Place::Gateway { namespace, labels })
}

fn labels(value: Value<'_>, fields: Fields<'_>) -> Vec<(Text, Text)> {
    fields.rule(|| json!({ "minProperties": 1 }));
    let labels: Vec<(Text, Text)> = fields
        .free()
        .map(|(key, value)| (key.clone(), value.text()))
        .collect();
    if labels.is_empty() {
        let message = "`labels` selects every pod";
        let help = "name at least one label of the gateway's pods";
        value.report(Diagnostic::error("MG0106", value.span(), message).with_help(help));
    }
    labels
}

fn at_sidecars(value: Value<'_>) -> Option<Place> {
    let mut fields = value.fields("`sidecars`")?;
    let namespaces = fields.texts("namespaces");
    fields.finish();
    Some(Place::Sidecars { namespaces })
}

fn body(value: Option<Value<'_>>, default: Span) -> Body {
    let policy = BodyPolicy {
        mode: BodyMode::Stream,
        limit: DEFAULT_LIMIT,
    };
    let mut body = Body {
        policy,
        span: default,
    };
    let Some(mut fields) = value.and_then(|value| value.fields("`body`")) else {
        return body;
    };
    let modes = [("hold", BodyMode::Hold), ("stream", BodyMode::Stream)];
    if let Some(mode) = fields
        .optional("mode")
        .and_then(|value| value.choice(&modes))
    {
        body.policy.mode = mode.value;
        body.span = mode.span;
    }
    if let Some(limit) = fields
        .optional("limit")
        .and_then(|value| quantity::bytes(value, LARGEST_LIMIT))
    {
        body.policy.limit = limit;
    }
    fields.finish();
    body
}
