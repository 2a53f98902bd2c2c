//! `versions` of a rule. What allows some versions does not allow a request that names none, for the server chooses one; what denies
//! some denies such a request, too.

use std::sync::Arc;

use cedar_policy::pst::{self, BinaryOp, Expr, Literal, Var};

use crate::cedar::schema::Entity;
use crate::policy::{AccessFile, Rule};

use super::{binary, in_one_of};

const VERSION: &str = "version";

/// `context has version && [...].contains(context.version)`; a server as a whole has no version, and is there by its own name. Of a
/// deny `if context has version then ... else true`.
pub(super) fn clause(rule: &Rule, file: &AccessFile) -> Option<Expr> {
    if rule.versions.is_empty() {
        return None;
    }
    let text = |version: &String| Arc::new(Expr::Literal(Literal::String(version.as_str().into())));
    let named = Expr::Set(rule.versions.iter().map(text).collect());
    let is_one = binary(BinaryOp::Contains, named, version());
    if rule.denies {
        return Some(Expr::IfThenElse {
            cond: Arc::new(has_version()),
            then_expr: Arc::new(is_one),
            else_expr: Arc::new(Expr::Literal(Literal::Bool(true))),
        });
    }
    let named = binary(BinaryOp::And, has_version(), is_one);
    let servers = servers(rule, file);
    if servers.is_empty() {
        return Some(named);
    }
    let is_server = in_one_of(&Expr::Var(Var::Resource), [servers]);
    Some(binary(BinaryOp::Or, is_server, named))
}

/// No model's name begins so.
fn servers(rule: &Rule, file: &AccessFile) -> Vec<pst::EntityUID> {
    let servers = rule.models.iter().filter(|name| name.starts_with('@'));
    servers
        .map(|name| Entity::Model.uid(&format!("{}/{name}", file.namespace)))
        .collect()
}

fn context() -> Arc<Expr> {
    Arc::new(Expr::Var(Var::Context))
}

fn version() -> Expr {
    Expr::GetAttr {
        expr: context(),
        attr: VERSION.into(),
    }
}

fn has_version() -> Expr {
    Expr::HasAttr {
        expr: context(),
        attrs: pst::NonEmpty::new(VERSION.into()),
    }
}
