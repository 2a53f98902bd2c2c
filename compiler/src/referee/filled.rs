//! Policies that fill a form: the first that the bundle has is compared with Cedar; the rules of all others must be the same
//! but for their names, each name in its place, and must cover the entries that their names cover. Nothing here knows how a
//! policy was lowered: names come from the Cedar text's holes, entries from the bundle.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use policies::authorize::{Decision, Question};
use policies::bundle::{Bundle, Condition, Effect, ModelEntry, Rule, Who};
use policies::engine::Engine;
use policies::principal::{Caller, Identity, Subject, Workload};
use policies::time::UnixTime;

use crate::cedar::{Hole, Like, Meaning, Names, Statement};
use crate::diagnostic::Diagnostic;
use crate::policy::Term;

use super::Half;
use super::boundary::OUTSIDER;

/// Compares half of them; all statements that are left to be compared with Cedar.
///
/// # Errors
/// The first rule that is not what its Cedar policy says.
pub fn check<'a>(
    meaning: &'a Meaning,
    engine: &Engine,
    half: Half,
) -> Result<Vec<&'a Statement>, Box<Diagnostic>> {
    let bundle = engine.bundle();
    let half = half.of(meaning.statements.len());
    let mut whole = Vec::new();
    let mut examples: BTreeMap<(usize, usize), Example<'_>> = BTreeMap::new();
    let mut trial = Trial::new(bundle, engine);
    let mut rules = (0_u32..).zip(&bundle.rules).peekable();
    for (turn, statement) in meaning.statements.iter().enumerate() {
        let rule = rules.next_if(|(_, rule)| rule.id == *statement.id);
        let Some(like) = &statement.like else {
            whole.push(statement);
            continue;
        };
        let Some((position, rule)) = rule else {
            if trial.has_namespace(&like.names.namespace) {
                return Err(differs(statement, "it has no place in the table"));
            }
            continue;
        };
        let example = examples.entry((like.form, like.part)).or_insert_with(|| {
            whole.push(statement);
            Example::new(rule, &like.names, bundle)
        });
        if !half.contains(&turn) {
            continue;
        }
        example
            .same(rule, statement, like, bundle)
            .and_then(|()| trial.covers(rule, &like.names))
            .and_then(|()| trial.ask(position, rule, &like.names))
            .map_err(|why| differs(statement, why))?;
    }
    match rules.next() {
        Some((_, rule)) => {
            let why = format!("the table has a rule `{}` that no policy asks for", rule.id);
            Err(Box::new(super::disagreeing(Default::default(), why)))
        }
        None => Ok(whole),
    }
}

fn differs(statement: &Statement, why: &str) -> Box<Diagnostic> {
    let message = format!(
        "the table and Cedar disagree about `{}`: {why}",
        statement.id
    );
    Box::new(super::disagreeing(statement.span, message))
}

/// The first rule of a form, and what each of its terms stands for.
struct Example<'a> {
    rule: &'a Rule,
    holes: BTreeMap<u32, Hole>,
}

impl<'a> Example<'a> {
    fn new(rule: &'a Rule, names: &Names, bundle: &Bundle) -> Self {
        let mut holes = BTreeMap::new();
        for (hole, term) in names.terms() {
            let form = term.dictionary_form();
            let position = bundle.terms.binary_search(&form).ok();
            if let Some(position) = position.and_then(|position| u32::try_from(position).ok()) {
                holes.insert(position, hole);
            }
        }
        Self { rule, holes }
    }

