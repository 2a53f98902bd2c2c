//! Rules that ask for a zone's clock, at times for which nobody knows it: they cannot be evaluated, and what they speak of is
//! refused. This is said in Cedar beside the rule, so that an auditor reads it, and nothing can fail at run time.

use std::collections::BTreeMap;
use std::sync::Arc;

use cedar_policy::pst::{
    self, ActionConstraint, BinaryOp, Clause, Expr, Literal, PrincipalConstraint,
    ResourceConstraint, Var,
};
use policies::bundle::{CLOCK, Effect};

use crate::source::Span;
use crate::zone;

use super::{Draft, is_token};

/// Of the policy beside all guardrails.
const GUARDRAIL: &str = "guardrails/clock";
const BECAUSE: &str = "the rule asks for a local time, and time zones are known from 2025 to 2039";

/// Whether the condition reads the clock of a zone; what only looks so costs nothing.
pub fn asks(clause: &Clause) -> bool {
    format!("{clause:?}").contains("\"local\"")
}

/// Refuses what the rule speaks of, whatever else it asks, at all other times.
pub fn outside(of: &Draft) -> Draft {
    let id = format!("{}{CLOCK}", of.id);
    let own = of
        .body
        .clauses()
        .iter()
        .filter(|clause| !asks(clause) && !is_token(clause))
        .cloned();
    let clauses: Vec<Clause> = own.chain([unknown()]).collect();
    let body = pst::Template::new(
        pst::PolicyID(id.as_str().into()),
        pst::Effect::Forbid,
        of.body.principal.clone(),
        of.body.action.clone(),
        of.body.resource.clone(),
    );
    draft(id, Effect::Deny, of.span, body, clauses)
}

/// Refuses everything at all other times, where a guardrail reads a clock.
pub fn beside_guardrails(drafts: &[Draft]) -> Option<Draft> {
    let asking = drafts
        .iter()
        .find(|draft| draft.body.clauses().iter().any(asks))?;
    let id = pst::PolicyID(GUARDRAIL.into());
    let body = pst::Template::new(
        id,
        pst::Effect::Forbid,
        PrincipalConstraint::Any,
        ActionConstraint::Any,
        ResourceConstraint::Any,
    );
    let clauses = vec![unknown()];
    Some(draft(
        GUARDRAIL.to_owned(),
        Effect::Guardrail,
        asking.span,
        body,
        clauses,
    ))
}

fn draft(
    id: String,
    effect: Effect,
    span: Span,
    body: pst::Template,
    clauses: Vec<Clause>,
) -> Draft {
    let annotations = BTreeMap::from([
        ("id".to_owned(), id.as_str().into()),
        ("because".to_owned(), BECAUSE.into()),
    ]);
    let body = body.with_annotations(annotations).try_with_clauses(clauses);
    Draft {
        id,
        effect,
        because: Some(BECAUSE.to_owned()),
        span,
        body: body.expect("the clauses are another policy's, or hold no slot"),
    }
}

/// `context.now < FIRST || context.now >= LAST`.
fn unknown() -> Clause {
    let test = |op, second| {
        let now = Expr::GetAttr {
            expr: Arc::new(Expr::Var(Var::Context)),
            attr: "now".into(),
        };
        Arc::new(Expr::BinaryOp {
            op,
            left: Arc::new(now),
            right: Arc::new(Expr::Literal(Literal::Long(second))),
        })
    };
    Clause::When(Arc::new(Expr::BinaryOp {
        op: BinaryOp::Or,
        left: test(BinaryOp::Less, zone::FIRST),
        right: test(BinaryOp::GreaterEq, zone::LAST),
    }))
}
