//! The sides of a comparison: what a request has, and constants.

use cedar_policy::pst::{Expr, Literal, UnaryOp, Var};
use policies::bundle::{Number, Text};
use policies::facts::{VERSION, of_header};

use super::local::Clock;

/// Something of the request that can be tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operand<'a> {
    /// `principal`
    Principal,
    /// `context.peer`
    Peer,
    /// `context.client`
    Client,
    /// `context.claims.NAME`
    Claim(&'a str),
    /// `context.headers["NAME"]`
    Header(&'a str),
    /// `context.address`
    Address,
    /// `context.version`
    Version,
    /// `resource`
    Resource,
    /// `resource.public`
    Public,
    /// `context.hour`, `context.weekday`, `context.now`
    Number(Number),
    /// `context.local["ZONE"].hour`, `.weekday`
    Local(&'a str, Clock),
    /// `context.method`, `resource.namespace`, `resource.name`, `resource.api`
    Text(Text),
}

impl<'a> Operand<'a> {
    /// What the expression reads, if that is all it does.
    pub fn of(expr: &'a Expr) -> Option<Self> {
        match expr {
            Expr::Var(Var::Principal) => Some(Self::Principal),
            Expr::Var(Var::Resource) => Some(Self::Resource),
            Expr::GetAttr { expr, attr } => match (expr.as_ref(), attr.as_str()) {
                (Expr::Var(Var::Context), "peer") => Some(Self::Peer),
                (Expr::Var(Var::Context), "client") => Some(Self::Client),
                (Expr::Var(Var::Context), "address") => Some(Self::Address),
                (Expr::Var(Var::Context), "version") => Some(Self::Version),
                (of, name) if is_claims(of) => Some(Self::Claim(name)),
                (of, name) if is_headers(of) => Some(Self::Header(name)),
                (of, "hour") if zone(of).is_some() => Some(Self::Local(zone(of)?, Clock::Hour)),
                (of, "weekday") if zone(of).is_some() => {
                    Some(Self::Local(zone(of)?, Clock::Weekday))
                }
                (Expr::Var(Var::Context), "hour") => Some(Self::Number(Number::Hour)),
                (Expr::Var(Var::Context), "weekday") => Some(Self::Number(Number::Weekday)),
                (Expr::Var(Var::Context), "now") => Some(Self::Number(Number::Now)),
                (Expr::Var(Var::Context), "method") => Some(Self::Text(Text::Method)),
                (Expr::Var(Var::Resource), "public") => Some(Self::Public),
                (Expr::Var(Var::Resource), "namespace") => Some(Self::Text(Text::Namespace)),
                (Expr::Var(Var::Resource), "name") => Some(Self::Text(Text::Name)),
                (Expr::Var(Var::Resource), "api") => Some(Self::Text(Text::Api)),
                _ => None,
            },
            _ => None,
        }
    }
}

impl Operand<'_> {
    /// The name of the fact that it is.
    pub fn fact(self) -> Option<String> {
        match self {
            Self::Version => Some(VERSION.to_owned()),
            Self::Header(name) => Some(of_header(name)),
            _ => None,
        }
    }
}

/// The name of a zone in `context.local["ZONE"]`.
fn zone(expr: &Expr) -> Option<&str> {
    let Expr::GetAttr { expr, attr } = expr else {
        return None;
    };
    is_of_context(expr, "local").then_some(attr.as_str())
}

/// `context.claims`.
pub fn is_claims(expr: &Expr) -> bool {
    is_of_context(expr, "claims")
}

/// `context.headers`.
pub fn is_headers(expr: &Expr) -> bool {
    is_of_context(expr, "headers")
}

fn is_of_context(expr: &Expr, name: &str) -> bool {
    match expr {
        Expr::GetAttr { expr, attr } => {
            matches!(expr.as_ref(), Expr::Var(Var::Context)) && attr == name
        }
        _ => false,
    }
}

/// The items of a set, or the one value.
pub fn constants(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::Set(items) => items.iter().map(AsRef::as_ref).collect(),
        one => vec![one],
    }
}

/// A number constant.
pub fn long(expr: &Expr) -> Option<i64> {
    match expr {
        Expr::Literal(Literal::Long(value)) => Some(*value),
        Expr::UnaryOp {
            op: UnaryOp::Neg,
            expr,
        } => match expr.as_ref() {
            Expr::Literal(Literal::Long(value)) => value.checked_neg(),
            _ => None,
        },
        _ => None,
    }
}
