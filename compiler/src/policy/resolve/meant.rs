//! Which models and servers a rule means.

use std::collections::BTreeSet;

use policies::action::Action;
use policies::bundle::Api;
use policies::profile::server_name;

use crate::checks::actions::Groups;
use crate::checks::grammar::covers;
use crate::policy::{Gate, Model};
use crate::syntax::access::Rule;

/// What the rules of a file can speak of.
pub(crate) struct Meant<'a> {
    namespace: &'a str,
    models: &'a [Model],
    /// the namespace's servers of many models, and what they speak
    servers: Vec<(Api, String)>,
}

impl<'a> Meant<'a> {
    /// For a file of this namespace with these models.
    pub(crate) fn new(models: &'a [Model], gate: &Gate, namespace: &'a str) -> Self {
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

    /// The models of a rule for which these are written, or none, and servers. An allow rule opens the servers of its models as well: their
    /// health, their lists, and what else it grants that names no model. A deny rule closes them only where it is about the whole file,
    /// in all versions.
    pub(crate) fn by(
        &self,
        written: Option<&BTreeSet<String>>,
        denies: bool,
        versions: &BTreeSet<String>,
    ) -> BTreeSet<String> {
        let all = || self.models.iter().map(|model| model.name.clone()).collect();
        let named = written.cloned().unwrap_or_else(all);
        if denies && (written.is_some() || !versions.is_empty()) {
            return named;
        }
        let is_named = |model: &&Model| {
            written.is_none_or(|named| named.iter().any(|name| covers(&model.name, name)))
        };
        let spoken = self.models.iter().filter(is_named);
        let spoken: BTreeSet<Api> = spoken.map(|model| model.api).collect();
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

/// The models that the rule names, where it does.
pub(super) fn written(rule: &Rule) -> Option<BTreeSet<String>> {
    let written = rule.models.as_ref()?.iter();
    Some(written.map(|name| name.value.clone()).collect())
}

/// Which versions of the models.
pub(super) fn versions(rule: &Rule) -> BTreeSet<String> {
    let written = rule.versions.iter().flatten();
    written.map(|version| version.value.clone()).collect()
}

/// The servers of a namespace that are not one model, and what they speak.
fn servers(gate: &Gate, namespace: &str) -> Vec<(Api, String)> {
    let own = gate
        .namespaces
        .iter()
        .filter(|owner| owner.name == namespace);
    own.flat_map(|owner| &owner.backends)
        .filter(|backend| !backend.api.profile().one_model_a_backend())
        .map(|backend| (backend.api, server_name(&backend.service)))
        .collect()
}
