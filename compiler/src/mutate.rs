//! Rules changed on purpose, to learn whether the tests of the access files would notice: a test suite under which a deny can be
//! taken out does not guard that deny.
//!
//! Each rule is taken out, turned round, freed of its condition, and widened. A change that no test notices is compared with
//! the files by [`crate::analysis::change`]: either it changes no verdict at all, and is not counted, or there is a request that shows
//! the difference, and nearly always a test that would have noticed. The changed rules go through Cedar as all rules do; the
//! comparison of Cedar and table is left out, because nothing of it is emitted.

mod change;
mod killer;
mod notice;
mod only;
mod outcome;
mod uses;

use std::collections::BTreeSet;
use std::rc::Rc;

use policies::action::Action;

use crate::analysis::change::Direction;
use crate::analysis::{Example, Side, Trials};
use crate::cases::{Bench, Switchboard};
use crate::diagnostic::{Diagnostic, one_line};
use crate::lower::{self, Table, TableRule};
use crate::policy::{Policy, Rule, Term};
use crate::source::Span;
use crate::syntax::AccessTest;
use crate::syntax::test::Case;

pub use change::Change;
use change::{Changed, Swap};
pub use killer::Killer;
use notice::Asked;
pub use only::{edited, is_within, meant};
pub use outcome::{Fate, Mutant, Refused, Silent, Tried};
use uses::{Use, Uses};

/// Changes every rule of the access files that is wanted, by its number in the order of the files, until so many changes were found
/// that no test notices. `progress` hears how many changes were tried, and of how many. The compiler has no threads; who has two may
/// ask for some rules in each.
///
/// # Errors
/// See [`Refused`].
pub fn run(
    policy: &Policy,
    tests: &[AccessTest],
    wanted: &dyn Fn(usize) -> bool,
    most: usize,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Tried, Refused> {
    let rules = policy.files.iter().flat_map(|file| &file.rules).enumerate();
    let chosen = rules.filter(|(number, _)| wanted(*number));
    let all = chosen.map(|(_, rule)| Change::of(rule).len()).sum();
    let (mut tried, mut silent, mut next) = (0, 0, 0);
    let mut mutants = Vec::new();
    for files in policy.files.chunk_by(|a, b| a.namespace == b.namespace) {
        let first = next;
        next += files.iter().map(|file| file.rules.len()).sum::<usize>();
        let Some(file) = files.first() else { continue };
        if !(first..next).any(wanted) {
            continue;
        }
        let own = own(policy, &file.namespace);
        let changed = Changed::build(&own).map_err(Refused::Problems)?;
        let side = changed.all(&own);
        let mut trial = Trial::new(&own, &changed, &side, tests, &file.namespace)?;
        let rules = (first..).zip(own.files.iter().flat_map(|file| &file.rules));
        for (_, rule) in rules.filter(|(number, _)| wanted(*number)) {
            for change in Change::of(rule) {
                let mutant = trial.mutant(rule, change)?;
                if let Some(problem) = side.given_up() {
                    return Err(Refused::Problems(vec![problem]));
                }
                silent += usize::from(mutant.as_ref().is_some_and(Mutant::is_silent));
                mutants.extend(mutant);
                tried += 1;
                progress(tried, all);
                if silent >= most {
                    let complete = tried == all;
                    return Ok(Tried { mutants, complete });
                }
            }
        }
    }
    let complete = true;
    Ok(Tried { mutants, complete })
}

/// The part of a policy that decides about one namespace.
fn own(policy: &Policy, namespace: &str) -> Policy {
    policy.only(&BTreeSet::from([namespace]))
}

/// Whether the tests pass with the files as they are: those that fail can notice nothing.
///
/// # Errors
/// See [`Refused`].
pub fn ready(policy: &Policy, tests: &[AccessTest]) -> Result<(), Refused> {
    let side = Side::new(policy).map_err(Refused::Problems)?;
    let mut bench = bench(policy, &side.table)?;
    let run = |(test, case)| bench.run(test, case).diagnostic();
    let found = cases(tests).filter_map(run);
    let failing: Vec<Diagnostic> = found.filter(Diagnostic::is_error).collect();
    match failing.as_slice() {
        [] => Ok(()),
        _ => Err(Refused::Failing(failing)),
    }
}

fn cases(tests: &[AccessTest]) -> impl Iterator<Item = (&AccessTest, &Case)> {
    let case = |test| move |case| (test, case);
    tests
        .iter()
        .flat_map(move |test: &AccessTest| test.tests.iter().map(case(test)))
}

/// The files of one namespace, and the tests about it.
struct Trial<'a> {
    policy: &'a Policy,
    changed: &'a Changed,
    trials: Rc<Trials<'a>>,
    bench: Bench,
    board: Switchboard,
    uses: Uses,
    cases: Vec<(&'a AccessTest, &'a Case)>,
    asked: Asked,
}

