//! Table against Cedar, at every compile: the emitted bundle, read back from its bytes, and cedar-policy judge the same
//! requests, and must name the same verdict and the same rules.
//!
//! The requests are made from the Cedar policies, not from the table, so that something lost on the way is asked for: each
//! principal that a policy names and an outsider, each action, each model and names just inside and outside of each pattern,
//! each number and one less and more, each text and another, with and without a peer, through each application and none, with
//! and without each claim, and every model public and not.
//!
//! Of the policies that differ in names only, one is asked about in this way. The others are held to say the same with their
//! own names, each entry that they cover is looked at, and each is asked about once inside and once outside.

pub(crate) mod boundary;
mod filled;
mod mentions;
pub(crate) mod relevant;
mod requests;
pub(crate) mod store;
pub(crate) mod witness;

use std::collections::BTreeSet;
use std::ops::Range;

use cedar_policy::Entities;
use policies::authorize::{Decision, Question};
use policies::bundle::{Bundle, Effect, Rule};
use policies::engine::Engine;
use policies::facts;
use policies::principal::Caller;

use crate::cedar::{Meaning, Statement};
use crate::diagnostic::Diagnostic;
use crate::source::Span;

use boundary::{Case, Dimensions, Known, with_address};
use relevant::Relevant;
use store::Stores;
use witness::Witness;

/// About as many requests as one bundle gets; a policy gets its share of them, in the bounds below.
const MOST: usize = 600;
/// Requests that every policy gets, however many there are.
const FEWEST: usize = 24;
/// Requests that a policy gets at most, however few there are; more only where it names more, and then it is put to cedar-policy without
/// others beside it, each of which would take as long.
const LARGEST_SHARE: usize = 150;
/// cedar-policy walks all policies it is given. So a request is put to it with all that can matter where these are no more than
/// so many. Else it is put to it with few others, and only some with all; whatever it is, it is compared with the whole table.
const GROUP: usize = 6;
/// About as many requests are put to cedar-policy with all policies that can matter.
const MOST_WITH_ALL: usize = 500;

/// Which policies are compared. The compiler has no threads; who has two may give a half to each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// with the first one
    First,
    /// with the last one
    Last,
}

impl Half {
    const fn other(self) -> Self {
        match self {
            Self::First => Self::Last,
            Self::Last => Self::First,
        }
    }

    /// Positions of so many that follow each other.
    fn of(self, count: usize) -> Range<usize> {
        match self {
            Self::First => 0..count.div_ceil(2),
            Self::Last => count.div_ceil(2)..count,
        }
    }
}

/// What one side says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) allowed: bool,
    /// whether a guardrail refused
    guarded: bool,
    pub(crate) rules: BTreeSet<String>,
}

/// Compares half of the Cedar policies with a bundle's text.
///
/// # Errors
/// The first request on which they differ, at the place of a policy that they differ about.
pub fn compare(meaning: &Meaning, text: &str, half: Half) -> Result<(), Vec<Diagnostic>> {
    compare_read(meaning, load(text)?, half)
}

/// The same, and that the text says what the bundle does.
///
/// # Errors
/// Also where it does not.
pub fn compare_with(
    meaning: &Meaning,
    bundle: &Bundle,
    text: &str,
    half: Half,
) -> Result<(), Vec<Diagnostic>> {
    let engine = load(text)?;
    if engine.bundle() != bundle {
        return Err(failure("its text says something else"));
    }
    compare_read(meaning, engine, half)
}

fn compare_read(meaning: &Meaning, engine: Engine, half: Half) -> Result<(), Vec<Diagnostic>> {
    let whole = filled::check(meaning, &engine, half).map_err(|problem| vec![*problem])?;
    let mut comparison = Comparison::new(meaning);
    comparison.disagreement(&engine, &whole, half)?;
    let reads_public = |statement: &Statement| mentions::of(statement).public;
    let about: Vec<&Statement> = whole
        .into_iter()
        .filter(|statement| reads_public(statement))
        .collect();
    if !about.is_empty() {
        let mut turned = engine.into_bundle();
        let models = turned.models.iter_mut();
        models.for_each(|model| model.public = !model.public);
        let turned =
            Engine::new(turned, String::new()).map_err(|error| failure(&error.to_string()))?;
        // guardrails come first and cost most: the other half has less to do
        comparison.disagreement(&turned, &about, half.other())?;
    }
    Ok(())
}

fn load(text: &str) -> Result<Engine, Vec<Diagnostic>> {
    Engine::load(text.as_bytes()).map_err(|error| failure(&error.to_string()))
}

fn failure(why: &str) -> Vec<Diagnostic> {
    let diagnostic = Diagnostic::error(
        "MG0952",
        Span::NOWHERE,
        format!("the bundle cannot be used: {why}"),
    );
    vec![
        diagnostic.with_help("this is a mistake of modelgate's: please report it with these files"),
    ]
}

/// What is asked, and of whom.
struct Comparison<'a> {
    meaning: &'a Meaning,
    witness: Witness<'a>,
    stores: Stores<'a>,
    relevant: Relevant<'a>,
}

impl<'a> Comparison<'a> {
    fn new(meaning: &'a Meaning) -> Self {
        Self {
            meaning,
            witness: Witness::new(meaning),
            stores: Stores::new(meaning),
            relevant: Relevant::new(meaning),
        }
    }