    fn same(
        &self,
        rule: &Rule,
        statement: &Statement,
        like: &Like,
        bundle: &Bundle,
    ) -> Result<(), &'static str> {
        let Rule {
            id: _,
            effect,
            who,
            actions,
            scope: _,
            when,
            because,
        } = rule;
        let terms = |of: &[u32], here: &[u32]| self.terms(of, here, &like.names, bundle);
        let who = match (&self.rule.who, who) {
            (Who::Anyone, Who::Anyone) => true,
            (Who::AnyOf(of), Who::AnyOf(here)) => terms(of, here),
            _ => false,
        };
        let when = match (&self.rule.when, when) {
            (None, None) => true,
            (Some(of), Some(here)) => condition(of, here, &terms),
            _ => false,
        };
        let same = [
            (*effect == self.rule.effect, "its effect"),
            (*effect == statement.effect, "its effect"),
            (who, "whom it speaks of"),
            (actions == &self.rule.actions, "its actions"),
            (when, "its condition"),
            (
                because.as_deref() == statement.because.as_deref(),
                "its reason",
            ),
        ];
        match same.into_iter().find(|(same, _)| !same) {
            Some((_, what)) => Err(what),
            None => Ok(()),
        }
    }

    /// Whether `here` are the names in the holes where the example has the terms `of`.
    fn terms(&self, of: &[u32], here: &[u32], names: &Names, bundle: &Bundle) -> bool {
        let expected = |term: &u32| names.term(*self.holes.get(term)?);
        let known = |term: &Term| {
            here.iter().any(|position| {
                let position = usize::try_from(*position).unwrap_or(usize::MAX);
                let form = bundle.terms.get(position);
                form.is_some_and(|form| is(form, term))
            })
        };
        of.len() == here.len() && of.iter().all(|term| expected(term).is_some_and(known))
    }
}

/// Whether this is the term in the dictionary's form.
fn is(form: &str, term: &Term) -> bool {
    let kind = match term {
        Term::User(_) => "user:",
        Term::Group(_) => "group:",
        Term::ServiceAccount(_) => "sa:",
    };
    form.strip_prefix(kind) == Some(term.id())
}

fn condition(of: &Condition, here: &Condition, terms: &impl Fn(&[u32], &[u32]) -> bool) -> bool {
    match (of, here) {
        (Condition::All(of), Condition::All(here)) | (Condition::Any(of), Condition::Any(here)) => {
            let mut pairs = of.iter().zip(here);
            of.len() == here.len() && pairs.all(|(of, here)| condition(of, here, terms))
        }
        (Condition::Not(of), Condition::Not(here)) => condition(of, here, terms),
        (Condition::PrincipalIn(of), Condition::PrincipalIn(here))
        | (Condition::PeerIn(of), Condition::PeerIn(here))
        | (Condition::ClientIn(of), Condition::ClientIn(here)) => terms(of, here),
        (of, here) => of == here,
    }
}

