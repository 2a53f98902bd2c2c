//! What the files mean, as Cedar: one policy a rule (two where a deny also speaks of the connection's peer), strictly
//! validated under the published schema.
//!
//! The text is made first and read back: what an auditor reads is what is validated, lowered and compared with the table.

mod advice;
mod characters;
mod clocks;
mod expression;
mod forms;
mod guardrails;
mod letters;
mod limits;
mod literals;
mod place;
mod rules;
mod schema;
mod text;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use cedar_policy::ffi::DetailedError;
use cedar_policy::{
    Policy as CedarPolicy, PolicyId, PolicySet, ValidationMode, ValidationWarning, Validator, pst,
};
use policies::bundle::Effect;

use crate::diagnostic::{Diagnostic, Severity};
use crate::policy::{AccessFile, Gate, Policy, Rule};
use crate::source::Span;

use forms::{Forms, Way};

pub use characters::{Part, characters, code};
pub use forms::{Form, Hole, Like, Names};
pub use rules::is_token;
pub use schema::{Entity, GateSchema, action_of};

/// Every Cedar policy of a compile.
#[derive(Debug)]
pub struct Meaning {
    /// what they are typed by
    pub schema: GateSchema,
    /// guardrails, then the rules as written
    pub statements: Vec<Statement>,
    /// what statements with other names have in common
    pub forms: Vec<Form>,
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
    /// read back from the text and validated as it is; without it, the form was
    pub whole: Option<Box<Whole>>,
    /// the form that it fills
    pub like: Option<Like>,
}

/// A policy that went the whole way.
#[derive(Debug, Clone)]
pub struct Whole {
    /// as a tree: what was printed, and read back as the same policy
    pub body: pst::Template,
    /// for cedar-policy's authorizer
    policy: CedarPolicy,
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
    /// Of each statement.
    pub fn places(&self) -> impl Iterator<Item = Span> {
        self.statements.iter().map(|statement| statement.span)
    }

    /// All policies as one Cedar document.
    #[must_use]
    pub fn text(&self) -> String {
        let texts = self.statements.iter().map(|statement| &statement.text);
        let mut all = String::with_capacity(texts.map(|text| text.len() + 1).sum());
        for (turn, statement) in self.statements.iter().enumerate() {
            all.push_str(if turn == 0 { "" } else { "\n" });
            all.push_str(&statement.text);
        }
        all
    }
}

impl Statement {
    /// For cedar-policy's authorizer, as read from the text; `None` never for what [`build`] made.
    #[must_use]
    pub fn policy(&self) -> Option<CedarPolicy> {
        match &self.whole {
            Some(whole) => Some(whole.policy.clone()),
            None => CedarPolicy::parse(Some(PolicyId::new(&self.id)), &self.text).ok(),
        }
    }

    /// As a tree, read from the text where it was not yet.
    #[must_use]
    pub fn tree(&self) -> Option<Cow<'_, pst::Template>> {
        match &self.whole {
            Some(whole) => Some(Cow::Borrowed(&whole.body)),
            None => Some(Cow::Owned(self.policy()?.to_pst().ok()?.body().clone())),
        }
    }

    fn says(&self, other: &Self) -> bool {
        let parts =
            |statement: &Self| (statement.effect, statement.span, statement.because.clone());
        self.id == other.id && self.text == other.text && parts(self) == parts(other)
    }
}

/// Says in Cedar what the files say.
///
/// # Errors
/// Every guardrail and `when` that is no Cedar, or that cedar-policy's strict validator does not accept.
pub fn build(policy: &Policy) -> Result<Meaning, Vec<Diagnostic>> {
    let schema = GateSchema::new(&policy.gate);
    let validator = Arc::clone(&schema.validator);
    let rules = policy.files.iter().map(|file| file.rules.len());
    let mut made = Made {
        statements: Vec::with_capacity(rules.sum()),
        ..Made::default()
    };
    if let Some(text) = &policy.gate.guardrails {
        made.warnings.extend(literals::doubtful(text));
        made.read(guardrails::drafts(text, &validator).map(|mut drafts| {
            drafts.extend(clocks::beside_guardrails(&drafts));
            drafts
        }));
    }
    for file in &policy.files {
        for rule in &file.rules {
            made.rule(rule, file, &policy.gate, &validator);
        }
    }
    if made.problems.is_empty() {
        made.validate(schema, &validator)
    } else {
        Err(made.problems)
    }
}

