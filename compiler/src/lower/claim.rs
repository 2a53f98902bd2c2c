//! Tests of `context.claims` and `context.headers`, and of what may be missing in `context`.

use cedar_policy::pst::{BinaryOp, Expr, Literal, Var};
use policies::bundle::{ClaimTest, Comparison, Condition};
use policies::facts;

use super::condition::{all, any, not, unknown};
use super::operand::{Operand, constants, is_claims, is_headers, long};
use super::refusal::Refusal;

/// A test of an attribute.
pub fn claim(name: &str, test: ClaimTest) -> Condition {
    Condition::Claim(name.to_owned(), test)
}

fn header(name: &str, test: ClaimTest) -> Condition {
    Condition::Claim(facts::of_header(name), test)
}

/// An attribute that is a boolean already.
pub fn flag(expr: &Expr) -> Result<Condition, Refusal> {
    match Operand::of(expr) {
        Some(Operand::Public) => Ok(Condition::Public),
        Some(Operand::Claim(name)) => Ok(claim(name, ClaimTest::True)),
        _ => Err(unknown(expr)),
    }
}

/// `context has peer`, `context has claims.mfa`, `context.claims has mfa`.
pub fn has(of: &Expr, attributes: &[&str]) -> Option<Condition> {
    let context = matches!(of, Expr::Var(Var::Context));
    match attributes {
        ["peer"] if context => Some(Condition::HasPeer),
        ["client"] if context => Some(Condition::HasClient),
        ["version"] if context => Some(claim(facts::VERSION, ClaimTest::Present)),
        ["claims" | "headers"] if context => Some(Condition::Always(true)),
        ["claims", name] if context => Some(claim(name, ClaimTest::Present)),
        [name] if is_claims(of) => Some(claim(name, ClaimTest::Present)),
        ["headers", name] if context => Some(header(name, ClaimTest::Present)),
        [name] if is_headers(of) => Some(header(name, ClaimTest::Present)),
        _ => None,
    }
}

/// The attribute is this constant.
pub fn equals(name: &str, constant: &Expr) -> Option<Condition> {
    match constant {
        Expr::Literal(Literal::String(text)) => {
            Some(claim(name, ClaimTest::Text(vec![text.to_string()])))
        }
        Expr::Literal(Literal::Bool(true)) => Some(claim(name, ClaimTest::True)),
        Expr::Literal(Literal::Bool(false)) => Some(not(claim(name, ClaimTest::True))),
        constant => {
            let number = long(constant)?;
            Some(claim(name, ClaimTest::Number(Comparison::Eq, number)))
        }
    }
}

/// Whether the operator asks what is in a set.
pub const fn is_of_a_set(op: BinaryOp) -> bool {
    matches!(
        op,
        BinaryOp::Contains | BinaryOp::ContainsAny | BinaryOp::ContainsAll
    )
}

/// The attribute, a set, holds the text, one of them, or all.
pub fn contains(
    whole: &Expr,
    op: BinaryOp,
    name: &str,
    constant: &Expr,
) -> Result<Condition, Refusal> {
    let holds = |constant: &&Expr| match constant {
        Expr::Literal(Literal::String(text)) => {
            Ok(claim(name, ClaimTest::Contains(vec![text.to_string()])))
        }
        _ => Err(unknown(whole)),
    };
    let tests: Vec<Condition> = constants(constant)
        .iter()
        .map(holds)
        .collect::<Result<_, _>>()?;
    Ok(if op == BinaryOp::ContainsAll {
        all(tests)
    } else {
        any(tests)
    })
}
