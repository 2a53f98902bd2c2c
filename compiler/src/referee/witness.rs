//! cedar-policy, asked the same question.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use cedar_policy::pst::{EntityOrSlot, ResourceConstraint};
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity as CedarEntity, EntityUid, PolicyId, PolicySet,
    Request, RestrictedExpression,
};
use policies::bundle::{Bundle, Effect};
use policies::principal::{Identity, Subject, Workload};

use crate::cedar::{Entity, Meaning, Statement, schema};
use crate::lower::Pattern;

use super::boundary::Case;
use super::{Answer, mentions};

/// The policies that a question is put to, by the namespace of the model; `None` for all namespaces.
pub struct Policies(BTreeMap<Option<String>, PolicySet>);

/// What is needed to ask Cedar.
pub struct Witness {
    authorizer: Authorizer,
    actions: Option<Entities>,
    patterns: BTreeMap<String, BTreeSet<Pattern>>,
    guardrails: BTreeSet<String>,
}

impl Policies {
    /// Only these.
    pub fn of(meaning: &Meaning, statements: &[Statement]) -> Self {
        Self(BTreeMap::from([(None, chosen(meaning, statements.iter()))]))
    }

    /// All, sorted by the namespace in their scope: `resource in Namespace::"x"` is false for every other namespace's
    /// models, so those policies need not be asked about them.
    pub fn by_namespace(meaning: &Meaning, bundle: &Bundle) -> Self {
        let namespaces: BTreeSet<&str> = bundle
            .models
            .iter()
            .map(|entry| entry.namespace.as_str())
            .collect();
        let of = |namespace: &&str| {
            let here =
                |statement: &&Statement| owner(statement).is_none_or(|owner| owner == *namespace);
            (
                Some((*namespace).to_owned()),
                chosen(meaning, meaning.statements.iter().filter(here)),
            )
        };
        Self(namespaces.iter().map(of).collect())
    }

    fn about(&self, namespace: &str) -> Option<&PolicySet> {
        self.0
            .get(&None)
            .or_else(|| self.0.get(&Some(namespace.to_owned())))
    }
}

fn chosen<'a>(meaning: &Meaning, statements: impl Iterator<Item = &'a Statement>) -> PolicySet {
    let policies = statements
        .filter_map(|statement| meaning.set.policy(&PolicyId::new(&statement.id)).cloned());
    PolicySet::from_policies(policies).unwrap_or_default()
}

impl Witness {
    /// Knows the entities that the policies name.
    pub fn new(meaning: &Meaning) -> Self {
        let guardrails = meaning
            .statements
            .iter()
            .filter(|statement| statement.effect == Effect::Guardrail);
        Self {
            authorizer: Authorizer::new(),
            actions: schema().action_entities().ok(),
            patterns: patterns(meaning),
            guardrails: guardrails.map(|statement| statement.id.clone()).collect(),
        }
    }

    /// What Cedar says. A policy that cannot be evaluated counts as its own, impossible rule: it makes a difference.
    pub fn ask(&self, policies: &Policies, case: &Case<'_>) -> Answer {
        let policies = policies.about(&case.model.namespace);
        let (Some(policies), Some(request), Some(entities)) =
            (policies, request(case), self.entities(case))
        else {
            return Answer {
                allowed: false,
                guarded: false,
                rules: BTreeSet::from(["the question is malformed".into()]),
            };
        };
        let response = self.authorizer.is_authorized(&request, policies, &entities);
        let reasons = response
            .diagnostics()
            .reason()
            .map(|id| AsRef::<str>::as_ref(id).to_owned());
        let errors = response.diagnostics().errors().map(ToString::to_string);
        let rules: BTreeSet<String> = reasons.chain(errors).collect();
        let guarded = rules.iter().any(|rule| self.guardrails.contains(rule));
        Answer {
            allowed: response.decision() == Decision::Allow,
            guarded,
            rules,
        }
    }

