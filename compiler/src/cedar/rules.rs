//! An access rule as Cedar. Everything but the `when` is put together as a tree; no text is pasted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cedar_policy::Validator;
use cedar_policy::pst::{
    self, ActionConstraint, BinaryOp, Clause, EntityOrSlot, Expr, Literal, PrincipalConstraint, Var,
};
use policies::action::Action;
use policies::bundle::Effect;

use crate::diagnostic::Diagnostic;
use crate::policy::{AccessFile, CedarText, Gate, Rule, Term, Until};

use super::schema::Entity;
use super::{Draft, advice, clocks, expression};

mod versions;

/// The rule's policy, and for a deny that names machines others about the machine between: the connection's peer, and the
/// application that a person's token was given to.
pub fn drafts(
    rule: &Rule,
    file: &AccessFile,
    gate: &Gate,
    validator: &Validator,
) -> Result<Vec<Draft>, Vec<Diagnostic>> {
    let when = match &rule.when {
        Some(text) => Some(condition(text, rule, validator)?),
        None => None,
    };
    let also = rule.all.iter().map(is_one_of);
    let narrow: Vec<Expr> = also.chain(through(&rule.through, gate)).collect();
    let (principal, who) = match (rule.everyone, rule.denies) {
        (true, true) => (PrincipalConstraint::Any, None),
        (true, false) => (PrincipalConstraint::Any, Some(of_context("token"))),
        (false, _) => principals(&rule.who),
    };
    let callers = who.into_iter().chain(narrow.clone()).collect();
    let id = rule.id.clone();
    let mut drafts = vec![draft(rule, file, id, principal, callers, when.clone())];
    let (peers, clients) = apart(&rule.who, gate);
    let clients = clients.into_iter().filter(|uid| has_clients(uid, gate));
    let between = [("peer", peers), ("client", clients.collect())];
    let between = between
        .into_iter()
        .filter(|(_, named)| rule.denies && !named.is_empty());
    for (attribute, named) in between {
        let machine = in_context(attribute, named);
        let callers = std::iter::once(machine).chain(narrow.clone()).collect();
        let id = format!("{}/{attribute}", rule.id);
        let anyone = PrincipalConstraint::Any;
        drafts.push(draft(rule, file, id, anyone, callers, when.clone()));
    }
    if when.as_ref().is_some_and(clocks::asks) {
        let outside: Vec<Draft> = drafts.iter().map(clocks::outside).collect();
        drafts.extend(outside);
    }
    Ok(drafts)
}

fn condition(
    text: &CedarText,
    rule: &Rule,
    validator: &Validator,
) -> Result<Clause, Vec<Diagnostic>> {
    let clause = expression::clause(text, action_scope(&rule.actions), validator);
    if clause.as_ref().is_ok_and(is_token) {
        let problem = "`context.token` cannot be asked by a condition";
        let problem = Diagnostic::error("MG0906", text.span, problem.to_owned());
        return Err(vec![problem.with_help(
            "leave it out: `everyone: true` is whoever comes with a token",
        )]);
    }
    clause.map_err(|problems| match rule.denies {
        true => advice::absent::in_deny(problems),
        false => problems,
    })
}

fn draft(
    rule: &Rule,
    file: &AccessFile,
    id: String,
    principal: PrincipalConstraint,
    callers: Vec<Expr>,
    when: Option<Clause>,
) -> Draft {
    let cedar_effect = if rule.denies {
        pst::Effect::Forbid
    } else {
        pst::Effect::Permit
    };
    let own = Entity::Namespace.uid(&file.namespace);
    let resource = pst::ResourceConstraint::In(EntityOrSlot::Entity(own));
    let body = pst::Template::new(
        pst::PolicyID(id.as_str().into()),
        cedar_effect,
        principal,
        action_scope(&rule.actions),
        resource,
    );
    let mut annotations = BTreeMap::from([("id".to_owned(), id.as_str().into())]);
    if let Some(because) = &rule.because {
        annotations.insert("because".to_owned(), because.as_str().into());
    }
    if let Some(until) = &rule.until {
        annotations.insert("until".to_owned(), until.text.as_str().into());
    }
    let clauses = callers
        .into_iter()
        .chain([models(rule, file)])
        .chain(versions::clause(rule, file))
        .chain(rule.until.as_ref().map(before))
        .map(|expr| Clause::When(Arc::new(expr)));
    let body = body
        .with_annotations(annotations)
        .try_with_clauses(clauses.chain(when));
    Draft {
        id,
        effect: if rule.denies {
            Effect::Deny
        } else {
            Effect::Allow
        },
        because: rule.because.clone(),
        span: rule.when.as_ref().map_or(rule.span, |when| when.span),
        body: body.expect("a clause holds no slot: `when` was parsed as an expression without one"),
    }
}

/// `context.token`: what an allow for everyone asks for.
pub fn is_token(clause: &Clause) -> bool {
    matches!(clause, Clause::When(expr) if **expr == of_context("token"))
}

/// `context.NAME`.
fn of_context(name: &str) -> Expr {
    Expr::GetAttr {
        expr: Arc::new(Expr::Var(Var::Context)),
        attr: name.into(),
    }
}

/// `context.now < END`.
fn before(until: &Until) -> Expr {
    let now = of_context("now");
    let end = i64::try_from(until.ends).unwrap_or(i64::MAX);
    binary(BinaryOp::Less, now, Expr::Literal(Literal::Long(end)))
}

