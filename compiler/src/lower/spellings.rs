//! MG0330: names that a server could take for each other. Where it reads names without regard to capitals, adds a registry and a tag
//! itself, and takes off others ([`policies::profile::Profile::folds_names`]), a request could name a model in a spelling that no rule
//! is about. The filter refuses a name that is another spelling of an entry's ([`policies::engine::Engine::is_other_spelling`]); what is
//! refused here is what no entry tells it: names that rules deny something about and that no declared model has to the letter, and names that two files declare.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::ops::Bound;

use policies::bundle::Effect;
use policies::engine::{ADDED, LOCAL, folded, is_odd, plain};

use crate::diagnostic::Diagnostic;
use crate::policy::{AccessFile, Model, Policy};
use crate::source::Span;

use super::resources::{Pattern, Resources};
use super::{Table, TableRule};

/// What a team declares.
struct Declared<'a> {
    file: &'a AccessFile,
    model: &'a Model,
    pattern: Pattern,
}

/// The models of one namespace whose servers read several spellings alike.
#[derive(Default)]
struct Names<'a> {
    /// by how they read them
    read: BTreeMap<String, Vec<Declared<'a>>>,
    /// how long that is, of all of them
    lengths: BTreeSet<usize>,
}

/// What names of one namespace could be taken for others. `places` are those of the table's rules.
pub fn check(table: &Table, policy: &Policy, places: &[Span]) -> Vec<Diagnostic> {
    let mut all: BTreeMap<&str, Names<'_>> = BTreeMap::new();
    let mut found = Vec::new();
    for file in &policy.files {
        let folding = file.models.iter();
        for model in folding.filter(|model| model.api.profile().folds_names) {
            let names = all.entry(&file.namespace).or_default();
            let pattern = Pattern::named(&file.namespace, &model.name);
            let declared = Declared {
                file,
                model,
                pattern,
            };
            let odd = odd(&declared.pattern, &model.name, model.span);
            found.extend(odd.or_else(|| names.taken_for(&declared)));
            names.add(declared);
        }
    }
    // what rules speak of is asked about when it is clear what is declared
    if all.is_empty() || !found.is_empty() {
        return found;
    }
    let namespaces: BTreeSet<&str> = all.keys().copied().collect();
    for (rule, span) in table.rules.iter().zip(places) {
        let mut conditioned: Vec<Pattern> = rule.tells_apart(&namespaces).into_iter().collect();
        conditioned.retain(|pattern| is_named(&pattern));
        let here = |pattern: &&Pattern| namespaces.contains(pattern.namespace.as_str());
        let said = |pattern: &Pattern| odd(pattern, pattern.entry_name(), *span);
        let odd = { named(rule).chain(&conditioned).filter(here) }.find_map(said);
        if odd.is_some() {
            found.extend(odd);
            continue;
        }
        // what a condition tells apart it does within what the rule is about: neither says anything for the other
        for told in [refused(rule), conditioned] {
            let conflict = told.iter().find_map(|pattern| {
                let names = all.get(pattern.namespace.as_str())?;
                Some((pattern, names.missed_by(pattern, &told)?))
            });
            found.extend(conflict.map(|(pattern, other)| missed(rule, *span, pattern, other)));
        }
    }
    found
}

impl<'a> Names<'a> {
    fn add(&mut self, new: Declared<'a>) {
        let key = key(&new.pattern);
        self.lengths.insert(key.len());
        self.read.entry(key).or_default().push(new);
    }

    /// The problem with one more, where it could be taken for one of these.
    fn taken_for(&self, new: &Declared<'a>) -> Option<Diagnostic> {
        let other = self.near(&new.pattern).find(|other| {
            let one_file = std::ptr::eq(other.file, new.file);
            let (one, two) = (&new.pattern, &other.pattern);
            let apart = !one.covers(two) && !two.covers(one);
            // in its own file a name is said to the letter beside a beginning
            apart && !(one_file && one.open != two.open)
        })?;
        let message = format!(
            "`{}` could be taken for `{}`, which {} declares: servers of `{}` read names without regard to capitals, add a registry and a tag, and take off `:local`",
            new.model.name,
            other.model.name,
            owner(other),
            new.model.api.name(),
        );
        let help = "write both with the same letters, or declare one of them";
        Some(Diagnostic::error("MG0330", new.model.span, message).with_help(help))
    }

