//! Held against cedar-policy: small policies by the hundred, and requests to each, made at random but the same in every run.

mod advice;
mod answers;
mod brute;
mod crowd;
pub(crate) mod random;
mod vain;

use std::collections::BTreeSet;

use policies::bundle::Effect;

use super::access::{Access, Outcome, Wanted, access};
use super::change::{Cause, Direction, Division, compare};
use super::why::why;
use super::{Change, Side};
use crate::fixture::{cedar_text, group};
use crate::lower::Pattern;
use crate::policy::{Policy, Rule, Term};
use crate::referee::Answer;

use brute::{Judge, Request};
use random::Dice;

/// Pairs of policies that `compare` is tried on.
const PAIRS: u64 = 400;
/// Pairs that are divided.
const DIVIDED: u64 = 200;
/// Policies that `access` is tried on.
const POLICIES: u64 = 400;
/// Requests that each is tried with besides those that were found.
const REQUESTS: usize = 60;

/// What a change is said to do, Cedar says of its example; and what Cedar judges differently, a change says.
#[test]
fn changes_are_what_cedar_says() {
    let (mut changes, mut differences, mut silent) = (0, 0, 0);
    for seed in 0..PAIRS {
        let mut dice = Dice::new(seed);
        let old = random::policy(&mut dice);
        let new = random::changed(&old, &mut dice);
        let sides = [Side::new(&old).unwrap(), Side::new(&new).unwrap()];
        let judges = [Judge::new(&old), Judge::new(&new)];
        let comparison = compare(&sides[0], &sides[1]);
        for change in &comparison.changes {
            let request = Request::of(&change.example);
            let verdicts = [judges[0].judge(&request), judges[1].judge(&request)];
            let expected = match change.direction {
                Direction::Allowed => [false, true],
                Direction::Denied => [true, false],
            };
            let allowed = [verdicts[0].allowed, verdicts[1].allowed];
            assert_eq!(allowed, expected, "seed {seed}: {}", change.example);
            deciding(&sides, change, [&verdicts[0].rules, &verdicts[1].rules]);
        }
        for _ in 0..REQUESTS {
            let request = random::request(&mut dice);
            let [before, after] =
                [&judges[0], &judges[1]].map(|judge| judge.judge(&request).allowed);
            let direction = if after {
                Direction::Allowed
            } else {
                Direction::Denied
            };
            if before != after {
                differences += 1;
                let said = comparison.changes.iter().any(|change| {
                    change.direction == direction && speaks_of(&sides, change, &request)
                });
                assert!(
                    said,
                    "seed {seed}: {request:?} is missing in {comparison:#?}"
                );
            }
        }
        changes += comparison.changes.len();
        silent += comparison.unchanged.len();
    }
    assert!(
        changes > 300 && differences > 300 && silent > 30,
        "{changes} changes, {differences} differences, {silent} edits without effect"
    );
}

/// Two namespaces looked at one by one and joined give what they give at once, whichever comes first.
#[test]
fn two_parts_are_one_comparison() {
    let (mut in_both, mut better) = (0, 0);
    for seed in 0..DIVIDED {
        let mut dice = Dice::new(seed);
        let mut policies = [random::policy(&mut dice), random::policy(&mut dice)];
        if seed % 2 == 0 {
            let rules = policies[0].files[0].rules.iter_mut();
            rules.for_each(|rule| rule.models = BTreeSet::from(["@risk-server".to_owned()]));
        }
        let old = two_namespaces(policies);
        let mut new = random::changed(&old, &mut dice);
        new.gate.guardrails = random::guardrails(&mut dice).map(|text| cedar_text(&text));
        let sides = [Side::new(&old).unwrap(), Side::new(&new).unwrap()];
        let division = Division::of(&sides[0], &sides[1]);
        let search = |namespace: &str| division.search(&[namespace]);
        let [first, then] = ["fraud", "risk"].map(|namespace| {
            let alone = division.join([search(namespace), division.search(&[])]);
            alone.changes
        });
        let whole = division.join([division.search(&["fraud", "risk"]), division.search(&[])]);
        let joined = division.join([search("fraud"), search("risk")]);
        assert_eq!(joined, whole, "seed {seed}");
        assert_eq!(compare(&sides[0], &sides[1]), whole, "seed {seed}");
        for change in &first {
            let same = |other: &&Change| {
                (other.direction, other.cause) == (change.direction, change.cause)
            };
            let Some(other) = then.iter().find(same) else {
                continue;
            };
            in_both += 1;
            let servers = [change, other].map(|change| change.example.model.starts_with('@'));
            better += usize::from(servers == [true, false]);
        }
    }
    assert!(in_both > 20 && better > 5, "{in_both} {better}");
}