/// One term goes into the scope. Several do not fit there; Cedar wants a set of one type, so each kind has its own `in`.
fn principals(who: &BTreeSet<Term>) -> (PrincipalConstraint, Option<Expr>) {
    match who.iter().next() {
        Some(Term::Group(id)) if who.len() == 1 => {
            (PrincipalConstraint::In(entity(Entity::Group, id)), None)
        }
        Some(Term::User(id)) if who.len() == 1 => {
            (PrincipalConstraint::Eq(entity(Entity::User, id)), None)
        }
        Some(Term::ServiceAccount(id)) if who.len() == 1 => (
            PrincipalConstraint::Eq(entity(Entity::ServiceAccount, id)),
            None,
        ),
        _ => (PrincipalConstraint::Any, Some(is_one_of(who))),
    }
}

/// `principal in [...]`, for each kind; never true where there is none.
fn is_one_of(who: &BTreeSet<Term>) -> Expr {
    let of = |kind: Entity| {
        who.iter()
            .map(Term::uid)
            .filter(move |uid| Entity::of(uid) == Some(kind))
            .collect()
    };
    let sets = [
        of(Entity::User),
        of(Entity::Group),
        of(Entity::ServiceAccount),
    ];
    in_one_of(&Expr::Var(Var::Principal), sets)
}

fn entity(kind: Entity, id: &str) -> EntityOrSlot {
    EntityOrSlot::Entity(kind.uid(id))
}

/// `predict` stands for its members too, so they need not be said.
fn action_scope(actions: &BTreeSet<Action>) -> ActionConstraint {
    if Action::ALL.iter().all(|action| actions.contains(action)) {
        return ActionConstraint::Any;
    }
    let implied = |action: &Action| {
        actions
            .iter()
            .any(|group| group != action && group.members().contains(action))
    };
    let said = actions.iter().filter(|action| !implied(action));
    ActionConstraint::In(
        said.map(|action| Entity::Action.uid(action.name()))
            .collect(),
    )
}

fn models(rule: &Rule, file: &AccessFile) -> Expr {
    let ids = |pattern: bool| {
        let kind = if pattern {
            Entity::Pattern
        } else {
            Entity::Model
        };
        let chosen = rule
            .models
            .iter()
            .filter(move |name| name.ends_with('*') == pattern);
        chosen
            .map(|name| kind.uid(&format!("{}/{name}", file.namespace)))
            .collect()
    };
    in_one_of(&Expr::Var(Var::Resource), [ids(false), ids(true)])
}

/// Whether people come with tokens of the account's issuer.
fn has_clients(uid: &pst::EntityUID, gate: &Gate) -> bool {
    let owner = uid.eid.split_once('/').map_or("", |(owner, _)| owner);
    let issuer = gate.issuers.iter().find(|issuer| issuer.name == owner);
    issuer.is_some_and(|issuer| issuer.claims.user.is_some())
}

/// The caller comes through one of these: over a connection from it, or with a token that was given to it.
fn through(applications: &BTreeSet<Term>, gate: &Gate) -> Option<Expr> {
    let (peers, clients) = apart(applications, gate);
    let named = [("peer", peers), ("client", clients)].into_iter();
    named
        .filter(|(_, accounts)| !accounts.is_empty())
        .map(|(attribute, accounts)| in_context(attribute, accounts))
        .reduce(|one, other| binary(BinaryOp::Or, one, other))
}

/// Workloads, and service accounts of issuers: where an issuer is called like a namespace, the name means the issuer's.
fn apart(who: &BTreeSet<Term>, gate: &Gate) -> (Vec<pst::EntityUID>, Vec<pst::EntityUID>) {
    let is_workload = |term: &&Term| {
        let Term::ServiceAccount(id) = term else {
            return false;
        };
        let owner = id.split_once('/').map_or(id.as_str(), |(owner, _)| owner);
        !gate.issuers.iter().any(|issuer| issuer.name == owner)
    };
    let accounts = who
        .iter()
        .filter(|term| matches!(term, Term::ServiceAccount(_)));
    let (peers, clients): (Vec<&Term>, Vec<&Term>) = accounts.partition(is_workload);
    let uids = |terms: Vec<&Term>| terms.into_iter().map(Term::uid).collect();
    (uids(peers), uids(clients))
}

/// `context has X && context.X in [...]`.
fn in_context(attribute: &str, accounts: Vec<pst::EntityUID>) -> Expr {
    let has = Expr::HasAttr {
        expr: Arc::new(Expr::Var(Var::Context)),
        attrs: pst::NonEmpty::new(attribute.into()),
    };
    let read = of_context(attribute);
    binary(BinaryOp::And, has, in_one_of(&read, [accounts]))
}

fn in_one_of<const N: usize>(left: &Expr, sets: [Vec<pst::EntityUID>; N]) -> Expr {
    let filled = sets.into_iter().filter(|set| !set.is_empty());
    let tests = filled.map(|set| {
        let literal = |uid| Arc::new(Expr::Literal(Literal::EntityUID(uid)));
        binary(
            BinaryOp::In,
            left.clone(),
            Expr::Set(set.into_iter().map(literal).collect()),
        )
    });
    tests
        .reduce(|all, test| binary(BinaryOp::Or, all, test))
        .unwrap_or(Expr::Literal(Literal::Bool(false)))
}

fn binary(op: BinaryOp, left: Expr, right: Expr) -> Expr {
    Expr::BinaryOp {
        op,
        left: Arc::new(left),
        right: Arc::new(right),
    }
}
