//! Many small changes of one policy, each compared with it: a few rules go, a few come, and only the models that these speak
//! of are looked at, with the other rules about them. It finds what [`super::compare`](super::compare()) finds.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use policies::action::Action;
use policies::bundle::Effect;

use crate::analysis::models::{self, Class, Kind};
use crate::analysis::numbered::Numbered;
use crate::analysis::offers::offers;
use crate::analysis::rules::Side;
use crate::lower::{Pattern, Resources, TableRule};

use super::edited::{self, Content};
use super::near::Near;
use super::search::Search;
use super::{Cause, Direction, Example};

/// One policy about one namespace, and all rules that may come.
#[derive(Debug)]
pub struct Trials<'a> {
    side: &'a Side<'a>,
    namespace: &'a str,
    /// by position in the table: rules that say the same have the same number
    contents: Vec<usize>,
    /// how many of the policy's own rules say it
    counts: HashMap<usize, usize>,
    patterns: BTreeSet<Pattern>,
    near: Near,
    covering: RefCell<HashMap<Pattern, Rc<[usize]>>>,
}

/// One such change: what each of its rules does is looked for when it is asked for.
#[derive(Debug)]
pub struct Trial<'t, 'a> {
    trials: &'t Trials<'a>,
    gone: &'t [usize],
    come: &'t [usize],
    edited: BTreeSet<Cause>,
    /// servers last
    classes: Vec<Class>,
}

impl<'a> Trials<'a> {
    /// Of a table whose first rules, so many, are in force.
    #[must_use]
    pub fn of(side: &'a Side<'a>, own: usize, namespace: &'a str) -> Self {
        let mut numbers: BTreeMap<Content, usize> = BTreeMap::new();
        let contents = (0..side.table.rules.len()).map(|position| {
            let next = numbers.len();
            let content = edited::content(side, position);
            *numbers.entry(content).or_insert(next)
        });
        let contents: Vec<usize> = contents.collect();
        let mut counts = HashMap::new();
        for content in contents.iter().take(own) {
            *counts.entry(*content).or_default() += 1;
        }
        let rules = side.table.rules.iter().take(own);
        Self {
            patterns: models::patterns(namespace, &[&side.declared], rules),
            side,
            namespace,
            contents,
            counts,
            near: Near::of(&side.table.rules),
            covering: RefCell::default(),
        }
    }

    /// These of the policy's rules go, and these others come, after all that stay.
    #[must_use]
    pub fn trial<'t>(&'t self, gone: &'t [usize], come: &'t [usize]) -> Trial<'t, 'a> {
        let edited = self.edited(gone, come);
        Trial {
            classes: self.classes(&edited, come),
            trials: self,
            gone,
            come,
            edited,
        }
    }

    /// The rules that the other policy does not have, whatever they are called.
    fn edited(&self, gone: &[usize], come: &[usize]) -> BTreeSet<Cause> {
        let said = |content: usize| self.counts.get(&content).copied().unwrap_or_default();
        let times = |rules: &[usize], content: usize| {
            let same = rules.iter().filter(|rule| self.contents[**rule] == content);
            same.count()
        };
        let lost = |rule: &&usize| {
            let content = self.contents[**rule];
            times(come, content) == 0 && times(gone, content) == said(content)
        };
        let new = |rule: &&usize| said(self.contents[**rule]) == 0;
        let lost = gone.iter().filter(lost).copied().map(Cause::Old);
        let new = come.iter().filter(new).copied().map(Cause::New);
        lost.chain(new).collect()
    }

    /// The classes of models that an edited rule speaks of; servers, about which most rules are, last: what is told of models
    /// need not be asked about them.
    fn classes(&self, edited: &BTreeSet<Cause>, come: &[usize]) -> Vec<Class> {
        let come = come.iter().map(|position| self.side.rule(*position));
        let new = models::named(self.namespace, &[&self.side.declared], come);
        let mut near: BTreeSet<Pattern> = BTreeSet::new();
        for cause in edited {
            match &self.side.rule(cause.position()).resources {
                Resources::All => near.extend(self.patterns.union(&new).cloned()),
                Resources::Of(named) => {
                    let all = named.iter().flat_map(|pattern| {
                        let own = models::within(pattern, &self.patterns);
                        own.chain(models::within(pattern, &new))
                    });
                    near.extend(all.cloned());
                }
            }
        }
        let mut classes = models::among(&near, &near);
        classes.sort_by_key(Class::is_server);
        classes
    }

    /// The policy's own rules about a class; those about a server are many, and asked for again and again.
    fn before(&self, class: &Class) -> Rc<[usize]> {
        let known = self.covering.borrow().get(&class.pattern).cloned();
        known.unwrap_or_else(|| {
            let covering: Rc<[usize]> = self.side.covering(class).into();
            let mut known = self.covering.borrow_mut();
            known.insert(class.pattern.clone(), Rc::clone(&covering));
            covering
        })
    }
}

