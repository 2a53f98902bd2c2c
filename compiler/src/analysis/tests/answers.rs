//! What was asked once is what is found by asking each time, without a look at a plain request first.

use std::collections::BTreeSet;

use super::random::{self, Dice};
use super::two_namespaces;
use crate::analysis::Side;
use crate::analysis::answers::{Answers, Besides, Numbered, others};
use crate::analysis::formula::Formula;
use crate::analysis::places::Place;

const POLICIES: u64 = 60;

#[test]
fn asked_once_is_asked_each_time() {
    let (mut asked, mut yes) = (0, 0);
    for seed in 0..POLICIES {
        let mut dice = Dice::new(seed + 4_000_000);
        let policy = two_namespaces([random::policy(&mut dice), random::policy(&mut dice)]);
        let side = Side::new(&policy).unwrap();
        let mut answers = Answers::of(&side);
        for namespace in side.declared.namespaces() {
            for there in numbered(&side, &mut answers, namespace) {
                let place = &there.place;
                let rules = [&place.relevant.allows[..], &place.relevant.denies[..]].concat();
                let gone: BTreeSet<usize> = rules
                    .iter()
                    .copied()
                    .filter(|_| dice.below(3) == 0)
                    .collect();
                for rule in rules.iter().copied() {
                    let mut hold = |besides: Besides<'_>, with: &[usize], without: &[usize]| {
                        let answer = answers.can(&there, rule, besides);
                        let expected = can(&side, place, &[&[rule], with].concat(), without);
                        assert_eq!(
                            answer, expected,
                            "seed {seed}: {rule} {besides:?} {place:?}"
                        );
                        asked += 1;
                        yes += usize::from(answer);
                    };
                    hold(Besides::Anything, &[], &[]);
                    hold(Besides::Undenied, &[], &place.relevant.denies);
                    let others: Vec<usize> = others(place, rule, &gone).collect();
                    hold(Besides::Alone(&gone), &[], &others);
                    let denies = &place.relevant.denies;
                    let against = [&others[..], denies].concat();
                    hold(Besides::Decided(&gone), &[], &against);
                    for deny in denies {
                        hold(Besides::Refused(&gone, *deny), &[*deny], &others);
                    }
                    for other in rules.iter().copied() {
                        hold(Besides::Matches(other), &[other], &[]);
                    }
                }
            }
        }
    }
    assert!(
        yes > 1000 && asked - yes > 1000,
        "{asked} asked, {yes} can be"
    );
}

fn numbered(side: &Side<'_>, answers: &mut Answers<'_>, namespace: &str) -> Vec<Numbered> {
    let classes = side.classes(namespace);
    let places = classes.iter().flat_map(|class| side.places(class));
    places.map(|place| answers.number(place)).collect()
}

fn can(side: &Side<'_>, place: &Place, with: &[usize], without: &[usize]) -> bool {
    let target = place.target();
    side.shapes.iter().any(|shape| {
        let all = with
            .iter()
            .map(|rule| side.formula(*rule, shape, target))
            .chain([side.some(without, shape, target).not()]);
        shape.solve(&Formula::all(all)).is_some()
    })
}