    /// The store that the schema describes: the caller in its groups, the model in its namespace and in every pattern that
    /// covers it, the action in its group.
    fn entities(&self, case: &Case<'_>) -> Option<Entities> {
        let principal = principal(case)?;
        let action = self
            .actions
            .as_ref()?
            .get(&Entity::Action.entity_uid(case.action.name()))?
            .clone();
        let mut all = vec![
            self.model(case)?,
            action,
            CedarEntity::new_no_attrs(principal.clone(), groups(case)),
        ];
        if let Some(peer) = case.peer().map(workload).filter(|peer| *peer != principal) {
            all.push(CedarEntity::new_no_attrs(peer, HashSet::new()));
        }
        Entities::from_entities(all, None).ok()
    }

    fn model(&self, case: &Case<'_>) -> Option<CedarEntity> {
        let model = case.model;
        let itself = Pattern {
            namespace: model.namespace.clone(),
            name: model.name.clone(),
            open: false,
        };
        let patterns = self.patterns.get(&model.namespace).into_iter().flatten();
        let covering = patterns.filter(|pattern| pattern.covers(&itself));
        let covering = covering.map(|pattern| {
            Entity::Pattern.entity_uid(&format!("{}/{}", pattern.namespace, pattern.entry_name()))
        });
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
        CedarEntity::new(resource(case), attributes, parents).ok()
    }
}

/// The namespace that a policy's scope names.
fn owner(statement: &Statement) -> Option<&str> {
    match &statement.body.resource {
        ResourceConstraint::In(EntityOrSlot::Entity(uid))
            if Entity::of(uid) == Some(Entity::Namespace) =>
        {
            Some(&uid.eid)
        }
        _ => None,
    }
}

fn patterns(meaning: &Meaning) -> BTreeMap<String, BTreeSet<Pattern>> {
    let mut patterns: BTreeMap<String, BTreeSet<Pattern>> = BTreeMap::new();
    for statement in &meaning.statements {
        for id in mentions::of(statement)
            .models
            .iter()
            .filter(|id| id.ends_with('*'))
        {
            let pattern = Pattern::parse(id);
            patterns
                .entry(pattern.namespace.clone())
                .or_default()
                .insert(pattern);
        }
    }
    patterns
}

fn request(case: &Case<'_>) -> Option<Request> {
    let number = |value: u64| {
        i64::try_from(value)
            .ok()
            .map(RestrictedExpression::new_long)
    };
    let mut pairs = vec![
        ("hour".to_owned(), number(case.hour)?),
        ("weekday".to_owned(), number(case.weekday)?),
        (
            "method".to_owned(),
            RestrictedExpression::new_string(case.method.to_owned()),
        ),
    ];
    pairs.extend(case.peer().map(|peer| {
        (
            "peer".to_owned(),
            RestrictedExpression::new_entity_uid(workload(peer)),
        )
    }));
    let context = Context::from_pairs(pairs).ok()?;
    let action = Entity::Action.entity_uid(case.action.name());
    // checked against the schema: a question that Cedar's types do not allow proves nothing
    Request::new(
        principal(case)?,
        action,
        resource(case),
        context,
        Some(schema()),
    )
    .ok()
}

/// The token's principal, else the connection's.
fn principal(case: &Case<'_>) -> Option<EntityUid> {
    match &case.caller.identity {
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
        None => case.caller.workload.as_ref().map(workload),
    }
}

fn groups(case: &Case<'_>) -> HashSet<EntityUid> {
    let of = |identity: &Identity| {
        let group =
            |group: &String| Entity::Group.entity_uid(&format!("{}/{group}", identity.issuer));
        identity.groups.iter().map(group).collect()
    };
    case.caller.identity.as_ref().map(of).unwrap_or_default()
}

fn workload(workload: &Workload) -> EntityUid {
    Entity::ServiceAccount.entity_uid(&format!(
        "{}/{}",
        workload.namespace, workload.service_account
    ))
}

fn resource(case: &Case<'_>) -> EntityUid {
    Entity::Model.entity_uid(&format!("{}/{}", case.model.namespace, case.model.name))
}