impl<'a> Trial<'a> {
    fn new(
        policy: &'a Policy,
        changed: &'a Changed,
        side: &'a Side<'a>,
        tests: &'a [AccessTest],
        namespace: &'a str,
    ) -> Result<Self, Refused> {
        let mut bench = bench(policy, &changed.table(changed.original()))?;
        let about = |(_, case): &(&AccessTest, &Case)| {
            let namespaces = bench.namespaces(&case.request.host.value);
            namespaces.contains(namespace)
        };
        let all: Vec<_> = cases(tests).filter(about).collect();
        let (mut cases, mut asked) = (Vec::new(), Asked::default());
        for (test, case) in all {
            let outcome = bench.run(test, case);
            // it shows what rules of other namespaces make proxies read, and so nothing of these
            if outcome.failure.is_some() {
                continue;
            }
            let number = cases.len();
            cases.push((test, case));
            if let Some(peer) = &case.who.peer {
                asked.add_peer(number, &peer.value);
            }
            if let Some(event) = outcome.event {
                asked.add(number, &event);
            }
        }
        Ok(Self {
            policy,
            changed,
            trials: Rc::new(Trials::of(side, changed.own(), namespace)),
            bench,
            board: board(policy, changed)?,
            uses: Uses::of(changed),
            cases,
            asked,
        })
    }

    /// `None` where the change cannot be said in Cedar, or is none in the table.
    fn mutant(&mut self, rule: &Rule, change: Change) -> Result<Option<Mutant>, Refused> {
        let Some(swap) = self.changed.swap(rule, change) else {
            return Ok(None);
        };
        let uses = self.uses.lost(&swap);
        let can_hide = uses.iter().all(|lost| self.uses.can_hide(lost));
        let lost = uses.into_iter().filter_map(|lost| self.term(lost));
        let lost: Vec<Term> = lost.collect();
        let fate = if can_hide {
            let tests = self.tests(&swap, &lost);
            self.turn(&swap, &lost, true);
            let mut board = std::mem::take(self.board.bench());
            let fate = self.fate((rule, change), &swap, &tests, &mut board);
            *self.board.bench() = board;
            self.turn(&swap, &lost, false);
            fate
        } else {
            // less of each request is read, so that any test may notice
            let table = self.changed.table(self.changed.after(&swap));
            let mut bench = bench(self.policy, &table)?;
            let all = (0..self.cases.len()).collect();
            self.fate((rule, change), &swap, &all, &mut bench)
        };
        Ok(Some(Mutant {
            rule: rule.id.clone(),
            span: rule.span,
            change,
            denies: rule.denies,
            fate,
        }))
    }

    /// The tests that can notice.
    fn tests(&self, swap: &Swap, lost: &[Term]) -> BTreeSet<usize> {
        let rules = self.changed.rules();
        let both = swap.gone.iter().chain(&swap.come);
        let both = both.filter_map(|position| rules.get(*position));
        let mut tests = self.asked.about(both);
        for term in lost {
            tests.extend(
                account(term)
                    .into_iter()
                    .flat_map(|name| self.asked.from(name)),
            );
        }
        tests
    }

    fn term(&self, lost: &Use) -> Option<Term> {
        match lost {
            Use::Term(position) => self.changed.term(*position).cloned(),
            Use::Fact(_) => None,
        }
    }

    /// Changes the rules that are in force, or changes them back.
    fn turn(&mut self, swap: &Swap, lost: &[Term], changed: bool) {
        let gone = swap.gone.iter();
        gone.for_each(|position| self.board.turn(*position, !changed));
        let come = swap.come.iter();
        come.for_each(|position| self.board.turn(*position, changed));
        let lost = lost.iter();
        lost.for_each(|term| self.board.hide(&term.dictionary_form(), changed));
    }