    fn disagreement(
        &mut self,
        engine: &Engine,
        about: &[&Statement],
        half: Half,
    ) -> Result<(), Vec<Diagnostic>> {
        let known = Known::of(engine.bundle());
        let count = about.len().max(1);
        let share = (MOST / count).clamp(FEWEST, LARGEST_SHARE);
        let with_all = (MOST_WITH_ALL / count).max(1);
        let about = about.get(half.of(about.len())).unwrap_or_default();
        for group in about.chunks(GROUP) {
            let few = relevant::set(group.iter().copied());
            for statement in group {
                let attributes = &self.meaning.schema.attributes;
                let dimensions = boundary::dimensions(statement, attributes, &known);
                let entities = self.stores.of(&dimensions);
                let cases = self.chosen(statement, &dimensions, &entities, engine, share);
                let pause = cases.len() / with_all + 1;
                let own = std::slice::from_ref(statement);
                let alone =
                    (cases.len() > LARGEST_SHARE).then(|| relevant::set(own.iter().copied()));
                let (few, group) = match &alone {
                    Some(alone) => (alone, own),
                    None => (&few, group),
                };
                for (turn, case) in cases.iter().enumerate() {
                    let table = judge(engine, case);
                    let most = if turn % pause == 0 { usize::MAX } else { GROUP };
                    let all = self.relevant.to(case, most);
                    let cedar = self.witness.ask(all.unwrap_or(few), &entities, case);
                    let agreed = match all {
                        Some(_) => cedar == table,
                        None => table.fits(&cedar, group),
                    };
                    if !agreed {
                        return Err(vec![difference(self.meaning, case, &cedar, &table)]);
                    }
                }
            }
        }
        Ok(())
    }

    /// The requests about one policy.
    fn chosen<'d>(
        &self,
        statement: &Statement,
        dimensions: &'d Dimensions,
        entities: &Entities,
        engine: &Engine,
        share: usize,
    ) -> Vec<Case<'d>> {
        let alone = relevant::set(std::iter::once(statement));
        let matches = |case: &Case<'_>| {
            let answer = self.witness.ask(&alone, entities, case);
            answer.rules.contains(&statement.id)
        };
        let shows = |case: &Case<'_>| {
            let answer = judge(engine, case);
            answer.allowed || answer.rules.contains(&statement.id)
        };
        requests::chosen(dimensions, share, matches, shows)
    }
}

fn judge(engine: &Engine, case: &Case<'_>) -> Answer {
    let caller = Caller {
        facts: facts::given(&with_address(case.facts)),
        ..engine.caller(case.identity().as_ref(), case.peer())
    };
    let question = Question {
        namespace: &case.model.namespace,
        model: &case.model.name,
        version: None,
        api: case.model.api,
        action: case.action,
        method: case.method,
        now: case.now,
    };
    let decision = engine.decide(&caller, question);
    let (allowed, rules) = match decision {
        Decision::Allowed(_, rules) => (true, rules),
        Decision::Denied(_, rules) => (false, rules),
    };
    let rule = |rule: &u32| engine.bundle().rules.get(usize::try_from(*rule).ok()?);
    let rules: Vec<&Rule> = rules.iter().filter_map(rule).collect();
    Answer {
        allowed,
        guarded: rules.iter().any(|rule| rule.effect == Effect::Guardrail),
        rules: rules.iter().map(|rule| rule.id.to_string()).collect(),
    }
}

fn difference(meaning: &Meaning, case: &Case<'_>, cedar: &Answer, table: &Answer) -> Diagnostic {
    let about = cedar
        .rules
        .symmetric_difference(&table.rules)
        .next()
        .or_else(|| cedar.rules.first());
    let statement = meaning
        .statements
        .iter()
        .find(|statement| Some(&statement.id) == about);
    let span = statement.map_or_else(Span::default, |statement| statement.span);
    let message = format!(
        "the table and Cedar disagree about {case}: the table says {table}, Cedar says {cedar}"
    );
    disagreeing(span, message)
}

fn disagreeing(span: Span, message: String) -> Diagnostic {
    let help =
        "this is a mistake of modelgate's, nothing was written: please report it with these files";
    Diagnostic::error("MG0950", span, message).with_help(help)
}

impl Answer {
    /// Nothing is said about the model at all.
    #[cfg(test)]
    pub(crate) const fn refused() -> Self {
        Self {
            allowed: false,
            guarded: false,
            rules: BTreeSet::new(),
        }
    }

    /// Whether Cedar can have said this when it was asked with a group of policies, and the table with all. Where policies
    /// outside of the group refuse, permits of the group may match unseen.
    fn fits(&self, cedar: &Self, group: &[&Statement]) -> bool {
        let seen: Vec<&Statement> = group
            .iter()
            .copied()
            .filter(|statement| self.rules.contains(&statement.id))
            .collect();
        let refused_by_others = !self.allowed && !self.rules.is_empty() && seen.is_empty();
        let expected = Self {
            allowed: self.allowed && !seen.is_empty(),
            guarded: seen
                .iter()
                .any(|statement| statement.effect == Effect::Guardrail),
            rules: seen.iter().map(|statement| statement.id.clone()).collect(),
        };
        *cedar == expected || (refused_by_others && cedar.allowed)
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let rules: Vec<&str> = self.rules.iter().map(String::as_str).collect();
        let verdict = if self.allowed { "allow" } else { "deny" };
        write!(f, "{verdict} by [{}]", rules.join(", "))
    }
}

#[cfg(test)]
mod tests;
