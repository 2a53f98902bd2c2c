//! Which models and servers a rule means.

use std::collections::BTreeSet;

use policies::action::Action;
use policies::bundle::Api;
use policies::profile::server_name;

use crate::checks::actions::Groups;
use crate::checks::grammar::covers;
use crate::policy::Model;
use crate::syntax::ModelGate;
use crate::syntax::access::Rule;

/// What the rules of a file can speak of.
pub(super) struct Meant<'a> {
    namespace: &'a str,
    models: &'a [Model],
    /// the namespace's servers of many models, and what they speak
    servers: Vec<(Api, String)>,
}

impl<'a> Meant<'a> {
    /// For a file of this namespace with these models.
    pub(super) fn new(models: &'a [Model], gate: &ModelGate, namespace: &'a str) -> Self {
        Self {
            namespace,
            models,
            servers: servers(gate, namespace),
        }
    }

    /// The file's namespace.
    pub(super) const fn namespace(&self) -> &'a str {
        self.namespace
    }

    /// What may be done, groups resolved.
    pub(super) fn actions(
        &self,
        rule: &Rule,
        denies: bool,
        groups: &Groups<'_>,
    ) -> Option<BTreeSet<Action>> {
        let Some(can) = &rule.can else {
            return Some(usual(denies));
        };
        let mut actions = BTreeSet::new();
        for name in can {
            actions.extend(groups.meant(self.namespace, &name.value)?);
        }
        Some(actions)
    }

    /// An allow rule opens the servers of its models as well: their health, their lists, and what else it grants that names no model.
    /// A deny rule closes them only where it is about the whole file, in all versions.
    pub(super) fn by(&self, rule: &Rule, denies: bool) -> BTreeSet<String> {
        let written = rule.models.as_deref();
        let named: BTreeSet<String> = match written {
            Some(written) => written.iter().map(|name| name.value.clone()).collect(),
            None => self.models.iter().map(|model| model.name.clone()).collect(),
        };
        if denies && (written.is_some() || rule.versions.is_some()) {
            return named;
        }
        let spoken: BTreeSet<Api> = self
            .models
            .iter()
            .filter(|model| named.iter().any(|name| covers(&model.name, name)))
            .map(|model| model.api)
            .collect();
        let servers = self.servers.iter().filter(|(api, _)| spoken.contains(api));
        let servers: Vec<String> = servers.map(|(_, name)| name.clone()).collect();
        named.into_iter().chain(servers).collect()
    }
}

/// Those of `can` that are actions; the usual ones where there are none.
pub(super) fn known_actions(rule: &Rule, denies: bool) -> BTreeSet<Action> {
    let names = rule.can.iter().flatten();
    let groups = Groups::new(&[]);
    let known: BTreeSet<Action> = names
        .filter_map(|name| groups.meant("", &name.value))
        .flatten()
        .collect();
    if known.is_empty() {
        usual(denies)
    } else {
        known
    }
}

/// An allow rule grants `predict` unless it says more; a deny rule takes everything unless it says less.
fn usual(denies: bool) -> BTreeSet<Action> {
    if denies {
        return Action::ALL.into_iter().collect();
    }
    Action::Predict.members().iter().copied().collect()
}

/// Which versions of the models.
pub(super) fn versions(rule: &Rule) -> BTreeSet<String> {
    let written = rule.versions.iter().flatten();
    written.map(|version| version.value.clone()).collect()
}

/// The servers of a namespace that are not one model, and what they speak.
fn servers(gate: &ModelGate, namespace: &str) -> Vec<(Api, String)> {
    let own = gate
        .namespaces
        .iter()
        .filter(|owner| owner.name.value == namespace);
    own.flat_map(|owner| &owner.backends)
        .filter_map(|backend| Some((backend.api?.value, &backend.service)))
        .filter(|(api, _)| !api.profile().one_model_a_backend())
        .map(|(api, service)| (api, server_name(&service.value)))
        .collect()
}
