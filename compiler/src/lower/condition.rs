//! A Cedar expression as a condition of the table.
//!
//! Exact because nothing here can fail at run time: the strict validator has proved the types and that `context.peer`,
//! `context.client`, claims and header fields are only read where they are known to be there, and everything else that can fail in Cedar
//! (arithmetic, extension functions, tags) is refused. So it makes no difference what a test says of a claim that is not
//! there: Cedar does not come to it, and the test that it is there stands beside it in the same `&&`, `||` or `if`.

use cedar_policy::pst::{BinaryOp, EntityUID, Expr, Literal, UnaryOp, Var};
use policies::bundle::{ClaimTest, Comparison, Condition, Text};
use policies::facts;

use crate::cedar::Entity;

use super::address;
use super::claim::{claim, contains, equals, flag, has, is_of_a_set};
use super::local::local;
use super::operand::{Operand, constants, long};
use super::refusal::Refusal;
use super::resources::Pattern;
use super::terms::Terms;

/// Deepest nesting of a Cedar expression.
const DEEPEST: u32 = 48;
/// Most steps of one policy; `if` doubles its condition.
const MOST_STEPS: u32 = 4096;

/// Lowers the expressions of one policy.
pub struct Lowering<'a> {
    terms: &'a mut Terms,
    steps: u32,
}

impl<'a> Lowering<'a> {
    /// With all steps before it.
    pub const fn new(terms: &'a mut Terms) -> Self {
        Self { terms, steps: 0 }
    }

    /// The condition that holds exactly when the expression does.
    pub fn condition(&mut self, expr: &Expr) -> Result<Condition, Refusal> {
        self.at(expr, DEEPEST)
    }

    fn at(&mut self, expr: &Expr, depth: u32) -> Result<Condition, Refusal> {
        self.steps += 1;
        let Some(depth) = depth.checked_sub(1).filter(|_| self.steps <= MOST_STEPS) else {
            return Err(Refusal::depth(DEEPEST));
        };
        match expr {
            Expr::Literal(Literal::Bool(value)) => Ok(Condition::Always(*value)),
            Expr::UnaryOp {
                op: UnaryOp::Not,
                expr,
            } => Ok(not(self.at(expr, depth)?)),
            Expr::BinaryOp {
                op: op @ (BinaryOp::And | BinaryOp::Or),
                ..
            } => self.chain(expr, *op, depth),
            Expr::BinaryOp { op, left, right } => self.test(expr, *op, left, right),
            Expr::IfThenElse {
                cond,
                then_expr,
                else_expr,
            } => {
                let then = all(vec![self.at(cond, depth)?, self.at(then_expr, depth)?]);
                let other = all(vec![not(self.at(cond, depth)?), self.at(else_expr, depth)?]);
                Ok(any(vec![then, other]))
            }
            Expr::UnaryOp { op, expr: of } if Operand::of(of) == Some(Operand::Address) => {
                self.terms.check_address()?;
                address::is_of_kind(expr, *op)
            }
            Expr::GetAttr { .. } => flag(expr),
            Expr::HasAttr { expr: of, attrs } => {
                let attributes: Vec<&str> = attrs.iter().map(AsRef::as_ref).collect();
                let there = has(of, &attributes).ok_or_else(|| unknown(expr))?;
                self.check_there(&there)?;
                Ok(there)
            }
            _ => Err(unknown(expr)),
        }
    }

    /// What is asked to be there can be there.
    fn check_there(&self, there: &Condition) -> Result<(), Refusal> {
        let Condition::Claim(name, _) = there else {
            return Ok(());
        };
        match facts::header(name) {
            Some(field) => self.terms.check_header(field),
            None if facts::is_fact(name) => Ok(()),
            None => self.terms.check_claim(name),
        }
    }

    /// `a && b && c` is as deep as it is long; it is one list here.
    fn chain(&mut self, expr: &Expr, op: BinaryOp, depth: u32) -> Result<Condition, Refusal> {
        let mut parts = Vec::new();
        for part in links(expr, op) {
            parts.push(self.at(part, depth)?);
        }
        Ok(if op == BinaryOp::And {
            all(parts)
        } else {
            any(parts)
        })
    }