    /// One of these that a server could take for a name of the pattern, where the pattern does not have it to the letter, nor any
    /// other of the rule's.
    fn missed_by(&self, pattern: &Pattern, of: &[Pattern]) -> Option<&Declared<'a>> {
        let mut near = self.near(pattern);
        // what a beginning stands for is an entry where a rule names it, and its other spellings are refused
        let is_entry = !pattern.open && self.declares(pattern);
        near.find(|other| {
            if is_entry && other.pattern.open {
                return false;
            }
            let is_said = of.iter().any(|one| one.covers(&other.pattern));
            let is_within = other.pattern.covers(pattern) && other.pattern.open;
            let without_tag = untagged(pattern).filter(|name| other.pattern.covers(name));
            let misses_tag =
                without_tag.is_some_and(|name| !of.iter().any(|one| one.covers(&name)));
            !is_said && (!is_within || misses_tag)
        })
    }

    /// Whether one of these stands for the name to the letter.
    fn declares(&self, name: &Pattern) -> bool {
        let mut all = self.read.values().flatten();
        all.any(|declared| declared.pattern.covers(name))
    }

    /// Those that a server could take for a name of the pattern, or that begin so.
    fn near(&self, pattern: &Pattern) -> impl Iterator<Item = &Declared<'a>> {
        let (key, open) = (key(pattern), pattern.open);
        let longest = match open {
            true => vec![key.clone()],
            false => tagged(&key).into(),
        };
        let beginnings = longest
            .iter()
            .flat_map(|name| self.lengths.iter().filter_map(|end| name.get(..*end)));
        let beginnings: BTreeSet<&str> = beginnings.collect();
        let above = beginnings.into_iter();
        let above = above.filter_map(|begins| Some((begins, self.read.get(begins)?)));
        let above = above.flat_map(|(begins, all)| {
            let is_same = begins == key;
            all.iter()
                .filter(move |other| other.pattern.open || is_same)
        });
        let above: Vec<&Declared<'a>> = above.collect();
        let without = untagged(pattern).map(|name| self::key(&name));
        let without = without.and_then(|name| self.read.get(&name));
        let below = self
            .read
            .range((Bound::Excluded(key.clone()), Bound::Unbounded));
        let below = below.take_while(move |(other, _)| open && other.starts_with(&key));
        above
            .into_iter()
            .chain(without.into_iter().flatten())
            .chain(below.flat_map(|(_, all)| all))
    }
}

/// How a server reads it.
fn key(pattern: &Pattern) -> String {
    let name = if pattern.open {
        plain(&pattern.name)
    } else {
        folded(&pattern.name)
    };
    name.to_ascii_lowercase()
}

/// The longest that can stand for a name: with all that a server adds or takes off behind it.
fn tagged(name: &str) -> [String; 2] {
    let (_, _, tag) = ADDED;
    [format!("{name}{tag}{LOCAL}"), format!("{name}{LOCAL}")]
}

/// Of a beginning that has the tag which a server adds, or what it takes off, the name without: `llama3` of `llama3:*`.
fn untagged(pattern: &Pattern) -> Option<Pattern> {
    let (_, _, tag) = ADDED;
    let (name, begun) = pattern.name.rsplit_once(':').filter(|_| pattern.open)?;
    let begun = format!(":{}", begun.to_ascii_lowercase());
    let is_tag = [tag, LOCAL].iter().any(|end| end.starts_with(&begun));
    is_tag.then(|| Pattern::exact(&pattern.namespace, name))
}

/// The problem with a name that says that it runs elsewhere as nobody writes it: the filter takes it for no other, and servers do.
fn odd(pattern: &Pattern, shown: impl Display, span: Span) -> Option<Diagnostic> {
    let meant = usual(pattern)?;
    let message = format!(
        "Ollama reads `{shown}` as another name: behind a tag `:cloud` is `-cloud`, and `:latest-cloud` is `:cloud`"
    );
    let help = format!("write `{meant}`");
    Some(Diagnostic::error("MG0330", span, message).with_help(help))
}

/// How a name is written that says that it runs elsewhere as nobody writes it; nothing, where it does not.
pub fn usual(pattern: &Pattern) -> Option<String> {
    let last = pattern.name.rsplit('/').next()?;
    let (model, tag) = last.split_once(':')?;
    let begins_odd = || {
        let end = tag.split_once(':').map(|(_, end)| end.to_ascii_lowercase());
        end.is_some_and(|end| !end.is_empty() && "cloud".starts_with(&end))
    };
    let is_odd = is_odd(&pattern.name) || pattern.open && begins_odd();
    if !is_odd {
        return None;
    }
    let before = pattern.name.strip_suffix(last)?;
    let is_latest = |tag: &str| format!(":{tag}").eq_ignore_ascii_case(ADDED.2);
    let tag = tag.split_once(':').or_else(|| tag.rsplit_once('-'))?.0;
    Some(match (pattern.open, tag) {
        (true, tag) => format!("{before}{model}:{tag}*"),
        (_, tag) if is_latest(tag) => format!("{before}{model}:cloud"),
        (_, tag) => format!("{before}{model}:{tag}-cloud"),
    })
}

/// The models that the rule names.
fn named(rule: &TableRule) -> impl Iterator<Item = &Pattern> {
    let patterns = match &rule.resources {
        Resources::Of(patterns) => Some(patterns.iter()),
        _ => None,
    };
    patterns.into_iter().flatten().filter(is_named)
}

/// The models that the rule refuses something about.
fn refused(rule: &TableRule) -> Vec<Pattern> {
    let refuses = rule.effect != Effect::Allow;
    named(rule).filter(|_| refuses).cloned().collect()
}

/// Whether it is about models, not about a namespace or a server as a whole.
fn is_named(pattern: &&Pattern) -> bool {
    !pattern.name.is_empty() && !pattern.name.starts_with('@')
}

fn missed(rule: &TableRule, span: Span, pattern: &Pattern, other: &Declared<'_>) -> Diagnostic {
    let message = format!(
        "`{}` speaks of `{}`, and servers of `{}` could take it for `{}`, which {} declares: they read names without regard to capitals, add a registry and a tag, and take off `:local`",
        rule.id,
        pattern.entry_name(),
        other.model.api.name(),
        other.model.name,
        owner(other),
    );
    let help = match untagged(pattern) {
        Some(name) => format!("name `{}` as well, or `{}*`", name.name, name.name),
        None => format!(
            "write the name as it is declared, or have `{}` declared, too",
            pattern.entry_name()
        ),
    };
    Diagnostic::error("MG0330", span, message).with_help(help)
}

fn owner(declared: &Declared<'_>) -> String {
    format!("`{}/{}`", declared.file.namespace, declared.file.name)
}
