//! From what was written to the validated form. What comes out counts where every check has passed: whatever is still missing
//! then is `None`.

use std::collections::{BTreeMap, BTreeSet};

use policies::bundle::{Api, IdentityHeaders, PodLabel};

use crate::checks::actions::Groups;
use crate::checks::backends;
use crate::checks::names::Names;
use crate::checks::roles::ByName;
use crate::syntax::{self, ModelAccess, ModelGate, Roles, Text};

use super::{
    AccessFile, Attributes, Backend, CedarText, Floor, Gate, Grants, Install, Model, Namespace,
    Place, Policy, Rule, Term, Until,
};

mod issuer;
mod meant;
mod who;

pub(crate) use meant::Meant;
use who::{Known, accounts, grants, headers, who, zones};

const TRUST_DOMAIN: &str = "cluster.local";

/// The policy of a gate and its access files.
#[must_use]
pub(crate) fn resolve(gate: &ModelGate, files: &[ModelAccess], roles: &[Roles]) -> Option<Policy> {
    let known = Known {
        names: Names::new(gate),
        roles: ByName::new(roles),
        groups: Groups::new(roles),
    };
    let gate = resolve_gate(gate, &known.names)?;
    let mut files = files
        .iter()
        .map(|file| access_file(file, &known, &gate))
        .collect::<Option<Vec<_>>>()?;
    files.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
    Some(Policy {
        gate,
        files,
        roles: who::groups_of_roles(roles, &known.names),
    })
}

/// Nothing but the Cedar of the files, every name replaced: enough to tell what is wrong with it beside all other problems.
#[must_use]
pub(crate) fn only_cedar(gate: &ModelGate, files: &[ModelAccess]) -> Policy {
    const NAME: &str = "x";
    let of_file = |file: &ModelAccess| {
        let allow = file.allow.iter().map(|rule| (rule, false));
        let written = allow.chain(file.deny.iter().map(|rule| (rule, true)));
        written.filter_map(only_condition).collect::<Vec<Rule>>()
    };
    let file = AccessFile {
        namespace: NAME.to_owned(),
        name: NAME.to_owned(),
        models: Vec::new(),
        rules: files.iter().flat_map(of_file).collect(),
    };
    let gate = Gate {
        name: NAME.to_owned(),
        issuers: Vec::new(),
        default_issuer: None,
        namespaces: Vec::new(),
        installs: Vec::new(),
        body: gate.body.policy,
        floor: Floor::Native,
        trust_domain: TRUST_DOMAIN.to_owned(),
        identity_headers: None,
        reselecting_headers: gate.reselecting_headers,
        hide_models: gate.hide_models,
        batch_audit: gate.batch_audit,
        attributes: attributes(gate),
        guardrails: cedar(gate.guardrails.as_ref()).flatten(),
        grants: Grants::default(),
        zones: zones(gate),
        headers: headers(gate),
        address: gate.conditions.address,
    };
    Policy {
        gate,
        files: vec![file],
        roles: BTreeMap::new(),
    }
}

fn only_condition((rule, denies): (&syntax::access::Rule, bool)) -> Option<Rule> {
    let id = format!("x/x/{}[{}]", rule.span.source, rule.span.start);
    Some(Rule {
        id,
        denies,
        everyone: false,
        all: Vec::new(),
        who: BTreeSet::from([Term::User("x/x".to_owned())]),
        through: BTreeSet::new(),
        actions: meant::known_actions(rule, denies),
        models: BTreeSet::from(["x".to_owned()]),
        whole: true,
        versions: BTreeSet::new(),
        when: Some(cedar(rule.when.as_ref()).flatten()?),
        until: None,
        because: None,
        span: rule.span,
    })
}