/// What there is so far.
#[derive(Default)]
struct Made {
    statements: Vec<Statement>,
    forms: Forms,
    problems: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
}

impl Made {
    fn rule(&mut self, rule: &Rule, file: &AccessFile, gate: &Gate, validator: &Validator) {
        if let Some(when) = &rule.when {
            self.warnings.extend(literals::doubtful(when));
        }
        match self.forms.of(rule, file, gate) {
            Way::Filled(statements) => self.statements.extend(statements),
            Way::Whole(key) => {
                let before = self.statements.len();
                let problems = self.problems.len();
                self.read(rules::drafts(rule, file, gate, validator));
                let made = self.statements.get_mut(before..).unwrap_or_default();
                if let Some(key) = key.filter(|_| self.problems.len() == problems) {
                    self.forms.learn(key, (rule, file, gate), validator, made);
                }
            }
        }
    }

    fn read(&mut self, drafts: Result<Vec<Draft>, Vec<Diagnostic>>) {
        let drafts = match drafts {
            Ok(drafts) => drafts,
            Err(found) => return self.problems.extend(found),
        };
        for draft in drafts {
            match read_back(draft) {
                Ok(statement) => self.statements.push(statement),
                Err(diagnostic) => self.problems.push(*diagnostic),
            }
        }
    }
}

fn read_back(draft: Draft) -> Result<Statement, Box<Diagnostic>> {
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
    let made = pst::StaticPolicy::try_from(body.clone());
    let made = made.map_err(|error| failed(error.to_string()))?;
    let made = CedarPolicy::from_pst(pst::Policy::Static(made))
        .map_err(|error| failed(error.to_string()))?;
    let policy = CedarPolicy::parse(Some(PolicyId::new(&id)), &text)
        .map_err(|error| failed(error.to_string()))?;
    if policy != made {
        return Err(failed("it does not read back as the same policy".into()));
    }
    Ok(Statement {
        id,
        effect,
        because,
        span,
        text,
        whole: Some(Box::new(Whole { body, policy })),
        like: None,
    })
}

impl Made {
    /// The whole set once more: nothing reaches the table that the strict validator has not seen as it is, or in its form.
    fn validate(
        self,
        schema: GateSchema,
        validator: &Validator,
    ) -> Result<Meaning, Vec<Diagnostic>> {
        let statements = self.statements;
        let whole = || statements.iter().filter(|one| one.whole.is_some());
        let policies = whole().filter_map(Statement::policy);
        let set = PolicySet::from_policies(policies).map_err(|error| {
            vec![Diagnostic::error(
                "MG0951",
                Span::NOWHERE,
                error.to_string(),
            )]
        })?;
        let places: BTreeMap<&str, Span> = whole()
            .map(|statement| (statement.id.as_str(), statement.span))
            .collect();
        let mut warnings = judged(validator, &set, &places)?;
        warnings.extend(self.warnings);
        Ok(Meaning {
            schema,
            statements,
            forms: self.forms.into_all(),
            warnings,
        })
    }
}

/// The validator's warnings, or its errors.
fn judged(
    validator: &Validator,
    set: &PolicySet,
    places: &BTreeMap<&str, Span>,
) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
    let said = |id: &PolicyId, said: DetailedError, code| {
        let span = places
            .get(AsRef::<str>::as_ref(id))
            .copied()
            .unwrap_or_default();
        let found = Diagnostic::error(code, span, expression::plain(&said.message));
        expression::diagnostic(found, said.help, "")
    };
    let result = validator.validate(set, ValidationMode::Strict);
    let errors = result.validation_errors();
    let errors: Vec<Diagnostic> = errors
        .map(|error| said(error.policy_id(), error.into(), "MG0902"))
        .collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    // names and texts are looked at as they were written, without an issuer's name before them; words of the schema are ASCII
    let warnings = result.validation_warnings();
    let other = warnings.filter(|warning| {
        !matches!(
            warning,
            ValidationWarning::MixedScriptString(_)
                | ValidationWarning::MixedScriptIdentifier(_)
                | ValidationWarning::ConfusableIdentifier(_)
        )
    });
    let warnings = other.map(|warning| Diagnostic {
        severity: Severity::Warning,
        ..said(warning.policy_id(), warning.into(), "MG0908")
    });
    Ok(warnings.collect())
}

#[cfg(test)]
mod tests;
