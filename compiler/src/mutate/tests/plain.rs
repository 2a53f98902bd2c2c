//! The fast way says what the plain one says: every changed policy made and loaded anew, all tests run on it, and the whole of it
//! compared.

use crate::analysis::compare;
use crate::analysis::tests::random::{self, Dice};
use crate::syntax;

use super::*;

/// The fate of a changed rule, the plain way.
fn plain(trial: &mut Trial<'_>, rule: &Rule, change: Change) -> Option<Fate> {
    let (policy, changed) = (trial.policy, trial.changed);
    let swap = changed.swap(rule, change)?;
    let old = changed.side(policy, changed.original());
    let new = changed.side(policy, changed.after(&swap));
    let mut bench = bench(policy, &new.table).unwrap();
    let noticed = trial.cases.iter().find(|(test, case)| {
        let outcome = bench.run(test, case);
        outcome.failure.is_some()
    });
    if let Some((test, case)) = noticed {
        return Some(Fate::Noticed {
            document: format!("{}/{}", test.namespace.value, test.name.value),
            test: case.name.value.clone(),
        });
    }
    let changes = compare(&old, &new).changes.into_iter();
    let whole = changes.map(|change| {
        let actions: BTreeSet<Action> = change
            .places
            .into_keys()
            .map(|(_, action)| action)
            .collect();
        let is_about = move |action| actions.contains(&action);
        (change.direction, change.example, is_about)
    });
    Some(trial.unnoticed(rule, change, whole, &mut bench))
}

/// Both ways with these tests; the tests that would notice.
fn both(policy: &Policy, tests: &[AccessTest], seen: &mut [usize; 3]) -> Vec<String> {
    let Ok(changed) = Changed::build(policy) else {
        return Vec::new();
    };
    let side = changed.all(policy);
    let mut trial = Trial::new(policy, &changed, &side, tests, "fraud").unwrap();
    let mut killers = Vec::new();
    for rule in policy.files.iter().flat_map(|file| &file.rules) {
        for change in Change::of(rule) {
            let fast = trial.mutant(rule, change).unwrap();
            let fast = fast.map(|mutant| mutant.fate);
            let plain = plain(&mut trial, rule, change);
            assert_eq!(
                format!("{fast:?}"),
                format!("{plain:?}"),
                "{change:?} of {rule:#?} in {policy:#?}"
            );
            match fast {
                Some(Fate::Noticed { .. }) => seen[0] += 1,
                Some(Fate::Silent(silent)) => {
                    seen[1] += 1;
                    killers.extend(silent.killer.map(|killer| killer.text));
                }
                Some(Fate::Equivalent) => seen[2] += 1,
                None => {}
            }
        }
    }
    killers
}

fn document(items: impl Iterator<Item = String>) -> Vec<AccessTest> {
    let named = |(number, item): (usize, String)| -> String {
        // two of one name would be one too many
        let rest = item.lines().skip(1);
        let rest: String = rest.map(|line| format!("    {line}\n")).collect();
        format!("    - name: t{number}\n{rest}")
    };
    let items: String = items.enumerate().map(named).collect();
    let head = format!(
        "apiVersion: {}\nkind: AccessTest\nmetadata: {{ namespace: fraud, name: t }}\nspec:\n  tests:\n",
        syntax::API_VERSION
    );
    let source = Source {
        name: String::new(),
        bytes: format!("{head}{items}").into_bytes(),
    };
    let reading = syntax::read(std::slice::from_ref(&source));
    assert!(reading.diagnostics.is_empty(), "{:?}", reading.diagnostics);
    reading.tests
}

#[test]
fn both_ways_tell_the_same() {
    let mut seen = [0; 3];
    for seed in 0..40 {
        let policy = random::policy(&mut Dice::new(seed));
        let policy = own(&policy, "fraud");
        let killers = both(&policy, &[], &mut seen);
        if killers.is_empty() {
            continue;
        }
        let tests = document(killers.into_iter().step_by(3));
        both(&policy, &tests, &mut seen);
    }
    let [noticed, silent, equivalent] = seen;
    assert!(noticed > 100 && silent > 200 && equivalent > 40, "{seen:?}");
}
