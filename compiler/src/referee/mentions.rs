//! What a Cedar policy mentions anywhere: every constant is a boundary.

use std::collections::BTreeSet;

use cedar_policy::pst::{
    ActionConstraint, BinaryOp, Clause, EntityOrSlot, EntityUID, Expr, Literal,
    PrincipalConstraint, ResourceConstraint, Template, UnaryOp, Var,
};

use crate::cedar::{Entity, Statement};
use crate::lower;

/// Constants of a policy.
#[derive(Debug, Default)]
pub struct Mentions {
    /// ids of users
    pub users: BTreeSet<String>,
    /// ids of groups
    pub groups: BTreeSet<String>,
    /// ids of service accounts
    pub accounts: BTreeSet<String>,
    /// lists that the principal is asked to be in: ids of users and groups together
    pub lists: Vec<BTreeSet<String>>,
    /// ids of models, patterns and namespaces (as `NAMESPACE/*`)
    pub models: BTreeSet<String>,
    /// names of actions
    pub actions: BTreeSet<String>,
    /// numbers
    pub numbers: BTreeSet<i64>,
    /// texts
    pub texts: BTreeSet<String>,
    /// those of them that are asked for by themselves, and not only as one of several of which any will do
    pub alone: BTreeSet<String>,
    /// names of attributes of the token
    pub claims: BTreeSet<String>,
    /// names of header fields
    pub headers: BTreeSet<String>,
    /// ranges of addresses
    pub addresses: BTreeSet<String>,
    /// whether the model's name is read
    pub name: bool,
    /// whether the method is read
    pub method: bool,
    /// whether `client` is read
    pub client: bool,
    /// whether the address is read
    pub address: bool,
    /// whether the version is read
    pub version: bool,
    /// whether `public` is read
    pub public: bool,
    /// whether `now` is read
    pub now: bool,
    /// time zones whose clocks are read
    pub zones: BTreeSet<String>,
}

/// Walks the policy.
pub fn of(statement: &Statement) -> Mentions {
    let body = statement.tree();
    body.map(|body| within(&body)).unwrap_or_default()
}

fn within(body: &Template) -> Mentions {
    let mut mentions = Mentions::default();
    match &body.principal {
        PrincipalConstraint::Eq(entity)
        | PrincipalConstraint::In(entity)
        | PrincipalConstraint::IsIn(_, entity) => {
            mentions.slot(entity);
            let EntityOrSlot::Entity(uid) = entity else {
                return mentions;
            };
            mentions.lists.push(BTreeSet::from([uid.eid.to_string()]));
        }
        PrincipalConstraint::Any | PrincipalConstraint::Is(_) => {}
    }
    match &body.action {
        ActionConstraint::Any => {}
        ActionConstraint::Eq(uid) => mentions.entity(uid),
        ActionConstraint::In(uids) => uids.iter().for_each(|uid| mentions.entity(uid)),
    }
    match &body.resource {
        ResourceConstraint::Eq(entity)
        | ResourceConstraint::In(entity)
        | ResourceConstraint::IsIn(_, entity) => {
            mentions.slot(entity);
        }
        ResourceConstraint::Any | ResourceConstraint::Is(_) => {}
    }
    for clause in body.clauses() {
        let (Clause::When(expr) | Clause::Unless(expr)) = clause;
        mentions.expression(expr);
    }
    mentions
}

impl Mentions {
    fn slot(&mut self, entity: &EntityOrSlot) {
        if let EntityOrSlot::Entity(uid) = entity {
            self.entity(uid);
        }
    }

    fn entity(&mut self, uid: &EntityUID) {
        let id = uid.eid.to_string();
        match Entity::of(uid) {
            Some(Entity::User) => self.users.insert(id),
            Some(Entity::Group) => self.groups.insert(id),
            Some(Entity::ServiceAccount) => self.accounts.insert(id),
            Some(Entity::Namespace) => self.models.insert(format!("{id}/*")),
            Some(Entity::Pattern | Entity::Model) => self.models.insert(id),
            Some(Entity::Action) => self.actions.insert(id),
            None => false,
        };
    }

    fn attribute(&mut self, of: &Expr, name: &str) {
        self.public |= name == "public";
        self.name |= name == "name";
        self.method |= name == "method";
        self.client |= name == "client";
        self.address |= name == "address";
        self.version |= name == "version";
        self.now |= name == "now";
        if is_of_context(of, "claims") {
            self.claims.insert(name.to_owned());
        }
        if is_of_context(of, "headers") {
            self.headers.insert(name.to_owned());
        }
        if is_of_context(of, "local") {
            self.zones.insert(name.to_owned());
        }
    }

    /// What is asked to be there.
    fn asked(&mut self, expr: &Expr) {
        self.claims.extend(members(expr, "claims"));
        self.headers.extend(members(expr, "headers"));
        self.client |= has(expr, "client");
        self.version |= has(expr, "version");
    }

