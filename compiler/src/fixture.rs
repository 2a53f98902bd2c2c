//! Small policies for unit tests, put together by hand: the tests of the back do not depend on the front.

use std::collections::{BTreeMap, BTreeSet};

use policies::action::Action;
use policies::bundle::{
    Algorithm, Api, BodyMode, BodyPolicy, ClaimKind, ClaimNames, ServiceAccountClaim,
};

use crate::policy::{
    AccessFile, Address, Attributes, Backend, CedarText, Floor, Gate, Grants, Install, Issuer,
    Keys, Model, Namespace, Place, Policy, Rule, Term, Until,
};
use crate::source::Span;
use crate::syntax::timestamp;

/// Namespaces `fraud` and `risk`, issuers `corp` and `machines`, one gateway and the sidecars of `fraud`.
pub fn policy() -> Policy {
    Policy {
        gate: gate(),
        files: vec![file(
            "fraud",
            &[
                ("fraud-detector", Api::Seldon),
                ("risk-*", Api::OpenInference),
            ],
        )],
        roles: BTreeMap::new(),
    }
}

/// The same with these rules, and guardrails.
pub fn policy_with(rules: Vec<Rule>, guardrails: Option<&str>) -> Policy {
    let mut policy = policy();
    policy.files[0].rules = rules;
    policy.gate.guardrails = guardrails.map(cedar_text);
    policy
}

pub fn file(namespace: &str, models: &[(&str, Api)]) -> AccessFile {
    let model = |(name, api): &(&str, Api)| Model {
        name: (*name).into(),
        api: *api,
        public: false,
        span: Span::default(),
    };
    AccessFile {
        namespace: namespace.into(),
        name: "models".into(),
        models: models.iter().map(model).collect(),
        rules: Vec::new(),
    }
}

pub fn allow(id: &str, who: &[Term], actions: &[Action], models: &[&str]) -> Rule {
    Rule {
        id: format!("fraud/models/{id}"),
        denies: false,
        everyone: false,
        all: Vec::new(),
        who: who.iter().cloned().collect(),
        actions: actions
            .iter()
            .flat_map(|action| action.members().iter().copied())
            .collect(),
        models: models.iter().map(|model| (*model).to_owned()).collect(),
        whole: false,
        through: BTreeSet::new(),
        versions: BTreeSet::new(),
        when: None,
        until: None,
        because: None,
        span: Span {
            line: 7,
            ..Span::default()
        },
    }
}

pub fn deny(id: &str, who: &[Term], actions: &[Action], models: &[&str]) -> Rule {
    Rule {
        denies: true,
        because: Some("they \"may\" not".into()),
        ..allow(id, who, actions, models)
    }
}

pub fn through(rule: Rule, applications: &[Term]) -> Rule {
    Rule {
        through: applications.iter().cloned().collect(),
        ..rule
    }
}

pub fn versions(rule: Rule, versions: &[&str]) -> Rule {
    Rule {
        versions: versions.iter().map(|text| (*text).to_owned()).collect(),
        ..rule
    }
}

pub fn everyone(rule: Rule) -> Rule {
    Rule {
        everyone: true,
        who: BTreeSet::new(),
        ..rule
    }
}

/// Only those of them who are in each of these, too.
pub fn all(rule: Rule, lists: &[&[Term]]) -> Rule {
    let lists = lists.iter().map(|list| list.iter().cloned().collect());
    Rule {
        all: lists.collect(),
        ..rule
    }
}

pub fn when(rule: Rule, text: &str) -> Rule {
    Rule {
        when: Some(cedar_text(text)),
        ..rule
    }
}

pub fn until(rule: Rule, text: &str) -> Rule {
    let until = Until {
        text: text.into(),
        ends: timestamp::end(text).unwrap(),
        span: rule.span,
    };
    Rule {
        until: Some(until),
        ..rule
    }
}