impl<'a> Trial<'_, 'a> {
    /// The rules that may make a difference, in the order in which a comparison tells what they do.
    #[must_use]
    pub fn causes(&self) -> Vec<Cause> {
        let keys = self
            .edited
            .iter()
            .map(|cause| (self.direction(*cause), *cause));
        let keys: BTreeSet<(Direction, Cause)> = keys.collect();
        keys.into_iter().map(|(_, cause)| cause).collect()
    }

    /// Whether this rule changes something, and a request that shows it.
    #[must_use]
    pub fn shown(&self, cause: Cause) -> Option<(Direction, Example)> {
        let mut search = self.search();
        for class in self.classes(cause, None) {
            let kind = self.kind(class);
            search.class(class, [kind, kind], &self.covering(class), Some(cause));
            if !search.found.is_empty() {
                break;
            }
        }
        let ((direction, _), change) = search.found.into_iter().next()?;
        Some((direction, change.example))
    }

    /// Whether this rule changes something about this action.
    #[must_use]
    pub fn is_about(&self, cause: Cause, action: Action) -> bool {
        if !self.rule(cause).actions.contains(&action) {
            return false;
        }
        let search = self.search();
        let is_about = |class: &Class| {
            let kind = self.kind(class);
            kind.is_some_and(|kind| offers(class, kind.api).contains_key(&action)) && {
                let covering = self.covering(class);
                search.is_about(class, kind, &covering, (cause, action))
            }
        };
        self.classes(cause, Some(action)).any(is_about)
    }

    /// Those about which the rule may make a difference, or about this action alone.
    fn classes(&self, cause: Cause, action: Option<Action>) -> impl Iterator<Item = &Class> {
        self.classes.iter().filter(move |class| {
            let name = Pattern::exact(self.trials.namespace, &class.example);
            self.rule(cause).resources.covers(&name) && !self.is_said(cause, action, &name)
        })
    }

    /// Whether a rule that goes says the same of the model as this one that comes, or the other way round.
    fn is_said(&self, cause: Cause, action: Option<Action>, name: &Pattern) -> bool {
        let opposite = match cause {
            Cause::Old(_) => self.come,
            Cause::New(_) => self.gone,
        };
        let side = self.trials.side;
        let rule = self.rule(cause);
        let same = |position: &usize| {
            let other = side.rule(*position);
            let has = |action: &Action| other.actions.contains(action);
            self.trials.near.alike(*position, cause.position())
                && other.resources.covers(name)
                && match action {
                    Some(action) => has(&action),
                    None => rule.actions.iter().all(has),
                }
        };
        // where a deny comes for an allow, what it leaves is looked at
        let one_effect = |position: &usize| side.rule(*position).effect == rule.effect;
        opposite.iter().all(one_effect) && opposite.iter().any(same)
    }

    fn kind(&self, class: &Class) -> Option<Kind> {
        let declared = &self.trials.side.declared;
        declared.kind(self.trials.namespace, &class.example)
    }

    /// The rules about the class, before and after.
    fn covering(&self, class: &Class) -> [Vec<usize>; 2] {
        let before = self.trials.before(class);
        let name = Pattern::exact(self.trials.namespace, &class.example);
        let covers = |position: &&usize| {
            let rule = self.trials.side.rule(**position);
            rule.resources.covers(&name)
        };
        let stay = before
            .iter()
            .filter(|position| !self.gone.contains(position));
        let come = self.come.iter().filter(covers);
        let after = stay.chain(come).copied().collect();
        [before.to_vec(), after]
    }

    fn search(&self) -> Search<'_, 'a> {
        let side = self.trials.side;
        Search {
            edited: &self.edited,
            old: side,
            new: side,
            shapes: side.shapes.iter().collect(),
            found: BTreeMap::new(),
            near: Some(&self.trials.near),
            alike: None,
            few: 0,
            known: Numbered::default(),
        }
    }

    fn direction(&self, cause: Cause) -> Direction {
        cause.direction(self.rule(cause).effect == Effect::Allow)
    }

    fn rule(&self, cause: Cause) -> &TableRule {
        self.trials.side.rule(cause.position())
    }
}