    fn test(
        &mut self,
        whole: &Expr,
        op: BinaryOp,
        left: &Expr,
        right: &Expr,
    ) -> Result<Condition, Refusal> {
        let (operand, constant, flipped) = match (Operand::of(left), Operand::of(right)) {
            (Some(operand), None) => (operand, right, false),
            (None, Some(operand)) => (operand, left, true),
            _ => return Err(unknown(whole)),
        };
        if operand == Operand::Address {
            self.terms.check_address()?;
        }
        match (op, operand) {
            (BinaryOp::IsInRange, Operand::Address) if !flipped => address::is_in(whole, constant),
            (_, Operand::Claim(name))
                if is_of_a_set(op) && !(flipped && op != BinaryOp::ContainsAny) =>
            {
                contains(whole, op, name, constant)
            }
            (BinaryOp::Eq, _) => self.one_of(whole, operand, &[constant], false),
            (BinaryOp::NotEq, _) => Ok(not(self.one_of(whole, operand, &[constant], false)?)),
            (BinaryOp::In, _) if !flipped => {
                self.one_of(whole, operand, &constants(constant), true)
            }
            (BinaryOp::Contains, _) if flipped => {
                self.one_of(whole, operand, &constants(constant), false)
            }
            (_, Operand::Number(number)) => match (comparison(op, flipped), long(constant)) {
                (Some(comparison), Some(constant)) => {
                    Ok(Condition::Number(number, comparison, constant))
                }
                _ => Err(unknown(whole)),
            },
            (_, Operand::Local(zone, clock)) => match (comparison(op, flipped), long(constant)) {
                (Some(comparison), Some(constant)) => Ok(local(zone, clock, comparison, constant)),
                _ => Err(unknown(whole)),
            },
            (_, Operand::Claim(name)) => match (comparison(op, flipped), long(constant)) {
                (Some(comparison), Some(constant)) => {
                    Ok(claim(name, ClaimTest::Number(comparison, constant)))
                }
                _ => Err(unknown(whole)),
            },
            _ => Err(unknown(whole)),
        }
    }

    /// The operand equals one of the constants, or with `hierarchy` lies in one.
    fn one_of(
        &mut self,
        whole: &Expr,
        operand: Operand<'_>,
        constants: &[&Expr],
        hierarchy: bool,
    ) -> Result<Condition, Refusal> {
        let tests: Result<Vec<Condition>, Refusal> = constants
            .iter()
            .map(|constant| self.equals(whole, operand, constant, hierarchy))
            .collect();
        Ok(any(tests?))
    }

    fn equals(
        &mut self,
        whole: &Expr,
        operand: Operand<'_>,
        constant: &Expr,
        hierarchy: bool,
    ) -> Result<Condition, Refusal> {
        match (operand, constant) {
            (Operand::Principal, Expr::Literal(Literal::EntityUID(uid))) => {
                Ok(Condition::PrincipalIn(vec![
                    self.principal(uid, hierarchy)?,
                ]))
            }
            (Operand::Peer, Expr::Literal(Literal::EntityUID(uid))) => {
                Ok(Condition::PeerIn(vec![self.account(uid)?]))
            }
            (Operand::Client, Expr::Literal(Literal::EntityUID(uid))) => {
                self.terms.check_application(uid)?;
                Ok(Condition::ClientIn(vec![self.account(uid)?]))
            }
            (Operand::Claim(name), constant) if !hierarchy => {
                equals(name, constant).ok_or_else(|| unknown(whole))
            }
            (Operand::Address, constant) if !hierarchy => address::is(whole, constant),
            (Operand::Version | Operand::Header(_), constant) if !hierarchy => {
                let fact = operand.fact().and_then(|name| equals(&name, constant));
                fact.ok_or_else(|| unknown(whole))
            }
            (Operand::Resource, Expr::Literal(Literal::EntityUID(uid))) => {
                let pattern = Pattern::of(uid, hierarchy)?;
                self.terms.check_namespace(&pattern.namespace)?;
                Ok(Condition::ModelIn(vec![pattern.to_string()]))
            }
            (Operand::Text(text), Expr::Literal(Literal::String(value))) if !hierarchy => {
                Ok(Condition::Text(text, value.to_string()))
            }
            (Operand::Public, Expr::Literal(Literal::Bool(value))) if !hierarchy => {
                Ok(public(*value))
            }
            (Operand::Local(zone, clock), constant) if !hierarchy => match long(constant) {
                Some(constant) => Ok(local(zone, clock, Comparison::Eq, constant)),
                None => Err(unknown(whole)),
            },
            (Operand::Number(number), constant) if !hierarchy => match long(constant) {
                Some(constant) => Ok(Condition::Number(number, Comparison::Eq, constant)),
                None => Err(unknown(whole)),
            },
            _ => Err(unknown(whole)),
        }
    }

    /// A principal is never equal to a group, it can only be in it.
    pub fn principal(&mut self, uid: &EntityUID, hierarchy: bool) -> Result<u32, Refusal> {
        if !hierarchy && Entity::of(uid) == Some(Entity::Group) {
            return Err(Refusal::entity(
                uid,
                "is never the caller itself",
                "write `principal in` instead of `==`",
            ));
        }
        self.terms.position(uid)
    }

    fn account(&mut self, uid: &EntityUID) -> Result<u32, Refusal> {
        if Entity::of(uid) != Some(Entity::ServiceAccount) {
            let help = "name `ServiceAccount::\"NAMESPACE/NAME\"` for a peer, `ServiceAccount::\"ISSUER/NAME\"` for a client";
            return Err(Refusal::entity(uid, "is no workload or application", help));
        }
        self.terms.position(uid)
    }
}

