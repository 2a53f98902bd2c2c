//! Many rules about one place: looked up by their principals they change what they change when all are asked.

use std::collections::BTreeSet;
use std::slice;

use policies::action::Action;

use super::brute::{Judge, Request};
use super::deciding;
use super::random::{self, Dice};
use crate::analysis::change::{Cause, Comparison, Direction, Division};
use crate::analysis::{Change, Example, Side};
use crate::fixture::{allow, deny, group, policy_with, when};
use crate::policy::{Policy, Rule, Term};

/// Pairs of policies with many rules.
const CROWDS: u64 = 80;
/// Of their changes one in so many is held against Cedar.
const TRIED: usize = 5;

#[test]
fn neighbours_change_what_all_rules_change() {
    let (mut changes, mut others, mut denies) = (0, 0, 0);
    for seed in 0..CROWDS {
        let mut dice = Dice::new(seed + 4_000_000);
        let old = random::crowd(&mut dice);
        let mut new = random::changed(&old, &mut dice);
        // every second rule, every deny, or both
        let many = |(number, rule): &(usize, &mut Rule)| {
            rule.when.is_none()
                && ((seed % 4 < 2 && number % 2 == 0) || (seed % 4 > 0 && rule.denies))
        };
        let rules = new.files[0].rules.iter_mut().enumerate();
        for (_, rule) in rules.filter(many) {
            *rule = when(rule.clone(), "context.hour >= 6");
        }
        let found = both_ways(&old, &new);
        let sides = [Side::new(&old).unwrap(), Side::new(&new).unwrap()];
        let judges = [Judge::new(&old), Judge::new(&new)];
        for change in found.changes.iter().step_by(TRIED) {
            let request = Request::of(&change.example);
            let verdicts = [judges[0].judge(&request), judges[1].judge(&request)];
            let allowed = change.direction == Direction::Allowed;
            assert_eq!(verdicts[0].allowed, !allowed, "{seed}: {}", change.example);
            assert_eq!(verdicts[1].allowed, allowed, "{seed}: {}", change.example);
            deciding(&sides, change, [&verdicts[0].rules, &verdicts[1].rules]);
            denies += usize::from(change.places.values().all(BTreeSet::is_empty));
            // where the usual name is a rule's, the example is by another
            others += usize::from(change.example.name.starts_with("somebody-"));
        }
        changes += found.changes.len();
    }
    assert!(
        changes > 200 && others > 5 && denies > 50,
        "{changes} changes, {others} by another, {denies} of denies"
    );
}

/// The same with few rules, which are held against Cedar elsewhere.
#[test]
fn neighbours_of_few_are_all_rules() {
    for seed in 0..super::PAIRS {
        let mut dice = Dice::new(seed);
        let old = random::policy(&mut dice);
        let new = random::changed(&old, &mut dice);
        both_ways(&old, &new);
    }
}

/// Whoever escapes one deny by a group is met by another that names that group, which the change does not.
#[test]
fn a_neighbour_has_neighbours() {
    let grant = rule(allow, 0, "g0");
    let escaped = when(rule(deny, 0, "g0"), NOT_IN_G1);
    let denies = [escaped, rule(deny, 1, "g1")];
    let changes = |denies: &[Rule]| {
        let old = policy_with(denies.to_vec(), None);
        let new = policy_with([denies, slice::from_ref(&grant)].concat(), None);
        both_ways(&old, &new).changes.len()
    };
    assert_eq!(changes(&denies), 0);
    assert_eq!(changes(&denies[..1]), 1);
}

/// Of many grants that say the same one is asked about for all, but not the one of whom the deny speaks.
#[test]
fn a_grant_that_a_deny_speaks_of_is_not_like_the_others() {
    let grants = || (1..9).map(|number| rule(allow, number, &format!("g{number}")));
    let deny = when(rule(deny, 0, "g0"), NOT_IN_G1);
    let old = policy_with(grants().collect(), None);
    let new = policy_with(grants().chain([deny]).collect(), None);
    assert_eq!(both_ways(&old, &new).changes.len(), 1);
}

/// The same of denies that go, where the grant speaks of one of them.
#[test]
fn a_deny_that_a_grant_speaks_of_is_not_like_the_others() {
    let grant = rule(allow, 0, "g0");
    let denies = (1..9).map(|number| rule(deny, number, &format!("g{number}")));
    let old = policy_with(denies.chain([grant.clone()]).collect(), None);
    let new = policy_with(vec![when(grant, NOT_IN_G1)], None);
    let found = both_ways(&old, &new);
    let granted = |change: &&Change| matches!(change.cause, Cause::New(_));
    assert_eq!(found.changes.iter().filter(granted).count(), 1);
}

const NOT_IN_G1: &str = "!(principal in Group::\"corp/g1\")";

/// A rule about one group.
fn rule(effect: fn(&str, &[Term], &[Action], &[&str]) -> Rule, number: usize, name: &str) -> Rule {
    let who = [group(&format!("corp/{name}"))];
    let id = format!("allow[{number}]");
    let mut rule = effect(&id, &who, &[Action::Predict], &["risk-x"]);
    if rule.denies {
        rule.id = rule.id.replace("allow", "deny");
    }
    rule
}

/// With all rules looked up, and with none.
fn both_ways(old: &Policy, new: &Policy) -> Comparison {
    let sides = [Side::new(old).unwrap(), Side::new(new).unwrap()];
    let compare = |few: usize| {
        let mut division = Division::of(&sides[0], &sides[1]);
        division.few = few;
        let found = division
            .parts()
            .map(|namespaces| division.search(namespaces));
        division.join(found)
    };
    let (near, whole) = (compare(0), compare(usize::MAX));
    assert_eq!(near, whole);
    near
}

/// The names that are told of a caller are those for which a formula about the caller is true.
#[test]
fn a_caller_has_the_names_that_rules_can_have_for_it() {
    let policy = random::policy(&mut Dice::new(1));
    let side = Side::new(&policy).unwrap();
    let mut seen: BTreeSet<Term> = BTreeSet::new();
    for seed in 0..200 {
        let example: Example = random::example(&mut Dice::new(seed));
        let mut shapes = side.shapes.iter();
        let Some(shape) = shapes.find(|shape| shape.kind == example.kind) else {
            continue;
        };
        let told = example.terms();
        for term in random::terms() {
            let named = told.contains(&term);
            assert_eq!(
                named,
                example.passes(&shape.is(&term)),
                "{term:?} {example}"
            );
            seen.extend(named.then_some(term));
        }
    }
    assert!(seen.len() > 5, "{seen:?}");
}