/// The bundle on trial.
struct Trial<'a> {
    engine: &'a Engine,
    /// by namespace, name and whether it is a beginning
    entries: BTreeMap<(&'a str, &'a str, bool), (u32, &'a ModelEntry)>,
    scopes: Vec<Vec<u32>>,
    /// the models that a scope was found to cover exactly
    known: BTreeMap<u32, (&'a str, Vec<String>)>,
    outsider: Caller,
    issuers: BTreeSet<&'a str>,
    turn: usize,
}

impl<'a> Trial<'a> {
    fn new(bundle: &'a Bundle, engine: &'a Engine) -> Self {
        let mut scopes = vec![Vec::new(); usize::try_from(bundle.scopes).unwrap_or(0)];
        let mut entries = BTreeMap::new();
        for (position, entry) in (0..).zip(&bundle.models) {
            for scope in &entry.scopes {
                let scope = usize::try_from(*scope).ok();
                if let Some(scope) = scope.and_then(|scope| scopes.get_mut(scope)) {
                    scope.push(position);
                }
            }
            let beginning = entry.name.strip_suffix('*');
            let name = beginning.unwrap_or(&entry.name);
            let place = (&*entry.namespace, name, beginning.is_some());
            entries.insert(place, (position, entry));
        }
        let issuers = bundle.issuers.iter().map(|issuer| issuer.name.as_str());
        let outsider = Term::User(format!("{OUTSIDER}/{OUTSIDER}"));
        Self {
            outsider: caller(engine, &outsider, true),
            issuers: issuers.collect(),
            known: BTreeMap::new(),
            turn: 0,
            engine,
            entries,
            scopes,
        }
    }

    fn has_namespace(&self, namespace: &str) -> bool {
        let mut from = self.entries.range((namespace, "", false)..);
        from.next()
            .is_some_and(|((found, ..), _)| *found == namespace)
    }

    /// Whether the rule's scope lies over the entries that its names cover, and over no other, and each name is an entry.
    fn covers(&mut self, rule: &Rule, names: &Names) -> Result<(), &'static str> {
        if let Some((namespace, models)) = self.known.get(&rule.scope)
            && *namespace == names.namespace
            && *models == names.models
        {
            return Ok(());
        }
        let mut covered = BTreeSet::new();
        let mut owner = None;
        for model in &names.models {
            let name = model.trim_end_matches('*');
            let open = model.ends_with('*');
            let own = self.entries.get(&(names.namespace.as_str(), name, open));
            let Some((own, entry)) = own else {
                // another name of the rule, a beginning, stands for it too
                if names.models.iter().any(|other| is_wider(other, model)) {
                    continue;
                }
                return Err("a model has no entry");
            };
            covered.insert(*own);
            let after = self
                .entries
                .range((names.namespace.as_str(), name, false)..);
            let below = after.take_while(|((namespace, found, _), _)| {
                open && *namespace == names.namespace && found.starts_with(name)
            });
            covered.extend(below.map(|(_, (position, _))| *position));
            owner = Some(&*entry.namespace);
        }
        let scope = usize::try_from(rule.scope).ok();
        let scope = scope.and_then(|scope| self.scopes.get(scope));
        if !scope.is_some_and(|scope| scope.iter().eq(&covered)) {
            return Err("its models");
        }
        if let Some(owner) = owner {
            self.known.insert(rule.scope, (owner, names.models.clone()));
        }
        Ok(())
    }

    /// One request that the rule matches, where no condition keeps it from it, and the same of an outsider.
    fn ask(&mut self, position: u32, rule: &Rule, names: &Names) -> Result<(), &'static str> {
        self.turn = self.turn.wrapping_add(1);
        let model = names.models.get(self.turn % names.models.len().max(1));
        let name = model.map_or("", |model| model.trim_end_matches('*'));
        let at = |open| self.entries.get(&(names.namespace.as_str(), name, open));
        let entry = at(false).or_else(|| at(true));
        let Some((_, entry)) = entry else {
            // it was found to be covered
            return Ok(());
        };
        let action = rule.actions.get(self.turn % rule.actions.len().max(1));
        let question = Question {
            namespace: &names.namespace,
            model: if name.is_empty() { "x" } else { name },
            version: None,
            api: entry.api,
            action: *action.ok_or("it has no action")?,
            method: "POST",
            now: UnixTime::from_secs(0),
        };
        if rule.when.is_none()
            && let Who::AnyOf(_) = rule.who
            && let Some(term) = names.who.get(self.turn % names.who.len().max(1))
        {
            let owner = term.id().split_once('/').map_or("", |(owner, _)| owner);
            let caller = caller(self.engine, term, self.issuers.contains(owner));
            let hidden = |rules: &[u32]| !rules.is_empty() && rule.effect == Effect::Allow;
            let asked = match self.engine.decide(&caller, question) {
                Decision::Allowed(_, rules) => rules.contains(&position),
                Decision::Denied(_, rules) => rules.contains(&position) || hidden(&rules),
            };
            if !asked {
                return Err("a request that it matches");
            }
        }
        let (Decision::Allowed(_, rules) | Decision::Denied(_, rules)) =
            self.engine.decide(&self.outsider, question);
        if rules.contains(&position) {
            return Err("a request of somebody else");
        }
        Ok(())
    }
}

/// Whether `wide` is a beginning, and not the same, that stands for all that `model` does.
fn is_wider(wide: &str, model: &str) -> bool {
    let beginning = wide.strip_suffix('*');
    wide != model && beginning.is_some_and(|beginning| model.starts_with(beginning))
}

/// A caller that has this term and, but for the person of a group, no other.
fn caller(engine: &Engine, term: &Term, of_issuer: bool) -> Caller {
    let (owner, name) = term.id().split_once('/').unwrap_or_default();
    let identity = |subject, groups| Identity {
        issuer: owner.to_owned(),
        subject,
        groups,
        client: None,
        claims: Rc::default(),
        valid_until: u64::MAX,
    };
    let outsider = || Subject::User(OUTSIDER.to_owned());
    let identity = match term {
        Term::User(_) => identity(Subject::User(name.to_owned()), Vec::new()),
        Term::Group(_) => identity(outsider(), vec![name.to_owned()]),
        Term::ServiceAccount(_) if of_issuer => {
            identity(Subject::ServiceAccount(name.to_owned()), Vec::new())
        }
        Term::ServiceAccount(_) => {
            let workload = Workload {
                namespace: owner.to_owned(),
                service_account: name.to_owned(),
            };
            return engine.caller(None, Some(&workload));
        }
    };
    engine.caller(Some(&identity), None)
}