fn public(value: bool) -> Condition {
    if value {
        Condition::Public
    } else {
        not(Condition::Public)
    }
}

/// All hold; nested lists and constants are worked in.
pub fn all(parts: Vec<Condition>) -> Condition {
    let mut kept = Vec::new();
    for part in parts {
        match part {
            Condition::Always(true) => {}
            Condition::Always(false) => return Condition::Always(false),
            Condition::All(inner) => kept.extend(inner),
            part => kept.push(part),
        }
    }
    match kept.len() {
        0 => Condition::Always(true),
        1 => kept.swap_remove(0),
        _ => Condition::All(kept),
    }
}

/// One holds; tests of the same list are put together.
pub fn any(parts: Vec<Condition>) -> Condition {
    let mut kept: Vec<Condition> = Vec::new();
    for part in parts {
        match part {
            Condition::Always(false) => {}
            Condition::Always(true) => return Condition::Always(true),
            Condition::Any(inner) => inner.into_iter().for_each(|part| merge(&mut kept, part)),
            part => merge(&mut kept, part),
        }
    }
    match kept.len() {
        0 => Condition::Always(false),
        1 => kept.swap_remove(0),
        _ => Condition::Any(kept),
    }
}

fn merge(kept: &mut Vec<Condition>, part: Condition) {
    for known in kept.iter_mut() {
        match (known, &part) {
            (Condition::PrincipalIn(known), Condition::PrincipalIn(more))
            | (Condition::PeerIn(known), Condition::PeerIn(more))
            | (Condition::ClientIn(known), Condition::ClientIn(more)) => return known.extend(more),
            (Condition::ModelIn(known), Condition::ModelIn(more)) => {
                return known.extend(more.iter().cloned());
            }
            (Condition::Claim(of, known), Condition::Claim(name, more)) if of == name => {
                match (known, more) {
                    (ClaimTest::Text(known), ClaimTest::Text(more))
                    | (ClaimTest::Contains(known), ClaimTest::Contains(more))
                    | (ClaimTest::Begins(known), ClaimTest::Begins(more)) => {
                        return known.extend(more.iter().cloned());
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
    kept.push(part);
}

/// Does not hold.
pub fn not(condition: Condition) -> Condition {
    match condition {
        Condition::Always(value) => Condition::Always(!value),
        Condition::Not(inner) => *inner,
        condition => Condition::Not(Box::new(condition)),
    }
}

fn comparison(op: BinaryOp, flipped: bool) -> Option<Comparison> {
    Some(match (op, flipped) {
        (BinaryOp::Less, false) | (BinaryOp::Greater, true) => Comparison::Lt,
        (BinaryOp::LessEq, false) | (BinaryOp::GreaterEq, true) => Comparison::Le,
        (BinaryOp::Greater, false) | (BinaryOp::Less, true) => Comparison::Gt,
        (BinaryOp::GreaterEq, false) | (BinaryOp::LessEq, true) => Comparison::Ge,
        _ => return None,
    })
}

fn links(expr: &Expr, op: BinaryOp) -> Vec<&Expr> {
    let mut waiting = vec![expr];
    let mut links = Vec::new();
    while let Some(next) = waiting.pop() {
        match next {
            Expr::BinaryOp {
                op: own,
                left,
                right,
            } if *own == op => waiting.extend([right.as_ref(), left.as_ref()]),
            link => links.push(link),
        }
    }
    links
}

fn is_sum(expr: &Expr) -> bool {
    let sums = [BinaryOp::Add, BinaryOp::Sub, BinaryOp::Mul];
    matches!(expr, Expr::BinaryOp { op, .. } if sums.contains(op))
}

/// A construct that the table has no place for.
pub fn unknown(expr: &Expr) -> Refusal {
    let help = match expr {
        Expr::Like { expr, .. } if matches!(Operand::of(expr), Some(Operand::Text(Text::Name))) => {
            "write `resource in Pattern::\"NAMESPACE/BEGINNING*\"`"
        }
        Expr::Like { .. } => {
            "texts are compared as a whole: write `==`, or `[\"a\", \"b\"].contains(...)` for one of several"
        }
        Expr::Is { .. } => "name whom you mean with `principal in [...]`",
        sum if is_sum(sum) => "write the number itself",
        Expr::BinaryOp { right, .. } if is_sum(right) => {
            "write the number itself; `context.now` counts seconds since 1970, and a grant that ends has `until`"
        }
        Expr::BinaryOp { left, .. } if matches!(**left, Expr::Var(Var::Action)) => {
            "in an access file the rule's `can` says the actions, in a guardrail `action in [...]` before its `when`"
        }
        _ => {
            "compare `context.hour`, `context.weekday`, `context.now`, `context.method`, `context.peer`, `context.client`, `context.version`, one of \
             `context.claims` or `context.headers`, `context.address` or a field of `resource` with a constant, or test `principal in [...]` and `resource in [...]`"
        }
    };
    Refusal::construct(expr, help)
}
