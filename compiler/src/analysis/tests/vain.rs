//! A rule that a lint speaks of can be taken out: Cedar judges as before.

use policies::action::Action;

use super::brute::Judge;
use super::random::{self, Dice};
use super::{POLICIES, REQUESTS};
use crate::analysis::Side;
use crate::diagnostic::Diagnostic;
use crate::fixture::when;
use crate::policy::{Policy, Rule, Term};
use crate::zone;

/// The others speak of grants that are meant so.
const VAIN: [&str; 4] = ["MG0501", "MG0502", "MG0503", "MG0507"];

#[test]
fn what_lints_speak_of_can_be_taken_out() {
    let (mut taken, mut denies, mut halves) = (0, 0, 0);
    for seed in 0..POLICIES {
        let mut dice = Dice::new(seed + 2_000_000);
        let mut policy = random::policy(&mut dice);
        add_vain_rules(&mut policy.files[0].rules, seed);
        let side = Side::new(&policy).unwrap();
        let lints = crate::lints::run(&side, Default::default(), &Default::default());
        for lint in lints.iter().filter(|lint| VAIN.contains(&lint.code)) {
            taken += 1;
            denies += usize::from(lint.code == "MG0507");
            halves += usize::from(lint.message.ends_with("the rest is denied"));
            stays(&policy, lint, &mut dice);
        }
    }
    assert!(
        taken > 30 && denies > 5 && halves > 5,
        "{taken} rules taken out, {denies} shadowed denies among them, {halves} allows that others and denies cover together"
    );
}

/// A deny under another; and an allow that another covers before noon, and a deny after it.
fn add_vain_rules(rules: &mut Vec<Rule>, seed: u64) {
    let deny = rules.iter().find(|rule| rule.denies && rule.when.is_none());
    let plain = |rule: &&Rule| {
        let always = rule.when.is_none() && rule.until.is_none() && !rule.everyone;
        !rule.denies && always && rule.through.is_empty() && rule.all.is_empty()
    };
    let allow = rules.iter().find(plain).filter(|_| seed.is_multiple_of(3));
    let (deny, allow) = (deny.cloned(), allow.cloned());
    if let Some(mut less) = deny {
        less.id = "fraud/models/deny[99]".to_owned();
        rules.push(when(less, "context.hour >= 6"));
    }
    if let Some(allow) = allow {
        let mut part = allow.clone();
        part.id = "fraud/models/allow[98]".to_owned();
        part.who
            .insert(Term::User("corp/of-the-part-alone".to_owned()));
        rules.push(when(part, "context.hour < 12"));
        let mut rest = allow;
        rest.id = "fraud/models/deny[98]".to_owned();
        rest.denies = true;
        rules.push(when(rest, "context.hour >= 12"));
    }
}

/// Cedar judges requests alike with the rule and without it.
fn stays(policy: &Policy, lint: &Diagnostic, dice: &mut Dice) {
    let name = lint.message.split('`').nth(1).unwrap();
    let mut without = policy.clone();
    let rules = &mut without.files[0].rules;
    // outside of its years a clock refuses what its rule speaks of
    let clock = rules.iter().any(|rule| {
        let when = rule.when.as_ref();
        rule.id.ends_with(&format!("/{name}"))
            && when.is_some_and(|when| when.text.contains("context.local"))
    });
    rules.retain(|rule| !rule.id.ends_with(&format!("/{name}")));
    assert_eq!(rules.len() + 1, policy.files[0].rules.len());
    let judges = [Judge::new(policy), Judge::new(&without)];
    let but_lists = lint.message.contains("but for lists");
    for _ in 0..REQUESTS {
        let request = random::request(dice);
        if but_lists && request.action == Action::List {
            continue;
        }
        let second = i64::try_from(request.now.secs()).unwrap();
        if clock && !(zone::FIRST..zone::LAST).contains(&second) {
            continue;
        }
        let [before, after] = [&judges[0], &judges[1]].map(|judge| judge.judge(&request));
        assert_eq!(before.allowed, after.allowed, "{lint:?} {request:?}");
    }
}
