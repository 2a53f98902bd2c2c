//! Rules that differ in names only. Cedar judges entities by their type and compares ids; so of all rules with the same words
//! around their names, one with holes for names is printed, read back and strictly validated, and the others are filled in.
//!
//! What may stand in a hole is plain: printable ASCII that no Cedar text escapes and no warning of cedar-policy is about. A
//! rule with other names, or whose condition speaks of entities, has no form: it goes the whole way alone. A decision record
//! (`docs/decisions/0014-rules-of-one-form.md`) says why nothing is lost.

use std::collections::BTreeMap;
use std::sync::Arc;

use cedar_policy::{PolicySet, ValidationMode, Validator, pst};
use policies::bundle::Effect;

use crate::policy::{AccessFile, Gate, Rule, Term};

use super::{Statement, read_back, rules};

mod key;

use key::key;

const NAMESPACE: usize = 0;
const ID: usize = 1;
const BECAUSE: usize = 2;
const FIRST_NAME: usize = 3;
/// More digits than a rule has names.
const MOST_NAMES: usize = 9000;

/// The Cedar policies of all rules that differ in names only.
#[derive(Debug)]
pub struct Form {
    /// one, or more for a deny that names machines
    pub parts: Vec<Part>,
}

/// One Cedar policy with holes.
#[derive(Debug)]
pub struct Part {
    /// what is added to the rule's id
    suffix: String,
    effect: Effect,
    /// read back from the text, as the validator saw it
    pub body: pst::Template,
    pieces: Vec<Piece>,
}

#[derive(Debug)]
enum Piece {
    Text(String),
    Hole(usize),
}

/// A Cedar policy as a form and what fills it.
#[derive(Debug, Clone)]
pub struct Like {
    /// position in [`super::Meaning::forms`]
    pub form: usize,
    /// position in its parts
    pub part: usize,
    /// of the rule
    pub names: Arc<Names>,
}

/// The names of a rule, in the order of their holes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// whose rule it is
    pub namespace: String,
    /// whom it speaks of
    pub who: Vec<Term>,
    /// applications between
    pub through: Vec<Term>,
    /// names and patterns
    pub models: Vec<String>,
}

/// A name of a form's own policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hole {
    /// position in [`Names::who`]
    Who(usize),
    /// position in [`Names::through`]
    Through(usize),
}

/// The forms that were met so far.
#[derive(Debug, Default)]
pub struct Forms {
    known: BTreeMap<Vec<u8>, Known>,
    all: Vec<Form>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// one rule had it
    Once,
    /// cannot be shared
    Never,
    /// position of the form
    As(usize),
}

/// What to do with a rule.
#[derive(Debug)]
pub enum Way {
    /// these are its statements
    Filled(Vec<Statement>),
    /// it goes the whole way, and what comes out is shown to [`Forms::learn`]
    Whole(Option<Vec<u8>>),
}

impl Forms {
    /// The forms, by position.
    pub fn into_all(self) -> Vec<Form> {
        self.all
    }

    /// The rule's statements, where its form is known.
    pub fn of(&self, rule: &Rule, file: &AccessFile, gate: &Gate) -> Way {
        let Some(key) = key(rule, file, gate) else {
            return Way::Whole(None);
        };
        let Some(Known::As(form)) = self.known.get(&key) else {
            return Way::Whole(Some(key));
        };
        let names = Arc::new(Names::of(rule, file));
        let parts = self.all.get(*form).map_or(&[][..], |form| &form.parts);
        let fill = |(part, of): (usize, &Part)| of.statement(rule, *form, part, &names);
        Way::Filled(parts.iter().enumerate().map(fill).collect())
    }

    /// Makes a form of the second rule that has it. It is used only if it says of this rule what the whole way said.
    pub fn learn(
        &mut self,
        key: Vec<u8>,
        (rule, file, gate): (&Rule, &AccessFile, &Gate),
        validator: &Validator,
        made: &mut [Statement],
    ) {
        let known = match self.known.get(&key) {
            None => Known::Once,
            Some(Known::Once) => {
                let number = self.all.len();
                let form = Form::new(rule, file, gate, validator);
                match form.filter(|form| form.explains(number, rule, file, made)) {
                    Some(form) => {
                        self.all.push(form);
                        Known::As(number)
                    }
                    None => Known::Never,
                }
            }
            Some(known) => *known,
        };
        self.known.insert(key, known);
    }
}

impl Form {
    fn new(rule: &Rule, file: &AccessFile, gate: &Gate, validator: &Validator) -> Option<Self> {
        let (rule, file, before) = with_holes(rule, file)?;
        let drafts = rules::drafts(&rule, &file, gate, validator).ok()?;
        let read = drafts.into_iter().map(read_back);
        let read: Vec<_> = read.collect::<Result<_, _>>().ok()?;
        let set = PolicySet::from_policies(read.iter().filter_map(Statement::policy)).ok()?;
        if !validator
            .validate(&set, ValidationMode::Strict)
            .validation_passed_without_warnings()
        {
            return None;
        }
        let part = |statement: Statement| {
            Some(Part {
                suffix: statement.id.strip_prefix(&hole(ID))?.to_owned(),
                effect: statement.effect,
                pieces: pieces(&statement.text, &before)?,
                body: statement.whole?.body,
            })
        };
        let parts = read.into_iter().map(part).collect::<Option<_>>()?;
        Some(Self { parts })
    }

