//! What the files mean, as Cedar: one policy a rule (two where a deny also speaks of the connection's peer), strictly
//! validated under the published schema.
//!
//! The text is made first and read back: what an auditor reads is what is validated, lowered and compared with the table.

mod expression;
mod guardrails;
mod limits;
mod place;
mod rules;
mod schema;
mod text;

use std::collections::BTreeMap;

use cedar_policy::ffi::DetailedError;
use cedar_policy::{Policy as CedarPolicy, PolicyId, PolicySet, ValidationMode, Validator, pst};
use policies::bundle::Effect;

use crate::diagnostic::{Diagnostic, Severity};
use crate::policy::Policy;
use crate::source::Span;

pub use schema::{Entity, GateSchema, action_of};

/// Every Cedar policy of a compile.
#[derive(Debug)]
pub struct Meaning {
    /// what they are typed by
    pub schema: GateSchema,
    /// guardrails, then the rules as written
    pub statements: Vec<Statement>,
    /// the same, for cedar-policy's authorizer
    pub set: PolicySet,
    /// what cedar-policy only warns of
    pub warnings: Vec<Diagnostic>,
}

/// One Cedar policy.
#[derive(Debug, Clone)]
pub struct Statement {
    /// value of `@id`, also of the table's rule
    pub id: String,
    /// what the table says for it
    pub effect: Effect,
    /// value of `@because`
    pub because: Option<String>,
    /// the place to show for a problem with it
    pub span: Span,
    /// the policy as text
    pub text: String,
    /// the same as a tree
    pub body: pst::Template,
}

/// A policy that has not been printed and read back yet.
#[derive(Debug)]
struct Draft {
    id: String,
    effect: Effect,
    because: Option<String>,
    span: Span,
    body: pst::Template,
}

impl Meaning {
    /// All policies as one Cedar document.
    #[must_use]
    pub fn text(&self) -> String {
        self.statements
            .iter()
            .map(|statement| statement.text.as_str())
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// Says in Cedar what the files say.
///
/// # Errors
/// Every guardrail and `when` that is no Cedar, or that cedar-policy's strict validator does not accept.
pub fn build(policy: &Policy) -> Result<Meaning, Vec<Diagnostic>> {
    let schema = GateSchema::new(&policy.gate.attributes);
    let validator = Validator::new(schema.parsed.clone());
    let mut problems = Vec::new();
    let drafts = drafts(policy, &validator, &mut problems);
    let (mut statements, mut policies) = (Vec::new(), Vec::new());
    for draft in drafts {
        match read_back(draft) {
            Ok((statement, policy)) => {
                statements.push(statement);
                policies.push(policy);
            }
            Err(diagnostic) => problems.push(*diagnostic),
        }
    }
    if problems.is_empty() {
        validate(statements, policies, schema, &validator)
    } else {
        Err(problems)
    }
}

fn drafts(policy: &Policy, validator: &Validator, problems: &mut Vec<Diagnostic>) -> Vec<Draft> {
    let mut drafts = Vec::new();
    if let Some(text) = &policy.gate.guardrails {
        match guardrails::drafts(text, validator) {
            Ok(found) => drafts.extend(found),
            Err(found) => problems.extend(found),
        }
    }
    for file in &policy.files {
        for rule in &file.rules {
            match rules::drafts(rule, file, &policy.gate, validator) {
                Ok(found) => drafts.extend(found),
                Err(found) => problems.extend(found),
            }
        }
    }
    drafts
}

fn read_back(draft: Draft) -> Result<(Statement, CedarPolicy), Box<Diagnostic>> {
    let Draft {
        id,
        effect,
        because,
        span,
        body,
    } = draft;
    let text = text::of(&body);
    let failed = |why: String| {
        Box::new(Diagnostic::error(
            "MG0951",
            span,
            format!("`{id}` as Cedar text: {why}"),
        ))
    };
    let made = pst::StaticPolicy::try_from(body).map_err(|error| failed(error.to_string()))?;
    let made = CedarPolicy::from_pst(pst::Policy::Static(made))
        .map_err(|error| failed(error.to_string()))?;
    let read = CedarPolicy::parse(Some(PolicyId::new(&id)), &text)
        .map_err(|error| failed(error.to_string()))?;
    if read != made {
        return Err(failed("it does not read back as the same policy".into()));
    }
    let body = read
        .to_pst()
        .map_err(|error| failed(error.to_string()))?
        .body()
        .clone();
    let statement = Statement {
        id,
        effect,
        because,
        span,
        text,
        body,
    };
    Ok((statement, read))
}

/// The whole set once more: nothing reaches the table that the strict validator has not seen as it is.
fn validate(
    statements: Vec<Statement>,
    policies: Vec<CedarPolicy>,
    schema: GateSchema,
    validator: &Validator,
) -> Result<Meaning, Vec<Diagnostic>> {
    let set = PolicySet::from_policies(policies).map_err(|error| {
        vec![Diagnostic::error(
            "MG0951",
            Span::default(),
            error.to_string(),
        )]
    })?;
    let places: BTreeMap<&str, Span> = statements
        .iter()
        .map(|statement| (statement.id.as_str(), statement.span))
        .collect();
    let said = |id: &PolicyId, said: DetailedError, code| {
        let span = places
            .get(AsRef::<str>::as_ref(id))
            .copied()
            .unwrap_or_default();
        let found = Diagnostic::error(code, span, expression::plain(&said.message));
        expression::diagnostic(found, said.help)
    };
    let result = validator.validate(&set, ValidationMode::Strict);
    let errors = result.validation_errors();
    let errors: Vec<Diagnostic> = errors
        .map(|error| said(error.policy_id(), error.into(), "MG0902"))
        .collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    let warnings = result.validation_warnings().map(|warning| Diagnostic {
        severity: Severity::Warning,
        ..said(warning.policy_id(), warning.into(), "MG0908")
    });
    let warnings = warnings.collect();
    Ok(Meaning {
        schema,
        statements,
        set,
        warnings,
    })
}

#[cfg(test)]
mod tests;
