//! The administrator's Cedar: `forbid` policies only, each with an id of its own.

use std::collections::BTreeSet;

use cedar_policy::ffi::DetailedError;
use cedar_policy::{Policy as CedarPolicy, PolicySet, ValidationMode, Validator, pst};
use policies::bundle::Effect;

use crate::diagnostic::{Diagnostic, help};
use crate::policy::CedarText;

use super::characters::{Part, characters};
use super::{Draft, advice, expression, letters, limits, place};

/// Largest text of all guardrails.
const MOST: limits::Most = limits::Most {
    bytes: 64 * 1024,
    members: 500,
};

/// Says what a guardrail looks like, where Cedar has no advice.
fn advised(problem: Diagnostic) -> Diagnostic {
    match problem.help.as_deref() == help::of(problem.code) {
        true => problem.with_help(
            "a guardrail is `forbid (principal, action, resource) when { !resource.public };`",
        ),
        false => problem,
    }
}

/// The policies of the text, in its order.
pub fn drafts(text: &CedarText, validator: &Validator) -> Result<Vec<Draft>, Vec<Diagnostic>> {
    limits::check(text, MOST)?;
    letters::check(text)?;
    let set = text.text.parse::<PolicySet>();
    let set = set.map_err(|errors| {
        let found = expression::located(&DetailedError::from(&errors), text, 0, "MG0901");
        found.into_iter().map(advised).collect::<Vec<_>>()
    })?;
    let mut problems = templates(&set, text);
    let result = validator.validate(&set, ValidationMode::Strict);
    let wrong = expression::type_errors(&result, text, 0);
    problems.extend(advice::absent::in_guardrail(wrong));
    let (mut taken, mut places) = (BTreeSet::new(), Places::of(&text.text));
    let mut drafts = Vec::new();
    for (position, policy) in in_order(&set).into_iter().enumerate() {
        match draft(policy, position, text, (&mut taken, &mut places)) {
            Ok(draft) => drafts.push(draft),
            Err(diagnostic) => problems.push(*diagnostic),
        }
    }
    if problems.is_empty() {
        Ok(drafts)
    } else {
        Err(problems)
    }
}

fn templates(set: &PolicySet, text: &CedarText) -> Vec<Diagnostic> {
    if set.templates().next().is_none() {
        return Vec::new();
    }
    let message = "`?principal` and `?resource` are not used in guardrails";
    vec![
        Diagnostic::error("MG0905", text.span, message)
            .with_help("write the principal or resource out, or leave it open"),
    ]
}

/// Cedar calls the policies of a text `policy0`, `policy1`, ... and keeps them in no order.
fn in_order(set: &PolicySet) -> Vec<&CedarPolicy> {
    let mut policies: Vec<&CedarPolicy> = set.policies().collect();
    let position = |policy: &CedarPolicy| {
        let id: &str = policy.id().as_ref();
        id.trim_start_matches("policy")
            .parse::<usize>()
            .unwrap_or(usize::MAX)
    };
    policies.sort_by_key(|policy| position(policy));
    policies
}

/// Where the policies of a text stand, asked for in their order.
struct Places<'t> {
    text: &'t str,
    /// where something begins that is read
    code: Vec<usize>,
    /// the end of the one before
    after: usize,
}

impl<'t> Places<'t> {
    fn of(text: &'t str) -> Self {
        let code = characters(text).filter(|(_, _, part)| *part == Part::Code);
        Self {
            text,
            code: code.map(|(at, ..)| at).collect(),
            after: 0,
        }
    }

    /// The first byte of the next one; a comment may have the same before it.
    fn next(&mut self, written: &str) -> usize {
        let is_here = |at: &usize| {
            let rest = self.text.get(*at..);
            *at >= self.after && rest.is_some_and(|rest| rest.starts_with(written))
        };
        let start = self.code.iter().copied().find(is_here).unwrap_or_default();
        self.after = start + written.len();
        start
    }
}

fn draft(
    policy: &CedarPolicy,
    position: usize,
    text: &CedarText,
    (taken, places): (&mut BTreeSet<String>, &mut Places<'_>),
) -> Result<Draft, Box<Diagnostic>> {
    let written = policy.to_cedar().unwrap_or_default();
    let start = places.next(&written);
    let span = place::within(text, start, start + written.len());
    let refuse = |code, message: String, help: &str| {
        Box::new(Diagnostic::error(code, span, message).with_help(help))
    };
    let tree = policy.to_pst().map_err(|error| {
        let message = format!("this guardrail cannot be used: {error}");
        refuse("MG0906", message, "write it in plain Cedar")
    })?;
    if tree.body().effect != pst::Effect::Forbid {
        let help = "what is allowed is said in access files; turn it round into a `forbid ... unless { ... }`";
        return Err(refuse(
            "MG0903",
            "a guardrail can only `forbid`".into(),
            help,
        ));
    }
    let id = match policy.annotation("id") {
        None => format!("guardrail[{position}]"),
        Some(id) if is_name(id) => id.to_owned(),
        Some(id) => {
            let help = "use 1 to 63 letters, digits, `-`, `_` or `.`";
            return Err(refuse(
                "MG0904",
                format!("`{id}` cannot be the id of a guardrail"),
                help,
            ));
        }
    };
    if !taken.insert(id.clone()) {
        let message = format!("two guardrails have the id `{id}`");
        return Err(refuse("MG0904", message, "give each its own `@id`"));
    }
    let because = policy.annotation("because").map(str::to_owned);
    Ok(Draft {
        body: renamed(tree.body(), &id),
        id,
        effect: Effect::Guardrail,
        because,
        span,
    })
}

fn renamed(body: &pst::Template, id: &str) -> pst::Template {
    let mut annotations = body.annotations.clone();
    annotations.insert("id".into(), id.into());
    body.clone()
        .with_annotations(annotations)
        .with_id(pst::PolicyID(id.into()))
}

fn is_name(id: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=63).contains(&id.len()) && id.bytes().all(fits)
}