    /// Takes lists that are asked for as a whole; gives back what is still to be walked.
    fn lists<'e>(&mut self, whole: &'e Expr, op: BinaryOp, sides: [&'e Expr; 2]) -> Vec<&'e Expr> {
        if let Some(lists) = lists_of_principals(whole) {
            let names = lists.iter().copied().flat_map(ids);
            self.lists.push(names.collect());
            return lists;
        }
        let mut left = sides.to_vec();
        left.retain(
            |side| match texts(side).filter(|_| op == BinaryOp::ContainsAny) {
                Some(any) => {
                    self.texts.extend(any);
                    false
                }
                None => true,
            },
        );
        left
    }

    fn expression(&mut self, expr: &Expr) {
        let mut waiting = vec![expr];
        while let Some(next) = waiting.pop() {
            match next {
                Expr::Literal(Literal::EntityUID(uid)) => self.entity(uid),
                Expr::Literal(Literal::Long(value)) => {
                    self.numbers.extend([*value, value.saturating_neg()]);
                }
                Expr::Literal(Literal::String(text)) => {
                    self.texts.insert(text.to_string());
                    self.alone.insert(text.to_string());
                }
                Expr::UnaryOp { op, expr } if let Some(ranges) = ranges(*op, next) => {
                    self.addresses.extend(ranges);
                    waiting.push(expr);
                }
                Expr::GetAttr { expr, attr } => {
                    self.attribute(expr, attr);
                    waiting.push(expr);
                }
                Expr::UnaryOp {
                    op: UnaryOp::Not | UnaryOp::Neg,
                    expr,
                }
                | Expr::HasAttr { expr, .. } => {
                    self.asked(next);
                    waiting.push(expr);
                }
                Expr::BinaryOp { op, left, right } => {
                    waiting.extend(self.lists(next, *op, [left, right]));
                }
                Expr::IfThenElse {
                    cond,
                    then_expr,
                    else_expr,
                } => {
                    waiting.extend([cond.as_ref(), then_expr.as_ref(), else_expr.as_ref()]);
                }
                Expr::Set(items) => waiting.extend(items.iter().map(AsRef::as_ref)),
                // nothing else was lowered
                _ => {}
            }
        }
    }
}

/// The constant of `ip("...")`, and ranges that the kinds of addresses are told by.
fn ranges(op: UnaryOp, whole: &Expr) -> Option<Vec<String>> {
    let ranges: &[&str] = match op {
        UnaryOp::Ip => return Some(vec![lower::ip(whole)?.to_owned()]),
        UnaryOp::IsIPv4 | UnaryOp::IsIPV6 => &[],
        UnaryOp::IsLoopback => &["127.0.0.0/8", "::1"],
        UnaryOp::IsMulticast => &["224.0.0.0/4", "ff00::/8"],
        _ => return None,
    };
    Some(ranges.iter().map(|range| (*range).to_owned()).collect())
}

/// `principal in [...]`, or such tests with `||` between: each kind of principal has its own.
fn lists_of_principals(expr: &Expr) -> Option<Vec<&Expr>> {
    match expr {
        Expr::BinaryOp {
            op: BinaryOp::In,
            left,
            right,
        } => matches!(left.as_ref(), Expr::Var(Var::Principal)).then(|| vec![right.as_ref()]),
        Expr::BinaryOp {
            op: BinaryOp::Or,
            left,
            right,
        } => {
            let mut lists = lists_of_principals(left)?;
            lists.extend(lists_of_principals(right)?);
            Some(lists)
        }
        _ => None,
    }
}

/// The texts of a list of nothing else.
fn texts(list: &Expr) -> Option<Vec<String>> {
    let Expr::Set(items) = list else { return None };
    let text = |item: &Expr| match item {
        Expr::Literal(Literal::String(text)) => Some(text.to_string()),
        _ => None,
    };
    items.iter().map(|item| text(item)).collect()
}

/// The ids in a list of entities, or of the one entity.
fn ids(list: &Expr) -> BTreeSet<String> {
    let id = |expr: &Expr| match expr {
        Expr::Literal(Literal::EntityUID(uid)) => Some(uid.eid.to_string()),
        _ => None,
    };
    match list {
        Expr::Set(items) => items.iter().filter_map(|item| id(item)).collect(),
        one => id(one).into_iter().collect(),
    }
}

/// What `context has claims.X` and `context.claims has X` ask for, and the same of header fields.
fn members(expr: &Expr, of: &str) -> Option<String> {
    let Expr::HasAttr { expr, attrs } = expr else {
        return None;
    };
    let first = attrs.first();
    let second = attrs.iter().nth(1).filter(|_| first == of);
    let name = if is_of_context(expr, of) {
        Some(first)
    } else {
        second
    };
    name.map(ToString::to_string)
}

fn has(expr: &Expr, name: &str) -> bool {
    matches!(expr, Expr::HasAttr { attrs, .. } if attrs.first() == name)
}

fn is_of_context(expr: &Expr, name: &str) -> bool {
    matches!(expr, Expr::GetAttr { expr, attr } if attr == name && matches!(expr.as_ref(), Expr::Var(Var::Context)))
}
