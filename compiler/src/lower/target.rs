//! The table, cut to what the proxies of one install target need.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::net::IpAddr;
use std::sync::Arc;

use policies::bundle::{Bundle, Condition, Issuer, KeySource, Rule, VERSION, Who};

use policies::facts::is_fact;

use crate::policy::{Install, Keys, Place, Policy, Term};

use super::resources::{Pattern, Resources};
use super::routes::routes;
use super::{Table, TableRule, entries};

/// The bundle of an install target.
#[must_use]
pub fn bundle(table: &Table, policy: &Policy, install: &Install) -> Bundle {
    let gate = &policy.gate;
    let namespaces = namespaces(policy, &install.place);
    let rules = here(table, &namespaces);
    let (scopes, numbers) = scopes(&rules);
    let dictionary = Dictionary::of(table.terms.names(), &rules);
    Bundle {
        version: VERSION,
        target: install.name.clone(),
        trust_domain: gate.trust_domain.clone(),
        body: gate.body,
        issuers: gate.issuers.iter().map(issuer).collect(),
        identity_headers: gate.identity_headers.clone(),
        reselecting_headers: gate.reselecting_headers,
        facts: facts(&rules),
        hide_models: gate.hide_models,
        batch_audit: gate.batch_audit,
        routes: routes(gate, &install.place, &namespaces),
        models: entries::entries(policy, &namespaces, &scopes, &rules),
        scopes: number(scopes.len()).saturating_add(1),
        rules: rules
            .iter()
            .map(|(resources, rule)| {
                let scope = resources.place().and_then(|place| numbers.get(&place));
                wire_rule(rule, scope.copied().unwrap_or_default(), &dictionary)
            })
            .collect(),
        terms: dictionary.names,
    }
}

/// What the bundle of an install target would have its proxies read of requests, by the names of facts.
#[must_use]
pub fn asked(table: &Table, policy: &Policy, install: &Install) -> BTreeSet<String> {
    let namespaces = namespaces(policy, &install.place);
    facts(&here(table, &namespaces)).into_iter().collect()
}

/// The rules that can match there.
fn here<'t>(
    table: &'t Table,
    namespaces: &BTreeSet<&str>,
) -> Vec<(Cow<'t, Resources>, &'t TableRule)> {
    let mut rules = Vec::with_capacity(table.rules.len());
    let all = table.rules.iter();
    rules.extend(all.filter_map(|rule| Some((cut(&rule.resources, namespaces)?, rule))));
    rules
}

/// What of a request these rules ask for.
fn facts(rules: &[(Cow<'_, Resources>, &TableRule)]) -> Vec<String> {
    fn collect(condition: &Condition, facts: &mut BTreeSet<String>) {
        match condition {
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter().for_each(|part| collect(part, facts));
            }
            Condition::Not(part) => collect(part, facts),
            Condition::Claim(name, _) if is_fact(name) => {
                facts.insert(name.clone());
            }
            _ => {}
        }
    }
    let mut facts = BTreeSet::new();
    let conditions = rules.iter().filter_map(|(_, rule)| rule.when.as_ref());
    conditions.for_each(|condition| collect(condition, &mut facts));
    facts.into_iter().collect()
}

/// The namespaces whose requests pass these proxies.
fn namespaces<'a>(policy: &'a Policy, place: &'a Place) -> BTreeSet<&'a str> {
    match place {
        Place::Gateway { .. } => policy
            .gate
            .namespaces
            .iter()
            .map(|namespace| namespace.name.as_str())
            .collect(),
        Place::Sidecars { namespaces } => namespaces.iter().map(String::as_str).collect(),
    }
}

/// The models of these namespaces; `None` where there are none, so that the rule can never match.
fn cut<'a>(resources: &'a Resources, namespaces: &BTreeSet<&str>) -> Option<Cow<'a, Resources>> {
    let Resources::Of(patterns) = resources else {
        return Some(Cow::Borrowed(resources));
    };
    let is_here = |pattern: &&Pattern| namespaces.contains(pattern.namespace.as_str());
    let here = patterns.iter().filter(is_here).count();
    if here == patterns.len() {
        return (here > 0).then_some(Cow::Borrowed(resources));
    }
    let here: BTreeSet<_> = patterns.iter().filter(is_here).cloned().collect();
    (!here.is_empty()).then_some(Cow::Owned(Resources::Of(Arc::new(here))))
}

/// The hasher of a map that is only looked up in, and the same in every run.
type Hashing = BuildHasherDefault<DefaultHasher>;

/// What rules speak of, sorted, and the number of each by its place; every model is scope 0 and in neither.
fn scopes<'a>(
    rules: &'a [(Cow<'_, Resources>, &TableRule)],
) -> (
    Vec<&'a Resources>,
    HashMap<*const BTreeSet<Pattern>, u32, Hashing>,
) {
    let named = rules.iter().map(|(resources, _)| resources.as_ref());
    let placed = named.filter_map(|resources| Some((resources.place()?, resources)));
    let placed: HashMap<_, &Resources, Hashing> = placed.collect();
    let mut sorted: Vec<(&Resources, _)> = placed.into_iter().map(|(at, of)| (of, at)).collect();
    sorted.sort_unstable_by_key(|(resources, _)| *resources);
    let (mut scopes, mut numbers): (Vec<&Resources>, HashMap<_, _, _>) = Default::default();
    for (resources, place) in sorted {
        if scopes.last() != Some(&resources) {
            scopes.push(resources);
        }
        numbers.insert(place, number(scopes.len()));
    }
    (scopes, numbers)
}