fn resolve_gate(gate: &ModelGate, names: &Names<'_>) -> Option<Gate> {
    let position = |name: &str| {
        gate.issuers
            .iter()
            .position(|issuer| issuer.name.value == name)
    };
    let default_issuer = match &gate.default_issuer {
        Some(name) => Some(position(&name.value)?),
        None => (gate.issuers.len() == 1).then_some(0),
    };
    Some(Gate {
        name: gate.name.value.clone(),
        issuers: gate
            .issuers
            .iter()
            .map(issuer::resolve)
            .collect::<Option<_>>()?,
        default_issuer,
        namespaces: gate
            .namespaces
            .iter()
            .map(namespace)
            .collect::<Option<_>>()?,
        installs: gate.install.iter().map(install).collect::<Option<_>>()?,
        body: gate.body.policy,
        floor: Floor::Native,
        trust_domain: gate
            .trust_domain
            .as_ref()
            .map_or_else(|| TRUST_DOMAIN.to_owned(), |text| text.value.clone()),
        attributes: attributes(gate),
        identity_headers: gate.identity_headers.as_ref().map(identity_headers),
        reselecting_headers: gate.reselecting_headers,
        hide_models: gate.hide_models,
        batch_audit: gate.batch_audit,
        guardrails: cedar(gate.guardrails.as_ref())?,
        grants: grants(gate, names)?,
        zones: zones(gate),
        headers: headers(gate),
        address: gate.conditions.address,
    })
}

/// Of all issuers; the checks have seen that they agree.
fn attributes(gate: &ModelGate) -> Attributes {
    let issuers = gate.issuers.iter();
    let attributes = issuers.flat_map(|issuer| &issuer.claims.attributes);
    attributes
        .filter(|attribute| crate::syntax::issuer::is_name(&attribute.name.value))
        .map(|attribute| (attribute.name.value.clone(), attribute.kind))
        .collect()
}

fn identity_headers(headers: &syntax::gate::IdentityHeaders) -> IdentityHeaders {
    let name = |text: &Option<Text>| text.as_ref().map(|text| text.value.clone());
    IdentityHeaders {
        user: name(&headers.user),
        groups: name(&headers.groups),
        service_account: name(&headers.service_account),
        issuer: name(&headers.issuer),
    }
}

fn namespace(namespace: &syntax::gate::Namespace) -> Option<Namespace> {
    let backend = |backend: &syntax::gate::Backend| {
        Some(Backend {
            service: backend.service.value.clone(),
            api: backend.api?.value,
            hosts: values(backends::hosts(namespace, backend)),
            port: backend.port,
            pods: pods(backend)?,
        })
    };
    Some(Namespace {
        name: namespace.name.value.clone(),
        hosts: values(&namespace.hosts),
        backends: namespace
            .backends
            .iter()
            .map(backend)
            .collect::<Option<_>>()?,
    })
}

/// The label that is written, else the one that the protocol's own operator gives its pods.
fn pods(backend: &syntax::gate::Backend) -> Option<PodLabel> {
    let (name, value) = match &backend.pods {
        Some((name, value)) => (name.value.clone(), value.value.clone()),
        None => {
            let label = backend.api?.value.profile().pod_label;
            (label.to_owned(), backend.service.value.clone())
        }
    };
    Some(PodLabel { name, value })
}

fn install(install: &syntax::gate::Install) -> Option<Install> {
    let place = match install.place.as_ref()? {
        syntax::gate::Place::Gateway { namespace, labels } => Place::Gateway {
            namespace: namespace.value.clone(),
            labels: labels
                .iter()
                .map(|(name, value)| (name.value.clone(), value.value.clone()))
                .collect(),
        },
        syntax::gate::Place::Sidecars { namespaces } => Place::Sidecars {
            namespaces: values(namespaces),
        },
    };
    Some(Install {
        name: install.name.value.clone(),
        place,
    })
}

fn access_file(file: &ModelAccess, known: &Known<'_>, gate: &Gate) -> Option<AccessFile> {
    let model = |model: &syntax::access::Model| {
        let api: Api = model.api?.value;
        Some(Model {
            name: model.name.value.clone(),
            api,
            public: model.public,
            span: model.name.span,
        })
    };
    let models = file.models.iter().map(model).collect::<Option<Vec<_>>>()?;
    let meant = Meant::new(&models, gate, &file.namespace.value);
    let numbered = |rules: &[syntax::access::Rule], kind: &str| {
        let id = |index: usize| {
            format!(
                "{}/{}/{kind}[{index}]",
                file.namespace.value, file.name.value
            )
        };
        let each = |(index, written)| rule(written, id(index), kind == "deny", known, &meant);
        rules
            .iter()
            .enumerate()
            .map(each)
            .collect::<Option<Vec<Rule>>>()
    };
    let (mut rules, deny) = (
        numbered(&file.allow, "allow")?,
        numbered(&file.deny, "deny")?,
    );
    rules.extend(deny);
    Some(AccessFile {
        namespace: file.namespace.value.clone(),
        name: file.name.value.clone(),
        models,
        rules,
    })
}