/// On line 20 from column 11, as a literal block has it.
pub fn cedar_text(text: &str) -> CedarText {
    let indentation = if text.trim_end().contains('\n') {
        10 * text.trim_end().matches('\n').count()
    } else {
        0
    };
    let span = Span {
        source: 0,
        start: 500,
        end: 500 + text.len() + indentation,
        line: 20,
        column: 11,
    };
    CedarText {
        text: text.into(),
        span,
    }
}

pub fn user(name: &str) -> Term {
    Term::User(name.into())
}

pub fn group(name: &str) -> Term {
    Term::Group(name.into())
}

pub fn account(name: &str) -> Term {
    Term::ServiceAccount(name.into())
}

/// One of each kind.
fn attributes() -> Attributes {
    let attributes = [
        ("flag", ClaimKind::Boolean),
        ("level", ClaimKind::Number),
        ("mfa", ClaimKind::List),
        ("scope", ClaimKind::Words),
        ("tier", ClaimKind::Text),
    ];
    attributes.map(|(name, kind)| (name.into(), kind)).into()
}

fn gate() -> Gate {
    Gate {
        name: "default".into(),
        issuers: vec![
            issuer(
                "corp",
                "https://id.example.com/realms/ml",
                true,
                "id.example.com",
            ),
            issuer("machines", "http://127.0.0.1:9000", false, "127.0.0.1"),
        ],
        default_issuer: None,
        namespaces: vec![
            namespace(
                "fraud",
                &[
                    ("fraud-detector", Api::Seldon),
                    ("risk-server", Api::OpenInference),
                ],
            ),
            namespace("risk", &[("scorer", Api::BentoMl)]),
        ],
        installs: installs(),
        body: BodyPolicy {
            mode: BodyMode::Hold,
            limit: 1 << 20,
        },
        floor: Floor::Native,
        trust_domain: "cluster.local".into(),
        attributes: attributes(),
        identity_headers: None,
        reselecting_headers: Default::default(),
        hide_models: false,
        batch_audit: false,
        guardrails: None,
        grants: Grants::default(),
        zones: ["Asia/Kolkata", "Europe/Berlin"].map(String::from).into(),
        address: true,
        headers: ["purpose", "x-purpose", "x-ticket"]
            .map(String::from)
            .into(),
    }
}

fn installs() -> Vec<Install> {
    vec![
        Install {
            name: "edge".into(),
            place: Place::Gateway {
                namespace: "istio-system".into(),
                labels: vec![("istio".into(), "ingressgateway".into())],
            },
        },
        Install {
            name: "workloads".into(),
            place: Place::Sidecars {
                namespaces: vec!["fraud".into()],
            },
        },
    ]
}

fn issuer(name: &str, issuer: &str, tls: bool, host: &str) -> Issuer {
    Issuer {
        name: name.into(),
        issuer: issuer.into(),
        audiences: vec!["ml-models".into()],
        algorithms: vec![Algorithm::RS256],
        claims: ClaimNames {
            user: Some(vec!["email".into()]),
            groups: Some(vec!["groups".into()]),
            service_account: Some(ServiceAccountClaim::Named(vec!["azp".into()])),
            ..ClaimNames::default()
        },
        skew: 60,
        keys: Keys::Remote(Address {
            tls,
            host: host.into(),
            port: if tls { 443 } else { 9000 },
            path: "/certs".into(),
        }),
        types: vec!["jwt".into()],
        max_lifetime: None,
        required: Vec::new(),
        keep_keys: 86_400,
        verified_by_istio: false,
    }
}

fn namespace(name: &str, backends: &[(&str, Api)]) -> Namespace {
    let hosts = vec![format!("{name}.models.example.com")];
    let backend = |(service, api): &(&str, Api)| Backend {
        pods: policies::bundle::PodLabel {
            name: api.profile().pod_label.into(),
            value: (*service).into(),
        },
        service: (*service).into(),
        api: *api,
        hosts: hosts.clone(),
        port: 80,
    };
    Namespace {
        name: name.into(),
        backends: backends.iter().map(backend).collect(),
        hosts: hosts.clone(),
    }
}