fn number(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

fn wire_rule(rule: &TableRule, scope: u32, dictionary: &Dictionary) -> Rule {
    Rule {
        id: rule.id.as_str().into(),
        effect: rule.effect,
        who: match &rule.who {
            Who::Anyone => Who::Anyone,
            Who::AnyOf(terms) => Who::AnyOf(dictionary.renumber(terms)),
        },
        actions: rule.actions.as_slice().into(),
        scope,
        when: rule
            .when
            .as_ref()
            .map(|condition| dictionary.condition(condition).into()),
        because: rule.because.as_deref().map(Into::into),
    }
}

fn issuer(issuer: &crate::policy::Issuer) -> Issuer {
    Issuer {
        name: issuer.name.clone(),
        issuer: issuer.issuer.clone(),
        audiences: issuer.audiences.clone(),
        algorithms: issuer.algorithms.clone(),
        types: issuer.types.clone(),
        max_lifetime: issuer.max_lifetime,
        required: issuer.required.clone(),
        claims: issuer.claims.clone(),
        skew: issuer.skew,
        keep_keys: issuer.keep_keys,
        keys: key_source(issuer),
    }
}

fn key_source(issuer: &crate::policy::Issuer) -> KeySource {
    match &issuer.keys {
        _ if issuer.verified_by_istio => KeySource::Istio,
        Keys::Inline(set) => KeySource::Inline(set.clone()),
        Keys::Secret(secret) => KeySource::Secret(secret.clone()),
        Keys::Remote(address) => KeySource::Remote {
            cluster: cluster(&address.host, address.port),
            authority: address.authority(),
            path: address.path.clone(),
        },
        Keys::Discovery(address) => KeySource::Discovery {
            cluster: cluster(&address.host, address.port),
            authority: address.authority(),
            path: address.path.clone(),
            origin: address.origin(),
        },
    }
}

/// The name that Istio gives the cluster of a `ServiceEntry`'s port.
#[must_use]
pub fn cluster(host: &str, port: u16) -> String {
    format!("outbound|{port}||{}", mesh_host(host))
}

/// The host as the mesh knows it: Istio takes names only, so an address gets one.
#[must_use]
pub fn mesh_host(host: &str) -> String {
    match address(host) {
        Some(address) => {
            let name = address.to_string().replace([':', '.'], "-");
            format!("ip-{name}-address.modelgate.internal")
        }
        None => host.to_owned(),
    }
}

/// The address, where the host is one and no name.
#[must_use]
pub fn address(host: &str) -> Option<IpAddr> {
    host.trim_matches(['[', ']']).parse().ok()
}

/// The terms that the kept rules name, sorted, and where each went.
struct Dictionary {
    names: Vec<String>,
    /// by the old position
    moved: Vec<Option<u32>>,
}

impl Dictionary {
    fn of(all: &[Term], rules: &[(Cow<'_, Resources>, &TableRule)]) -> Self {
        let mut used = Vec::new();
        for (_, rule) in rules {
            if let Who::AnyOf(terms) = &rule.who {
                used.extend(terms.iter().copied());
            }
            rule.when
                .iter()
                .for_each(|condition| collect(condition, &mut used));
        }
        used.sort_unstable();
        used.dedup();
        let places = used.iter().filter_map(|old| usize::try_from(*old).ok());
        let form = |old: usize| Some((all.get(old)?.dictionary_form(), old));
        let mut sorted: Vec<(String, usize)> = places.filter_map(form).collect();
        sorted.sort_unstable();
        let mut moved = vec![None; all.len()];
        for (new, (_, old)) in (0..).zip(&sorted) {
            moved[*old] = Some(new);
        }
        Self {
            names: sorted.into_iter().map(|(name, _)| name).collect(),
            moved,
        }
    }

    fn renumber(&self, terms: &[u32]) -> Vec<u32> {
        let mut terms: Vec<u32> = terms
            .iter()
            .filter_map(|old| *self.moved.get(usize::try_from(*old).ok()?)?)
            .collect();
        terms.sort_unstable();
        terms.dedup();
        terms
    }

    fn condition(&self, condition: &Condition) -> Condition {
        let inner = |parts: &[Condition]| parts.iter().map(|part| self.condition(part)).collect();
        match condition {
            Condition::All(parts) => Condition::All(inner(parts)),
            Condition::Any(parts) => Condition::Any(inner(parts)),
            Condition::Not(part) => Condition::Not(Box::new(self.condition(part))),
            Condition::PrincipalIn(terms) => Condition::PrincipalIn(self.renumber(terms)),
            Condition::PeerIn(terms) => Condition::PeerIn(self.renumber(terms)),
            Condition::ClientIn(terms) => Condition::ClientIn(self.renumber(terms)),
            other => other.clone(),
        }
    }
}

fn collect(condition: &Condition, used: &mut Vec<u32>) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter().for_each(|part| collect(part, used))
        }
        Condition::Not(part) => collect(part, used),
        Condition::PrincipalIn(terms) | Condition::PeerIn(terms) | Condition::ClientIn(terms) => {
            used.extend(terms.iter().copied())
        }
        _ => {}
    }
}
