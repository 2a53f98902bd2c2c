//! Advice of an explanation, followed: who and what would be allowed is, and what another rule would refuse, that rule refuses.

use std::collections::BTreeSet;

use super::brute::{Judge, Request};
use super::random::{self, Dice};
use super::{POLICIES, REQUESTS};
use crate::analysis::caller::Kind;
use crate::analysis::why::{Miss, why};
use crate::analysis::{Example, Side};
use crate::policy::Term;

#[test]
fn advice_leads_where_it_says() {
    let mut counts = [0, 0];
    for seed in 0..POLICIES {
        let mut dice = Dice::new(seed + 4_000_000);
        let policy = random::policy(&mut dice);
        let side = Side::new(&policy).unwrap();
        let judge = Judge::new(&policy);
        for _ in 0..REQUESTS / 4 {
            let example = random::example(&mut dice);
            let why = why(&side, &example);
            if !why.denies.is_empty() {
                continue;
            }
            for miss in why
                .missed
                .iter()
                .filter(|miss| miss.condition.is_none() && !miss.token)
            {
                let leads = miss.denies.is_empty();
                let rules: BTreeSet<String> = match leads {
                    true => BTreeSet::from([side.rule(miss.position).id.clone()]),
                    false => miss
                        .denies
                        .iter()
                        .map(|at| side.rule(*at).id.clone())
                        .collect(),
                };
                for followed in followed(&example, miss, &mut dice) {
                    let answer = judge.judge(&Request::of(&followed));
                    let told = format!("seed {seed}: {example} {miss:#?} {followed} {answer:?}");
                    assert_eq!(answer.allowed, leads, "{told}");
                    assert!(rules.is_subset(&answer.rules), "{told}");
                    counts[usize::from(leads)] += 1;
                }
            }
        }
    }
    let [refused, allowed] = counts;
    assert!(
        allowed > 500 && refused > 30,
        "{allowed} allowed, {refused} refused"
    );
}

/// By each of the callers that are advised, one of the actions.
fn followed(example: &Example, miss: &Miss, dice: &mut Dice) -> Vec<Example> {
    let callers: Vec<Example> = match &miss.who {
        Some(terms) => terms.iter().filter_map(|term| by(example, term)).collect(),
        None => vec![example.clone()],
    };
    let action = miss.actions.as_ref().map(|actions| dice.one(actions));
    let does = |caller: Example| match action {
        Some(action) => caller.doing(action),
        None => caller,
    };
    callers.into_iter().map(does).collect()
}

/// The same caller with this name or in this group, where it can be.
fn by(example: &Example, term: &Term) -> Option<Example> {
    let mut example = example.clone();
    let issuer = match &example.kind {
        Kind::User(issuer) | Kind::Account(issuer) | Kind::Token(issuer) => issuer.as_str(),
        Kind::Workload => "",
    };
    match (term, &example.kind) {
        (Term::Group(id), Kind::User(_) | Kind::Account(_)) => {
            let group = id.strip_prefix(issuer)?.strip_prefix('/')?;
            example.groups.insert(group.to_owned());
        }
        (Term::User(id), Kind::User(_)) | (Term::ServiceAccount(id), Kind::Account(_)) => {
            example.name = id.strip_prefix(issuer)?.strip_prefix('/')?.to_owned();
        }
        (Term::ServiceAccount(id), Kind::Token(_)) => example.name.clone_from(id),
        _ => return None,
    }
    Some(example)
}
