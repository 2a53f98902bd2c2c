//! The entity store that the schema describes, for all requests about one policy.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use cedar_policy::{Entities, Entity as CedarEntity, EntityUid, RestrictedExpression};
use policies::principal::{Identity, Subject, Workload};

use crate::cedar::{Entity, Meaning, Names};

use super::boundary::{Caller, Dimensions, Model};
use super::mentions;

/// What every store needs.
pub struct Stores<'a> {
    actions: Vec<CedarEntity>,
    /// every pattern that a policy of no form names, and each namespace as one
    patterns: BTreeSet<String>,
    /// what fills forms, by namespace
    names: BTreeMap<&'a str, Vec<&'a Names>>,
    /// the patterns among them, as far as they were asked for
    known: RefCell<BTreeMap<String, BTreeSet<&'a str>>>,
}

impl<'a> Stores<'a> {
    /// Knows what the policies name.
    pub fn new(meaning: &'a Meaning) -> Self {
        let actions = meaning.schema.parsed().action_entities();
        let mut patterns = BTreeSet::new();
        let mut names: BTreeMap<&str, Vec<&Names>> = BTreeMap::new();
        for statement in &meaning.statements {
            match &statement.like {
                Some(like) => {
                    let here = names.entry(&like.names.namespace).or_default();
                    here.push(&like.names);
                }
                None => {
                    let named = mentions::of(statement).models.into_iter();
                    patterns.extend(named.filter(|id| id.ends_with('*')));
                }
            }
        }
        Self {
            actions: actions
                .map(|entities| entities.iter().cloned().collect())
                .unwrap_or_default(),
            patterns,
            names,
            known: RefCell::default(),
        }
    }

    /// Callers in their groups, models in their namespace and in every pattern that covers them, actions in theirs.
    pub fn of(&self, dimensions: &Dimensions) -> Entities {
        let peers = dimensions.peers.iter().flatten().map(workload);
        let mut all: BTreeMap<EntityUid, CedarEntity> = peers
            .map(|peer| {
                (
                    peer.clone(),
                    CedarEntity::new_no_attrs(peer, HashSet::new()),
                )
            })
            .collect();
        for caller in &dimensions.callers {
            if let Some(principal) = principal(caller) {
                all.insert(
                    principal.clone(),
                    CedarEntity::new_no_attrs(principal, groups(caller)),
                );
            }
        }
        let models = dimensions
            .models
            .iter()
            .filter_map(|model| self.model(model));
        let others = models.chain(self.actions.iter().cloned());
        all.extend(others.map(|entity| (entity.uid(), entity)));
        Entities::from_entities(all.into_values(), None).unwrap_or_default()
    }

    fn model(&self, model: &Model) -> Option<CedarEntity> {
        let ends = model
            .name
            .char_indices()
            .map(|(end, _)| end)
            .chain([model.name.len()]);
        let beginnings = ends.filter_map(|end| model.name.get(..end));
        let patterns = beginnings.map(|beginning| format!("{}/{beginning}*", model.namespace));
        let mut known = self.known.borrow_mut();
        let named = known.entry(model.namespace.clone()).or_insert_with(|| {
            let names = self.names.get(model.namespace.as_str());
            let models = names.into_iter().flatten().flat_map(|names| &names.models);
            let open = models.filter(|name| name.ends_with('*'));
            open.map(String::as_str).chain(names.map(|_| "*")).collect()
        });
        let is_named = |pattern: &String| {
            let name = pattern.split_once('/').map_or("", |(_, name)| name);
            self.patterns.contains(pattern) || named.contains(name)
        };
        let covering = patterns.filter(is_named);
        let covering = covering.map(|pattern| Entity::Pattern.entity_uid(&pattern));
        let parents = covering
            .chain([Entity::Namespace.entity_uid(&model.namespace)])
            .collect();
        let text = |value: &str| RestrictedExpression::new_string(value.to_owned());
        let attributes = HashMap::from([
            ("namespace".to_owned(), text(&model.namespace)),
            ("name".to_owned(), text(&model.name)),
            ("api".to_owned(), text(model.api.name())),
            (
                "public".to_owned(),
                RestrictedExpression::new_bool(model.public),
            ),
        ]);
        CedarEntity::new(resource(model), attributes, parents).ok()
    }
}

/// The token's principal, else the connection's.
pub fn principal(caller: &Caller) -> Option<EntityUid> {
    match &caller.identity {
        Some(Identity {
            issuer,
            subject: Subject::User(name),
            ..
        }) => Some(Entity::User.entity_uid(&format!("{issuer}/{name}"))),
        Some(Identity {
            issuer,
            subject: Subject::ServiceAccount(name),
            ..
        }) => Some(Entity::ServiceAccount.entity_uid(&format!("{issuer}/{name}"))),
        Some(Identity {
            subject: Subject::Workload(own),
            ..
        }) => Some(workload(own)),
        None => caller.workload.as_ref().map(workload),
    }
}

/// A workload known by its certificate.
pub fn workload(workload: &Workload) -> EntityUid {
    let Workload {
        namespace,
        service_account,
    } = workload;
    Entity::ServiceAccount.entity_uid(&format!("{namespace}/{service_account}"))
}

/// A model.
pub fn resource(model: &Model) -> EntityUid {
    Entity::Model.entity_uid(&format!("{}/{}", model.namespace, model.name))
}

fn groups(caller: &Caller) -> HashSet<EntityUid> {
    let Some(identity) = &caller.identity else {
        return HashSet::new();
    };
    let id = |group: &String| format!("{}/{group}", identity.issuer);
    identity
        .groups
        .iter()
        .map(|group| Entity::Group.entity_uid(&id(group)))
        .collect()
}