fn rule(
    rule: &syntax::access::Rule,
    id: String,
    denies: bool,
    known: &Known<'_>,
    meant: &Meant<'_>,
) -> Option<Rule> {
    let names = &known.names;
    let (who, all) = who(&rule.who, known, meant.namespace())?;
    let versions = meant::versions(rule);
    Some(Rule {
        id,
        denies,
        everyone: rule.who.everyone,
        who,
        all,
        through: accounts(&rule.who.through, names).collect::<Option<_>>()?,
        actions: meant.actions(rule, denies, &known.groups)?,
        models: meant.by(meant::written(rule).as_ref(), denies, &versions),
        whole: rule.models.is_none(),
        versions,
        when: cedar(rule.when.as_ref())?,
        until: match &rule.until {
            Some(text) => Some(until(text)?),
            None => None,
        },
        because: rule.because.as_ref().map(|text| text.value.clone()),
        span: rule.span,
    })
}

fn until(text: &Text) -> Option<Until> {
    Some(Until {
        ends: syntax::timestamp::end(&text.value)?,
        text: text.value.clone(),
        span: text.span,
    })
}

/// `None` where something else than a text stood there.
fn cedar(text: Option<&Text>) -> Option<Option<CedarText>> {
    let Some(text) = text else { return Some(None) };
    let cedar = CedarText {
        text: text.value.clone(),
        span: text.span,
    };
    (!text.value.is_empty()).then_some(Some(cedar))
}

fn values(texts: &[Text]) -> Vec<String> {
    texts.iter().map(|text| text.value.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use policies::action::Action;

    use crate::checks::vectors::{ACCESS, GATE};
    use crate::policy::{Address, Keys};
    use crate::source::Source;

    fn policy(access: &str) -> Policy {
        let source = |name: &str, text: &str| Source {
            name: name.into(),
            bytes: text.as_bytes().to_vec(),
        };
        let (loaded, diagnostics) =
            crate::load(&[source("gate.yaml", GATE), source("a.yaml", access)]);
        assert_eq!(diagnostics, []);
        loaded.unwrap().policy
    }

    #[test]
    fn names_and_defaults_are_resolved() {
        let text = format!(
            "{ACCESS}  deny:\n    - who: {{ users: [eve], serviceAccounts: [a/b] }}\n      models: [churn-x]\n"
        );
        let file = policy(&text).files.remove(0);
        let [allow, deny] = file.rules.as_slice() else {
            panic!("two rules")
        };
        assert_eq!(
            (allow.id.as_str(), deny.id.as_str()),
            ("risk/models/allow[0]", "risk/models/deny[0]")
        );
        assert_eq!(
            allow.who,
            BTreeSet::from([Term::Group("corp/analysts".into())])
        );
        assert_eq!(
            deny.who,
            BTreeSet::from([
                Term::User("corp/eve".into()),
                Term::ServiceAccount("a/b".into())
            ])
        );
        assert_eq!(
            allow.actions,
            Action::Predict.members().iter().copied().collect()
        );
        assert_eq!(deny.actions.len(), Action::ALL.len());
        // the server goes with an allowed model, but not with a denied one
        let both = ["@score".to_owned(), "churn-*".to_owned()];
        assert_eq!(allow.models, BTreeSet::from(both));
        assert_eq!(deny.models, BTreeSet::from(["churn-x".to_owned()]));
    }

    #[test]
    fn the_gate_gets_its_defaults() {
        let gate = policy(ACCESS).gate;
        assert_eq!(
            (
                gate.default_issuer,
                gate.trust_domain.as_str(),
                gate.body.limit
            ),
            (Some(0), "cluster.local", 1 << 20)
        );
        assert_eq!(gate.namespaces[0].backends[0].hosts, ["fraud.example.com"]);
        assert_eq!(
            (gate.issuers[0].skew, gate.issuers[0].algorithms.len()),
            (60, 2)
        );
        let keys = Keys::Remote(Address {
            tls: true,
            host: "id.example.com".into(),
            port: 443,
            path: "/certs".into(),
        });
        assert_eq!(gate.issuers[0].keys, keys);
    }
}