    fn fate(
        &mut self,
        (rule, change): (&Rule, Change),
        swap: &Swap,
        tests: &BTreeSet<usize>,
        bench: &mut Bench,
    ) -> Fate {
        let mut tests = tests.iter().filter_map(|number| self.cases.get(*number));
        let noticed = tests.find(|(test, case)| bench.run(test, case).failure.is_some());
        match noticed {
            Some((test, case)) => Fate::Noticed {
                document: format!("{}/{}", test.namespace.value, test.name.value),
                test: one_line(case.name.value.clone()),
            },
            None => {
                let trials = Rc::clone(&self.trials);
                let trial = &trials.trial(&swap.gone, &swap.come);
                let causes = trial.causes().into_iter();
                let differences = causes.filter_map(|cause| {
                    let (direction, example) = trial.shown(cause)?;
                    let is_about = move |action| trial.is_about(cause, action);
                    Some((direction, example, is_about))
                });
                self.unnoticed(rule, change, differences, bench)
            }
        }
    }

    /// Of several differences the one that a test can show is told. Each says which way the verdict changes, shows it, and knows
    /// which actions it is about.
    fn unnoticed<A: Fn(Action) -> bool>(
        &mut self,
        rule: &Rule,
        change: Change,
        differences: impl Iterator<Item = (Direction, Example, A)>,
        changed: &mut Bench,
    ) -> Fate {
        let name = format!("{}: {}", short(&rule.id), change.words(rule.denies));
        let mut first = None;
        for (direction, plain, is_about) in differences {
            let is_about = |action: &Action| *action == plain.action || is_about(*action);
            let actions = actions(plain.action).into_iter();
            for action in actions.filter(is_about) {
                let example = plain.doing(action);
                let benches = [&mut self.bench, &mut *changed];
                let killer = Killer::find(&example, &self.policy.gate, &name, benches);
                let silent = |example: Example, killer: Option<Killer>| Silent {
                    direction,
                    example,
                    killer,
                };
                if killer.is_some() {
                    return Fate::Silent(Box::new(silent(example, killer)));
                }
                first.get_or_insert_with(|| silent(plain.clone(), None));
            }
        }
        first.map_or(Fate::Equivalent, |silent| Fate::Silent(Box::new(silent)))
    }
}

/// The name of a service account.
fn account(term: &Term) -> Option<&str> {
    match term {
        Term::ServiceAccount(name) => Some(name),
        Term::User(_) | Term::Group(_) => None,
    }
}

/// Predictions first, then what is usual there.
fn actions(usual: Action) -> [Action; Action::ALL.len()] {
    let mut actions = Action::ALL;
    actions.sort_by_key(|action| (*action != Action::Predict, *action != usual));
    actions
}

/// `allow[0]`.
fn short(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

/// Proxies that have every changed rule beside the policy's own, which alone are in force.
fn board(policy: &Policy, changed: &Changed) -> Result<Switchboard, Refused> {
    let rules = changed.rules().iter().enumerate();
    let numbered = rules.map(|(position, rule)| TableRule {
        id: position.to_string(),
        ..rule.clone()
    });
    let numbered: Vec<(TableRule, Span)> = numbered.map(|rule| (rule, Span::default())).collect();
    let bench = bench(policy, &changed.table(numbered))?;
    Ok(Switchboard::new(bench, changed.rules(), changed.own()))
}

/// The proxies of a table, from the bytes that would be emitted.
fn bench(policy: &Policy, table: &Table) -> Result<Bench, Refused> {
    let texts = policy.gate.installs.iter().map(|install| {
        let bundle = lower::bundle(table, policy, install);
        (install.name.as_str(), serde_json::to_vec(&bundle))
    });
    let texts: Vec<(&str, Vec<u8>)> = texts
        .map(|(name, bytes)| (name, bytes.unwrap_or_default()))
        .collect();
    let gate = &policy.gate;
    let default = gate
        .default_issuer
        .and_then(|position| gate.issuers.get(position));
    let bundles = texts.iter().map(|(name, bytes)| (*name, bytes.as_slice()));
    Bench::load(bundles, default.map(|issuer| issuer.name.as_str())).map_err(Refused::Load)
}

#[cfg(test)]
mod tests;