/// The guardrails and the files of the first, and the files of the second for another namespace.
fn two_namespaces([mut first, mut second]: [Policy; 2]) -> Policy {
    for file in &mut second.files {
        file.namespace = "risk".to_owned();
        for rule in &mut file.rules {
            rule.id = rule.id.replacen("fraud/", "risk/", 1);
        }
    }
    first.files.append(&mut second.files);
    first
}

/// The rules that are said to decide are the ones that Cedar names.
fn deciding(sides: &[Side<'_>; 2], change: &Change, cedar: [&BTreeSet<String>; 2]) {
    for (side, (said, named)) in sides
        .iter()
        .zip([&change.before, &change.after].into_iter().zip(cedar))
    {
        let said: BTreeSet<String> = said
            .iter()
            .map(|position| side.rule(*position).id.clone())
            .collect();
        assert_eq!(said, *named, "{}", change.example);
    }
}

fn speaks_of(sides: &[Side<'_>; 2], change: &Change, request: &Request) -> bool {
    let name = Pattern::exact(&request.namespace, &request.model);
    let mut here = change
        .places
        .iter()
        .filter(|((pattern, action), _)| *action == request.action && pattern.covers(&name));
    let grants = match change.cause {
        Cause::Old(position) => sides[0].rule(position).effect == Effect::Allow,
        Cause::New(position) => sides[1].rule(position).effect == Effect::Allow,
    };
    // a rule for everyone names nobody
    let named = |who: &BTreeSet<Term>| who.is_empty() || who.iter().any(|term| request.is(term));
    here.any(|(_, who)| !grants || named(who))
}

/// Whoever always may is never refused, whoever never may is never allowed, and the examples are what they should be. And
/// whomever Cedar allows something by a rule, that rule grants it.
#[test]
fn access_is_what_cedar_says() {
    let mut counts = [0; 3];
    let mut allowed = 0;
    for seed in 0..POLICIES {
        let mut dice = Dice::new(seed + 1_000_000);
        let mut policy = random::policy(&mut dice);
        if seed % 3 == 0 {
            both_ways(&mut policy.files[0].rules);
        }
        let side = Side::new(&policy).unwrap();
        let judge = Judge::new(&policy);
        let shown = Wanted {
            examples: true,
            ..Wanted::default()
        };
        let rows = access(&side, &shown);
        alike(&rows, access(&side, &Wanted::default()));
        let of_one = |examples: bool| {
            let who = vec![group("corp/b")];
            let wanted = Wanted {
                who,
                examples,
                ..Wanted::default()
            };
            access(&side, &wanted)
        };
        alike(&of_one(true), of_one(false));
        for row in &rows {
            counts[row.outcome as usize] += 1;
            assert_eq!(row.allowed.is_some(), row.outcome != Outcome::Never);
            for (example, expected) in [(&row.allowed, true), (&row.refused, false)] {
                let Some(example) = example else { continue };
                let answer = judge.judge(&Request::of(example));
                assert_eq!(answer.allowed, expected, "seed {seed}: {example}");
            }
        }
        for _ in 0..REQUESTS {
            let request = random::request(&mut dice);
            let answer = judge.judge(&request);
            fits(seed, &side, &rows, &request, &answer);
            allowed += usize::from(answer.allowed);
        }
    }
    assert!(
        counts.iter().all(|count| *count > 50) && allowed > 300,
        "{counts:?} rows always, sometimes, never; {allowed} requests allowed"
    );
}

/// The rules that an explanation names are those that Cedar names; and of a rule that does not match it says truly what is missing.
#[test]
fn explanations_are_what_cedar_says() {
    let (mut allowed, mut denied, mut missed) = (0, 0, 0);
    for seed in 0..POLICIES / 2 {
        let mut dice = Dice::new(seed + 3_000_000);
        let policy = random::policy(&mut dice);
        let side = Side::new(&policy).unwrap();
        let judge = Judge::new(&policy);
        for _ in 0..REQUESTS {
            let example = random::example(&mut dice);
            let request = Request::of(&example);
            let answer = judge.judge(&request);
            let why = why(&side, &example);
            let said = if why.denies.is_empty() {
                &why.grants
            } else {
                &why.denies
            };
            let ids = said.iter().map(|at| side.rule(*at).id.clone()).collect();
            assert_eq!(answer.rules, ids, "seed {seed}: {example} {why:#?}");
            let grants = why.denies.is_empty() && !why.grants.is_empty();
            assert_eq!(answer.allowed, grants, "seed {seed}: {example} {why:#?}");
            for miss in &why.missed {
                let mut who = miss.who.iter().flatten();
                assert!(
                    !why.grants.contains(&miss.position),
                    "seed {seed}: {why:#?}"
                );
                let nobody = who.all(|term| !request.is(term));
                assert!(nobody, "seed {seed}: {example} {miss:#?}");
            }
            allowed += usize::from(answer.allowed);
            denied += usize::from(!why.denies.is_empty());
            missed += why.missed.len();
        }
    }
    assert!(
        allowed > 300 && denied > 300 && missed > 1000,
        "{allowed} allowed, {denied} denied, {missed} rules that do not match"
    );
}

/// Each rule about one of two groups is written about the other, too: they can be exchanged.
fn both_ways(rules: &mut Vec<Rule>) {
    let other = |term: &Term| match term {
        Term::Group(id) if id == "corp/a" => group("corp/b"),
        Term::Group(id) if id == "corp/b" => group("corp/a"),
        other => other.clone(),
    };
    let mut mirrored = rules.clone();
    for (number, rule) in mirrored.iter_mut().enumerate() {
        rule.who = rule.who.iter().map(other).collect();
        let kind = if rule.denies { "deny" } else { "allow" };
        rule.id = format!("fraud/models/{kind}[{}]", 50 + number);
    }
    rules.extend(mirrored);
}

/// Without examples the answers are the same.
fn alike(rows: &[Access], mut plain: Vec<Access>) {
    for (row, plain) in rows.iter().zip(&mut plain) {
        assert!(plain.allowed.is_none() && plain.refused.is_none());
        plain.allowed.clone_from(&row.allowed);
        plain.refused.clone_from(&row.refused);
    }
    assert_eq!(rows, plain);
}

/// What Cedar answers is what the rows say.
fn fits(seed: u64, side: &Side<'_>, rows: &[Access], request: &Request, answer: &Answer) {
    let name = Pattern::exact(&request.namespace, &request.model);
    let is = |row: &&Access| {
        row.actions.contains(&request.action)
            && row.class.pattern.covers(&name)
            && match &row.who {
                Some(term) => request.is(term),
                None => request.caller.identity.is_some(),
            }
    };
    let class = class_of(side, &name);
    let exactly =
        |row: &&Access| row.kind.api == request.api && row.class.pattern == class && is(row);
    for row in rows.iter().filter(exactly) {
        let mut grants = row.grants.iter().map(|position| &side.rule(*position).id);
        let by_it = grants.any(|id| answer.rules.contains(id));
        let always = row.outcome == Outcome::Always;
        let never = row.outcome == Outcome::Never && by_it;
        let right = if answer.allowed { !never } else { !always };
        assert!(right, "seed {seed}: {request:?} {row:#?}");
    }
    for id in answer.rules.iter().filter(|_| answer.allowed) {
        let position = side.position(id).unwrap();
        let mut granting = rows.iter().filter(|row| row.grants.contains(&position));
        assert!(
            granting.any(|row| is(&row)),
            "seed {seed}: {request:?} by {id}"
        );
    }
}

/// The class that a name belongs to.
fn class_of(side: &Side<'_>, name: &Pattern) -> Pattern {
    let about = side.about(&name.namespace);
    let rules = about.iter().map(|position| side.rule(*position));
    let classes = super::models::classes(&name.namespace, &[&side.declared], rules);
    let covering = classes
        .into_iter()
        .map(|class| class.pattern)
        .filter(|pattern| pattern.covers(name));
    covering
        .max_by_key(|pattern| (!pattern.open, pattern.name.len()))
        .unwrap_or_else(|| name.clone())
}

impl Request {
    fn is(&self, term: &Term) -> bool {
        self.terms.contains(&term.dictionary_form())
    }
}