    /// Whether filling in gives what the whole way gave; the statements then remember the form.
    fn explains(
        &self,
        number: usize,
        rule: &Rule,
        file: &AccessFile,
        made: &mut [Statement],
    ) -> bool {
        let names = Arc::new(Names::of(rule, file));
        let same = |(part, (of, made)): (usize, (&Part, &Statement))| {
            of.statement(rule, number, part, &names).says(made)
        };
        let all = self.parts.len() == made.len();
        let explained = all && self.parts.iter().zip(&*made).enumerate().all(same);
        if explained {
            for (part, statement) in made.iter_mut().enumerate() {
                let names = Arc::clone(&names);
                statement.like = Some(Like {
                    form: number,
                    part,
                    names,
                });
            }
        }
        explained
    }
}

impl Part {
    fn statement(&self, rule: &Rule, form: usize, part: usize, names: &Arc<Names>) -> Statement {
        let mut text = String::with_capacity(256);
        for piece in &self.pieces {
            match piece {
                Piece::Text(piece) => text.push_str(piece),
                Piece::Hole(ID) => text.push_str(&rule.id),
                Piece::Hole(BECAUSE) => text.push_str(rule.because.as_deref().unwrap_or_default()),
                Piece::Hole(hole) => text.push_str(names.text(*hole)),
            }
        }
        Statement {
            id: format!("{}{}", rule.id, self.suffix),
            effect: self.effect,
            because: rule.because.clone(),
            span: rule.when.as_ref().map_or(rule.span, |when| when.span),
            text,
            whole: None,
            like: Some(Like {
                form,
                part,
                names: Arc::clone(names),
            }),
        }
    }
}

impl Names {
    fn of(rule: &Rule, file: &AccessFile) -> Self {
        Self {
            namespace: file.namespace.clone(),
            who: rule.who.iter().cloned().collect(),
            through: rule.through.iter().cloned().collect(),
            models: rule.models.iter().cloned().collect(),
        }
    }

    fn text(&self, hole: usize) -> &str {
        let Some(name) = hole.checked_sub(FIRST_NAME) else {
            return &self.namespace;
        };
        let (who, through) = (self.who.len(), self.through.len());
        let machine = |past: usize| self.through.get(past).map(Term::id);
        let model = |past: usize| self.models.get(past).map(|name| name.trim_end_matches('*'));
        let term = self.who.get(name).map(Term::id);
        let term = term.or_else(|| machine(name.checked_sub(who)?));
        term.or_else(|| model(name.checked_sub(who + through)?))
            .unwrap_or_default()
    }

    /// The name that fills the hole.
    #[must_use]
    pub fn term(&self, hole: Hole) -> Option<&Term> {
        match hole {
            Hole::Who(position) => self.who.get(position),
            Hole::Through(position) => self.through.get(position),
        }
    }

    /// The holes, with what fills them.
    pub fn terms(&self) -> impl Iterator<Item = (Hole, &Term)> {
        let who = self.who.iter().enumerate();
        let through = self.through.iter().enumerate();
        who.map(|(position, term)| (Hole::Who(position), term))
            .chain(through.map(|(position, term)| (Hole::Through(position), term)))
    }

    /// The names that the form's own policy has where these are.
    #[must_use]
    pub fn holes(&self) -> Option<Self> {
        let mut next = FIRST_NAME..MOST_NAMES;
        let mut term = |term: &Term| {
            let id = format!("{}/{}", term.id().split_once('/')?.0, hole(next.next()?));
            Some(match term {
                Term::User(_) => Term::User(id),
                Term::Group(_) => Term::Group(id),
                Term::ServiceAccount(_) => Term::ServiceAccount(id),
            })
        };
        let who = self.who.iter().map(&mut term).collect::<Option<_>>()?;
        let through = self.through.iter().map(term).collect::<Option<_>>()?;
        let model = |name: &String| {
            let star = if name.ends_with('*') { "*" } else { "" };
            Some(format!("{}{star}", hole(next.next()?)))
        };
        Some(Self {
            namespace: hole(NAMESPACE),
            who,
            through,
            models: self.models.iter().map(model).collect::<Option<_>>()?,
        })
    }
}

fn hole(number: usize) -> String {
    format!("hole-{number:04}.")
}

/// The rule with holes, and what stands before each of them: the owner of a principal is part of its hole.
fn with_holes(rule: &Rule, file: &AccessFile) -> Option<(Rule, AccessFile, Vec<String>)> {
    let names = Names::of(rule, file);
    let holes = names.holes()?;
    let owner = |(_, term): (Hole, &Term)| {
        let (owner, _) = term.id().split_once('/')?;
        Some(format!("{owner}/"))
    };
    let mut before = vec![String::new(); FIRST_NAME];
    before.extend(names.terms().map(owner).collect::<Option<Vec<_>>>()?);
    before.resize(before.len() + names.models.len(), String::new());
    let rule = Rule {
        id: hole(ID),
        denies: rule.denies,
        everyone: rule.everyone,
        all: rule.all.clone(),
        who: holes.who.into_iter().collect(),
        through: holes.through.into_iter().collect(),
        actions: rule.actions.clone(),
        models: holes.models.into_iter().collect(),
        whole: rule.whole,
        versions: rule.versions.clone(),
        when: rule.when.clone(),
        until: rule.until.clone(),
        because: rule.because.as_ref().map(|_| hole(BECAUSE)),
        span: rule.span,
    };
    let file = AccessFile {
        namespace: holes.namespace,
        name: file.name.clone(),
        models: Vec::new(),
        rules: Vec::new(),
    };
    Some((rule, file, before))
}

fn pieces(text: &str, before: &[String]) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("hole-") {
        let number: usize = rest.get(at + 5..at + 9)?.parse().ok()?;
        let text = rest.get(..at)?.strip_suffix(before.get(number)?.as_str())?;
        pieces.extend([Piece::Text(text.to_owned()), Piece::Hole(number)]);
        rest = rest.get(at..)?.strip_prefix(&hole(number))?;
    }
    pieces.push(Piece::Text(rest.to_owned()));
    Some(pieces)
}
