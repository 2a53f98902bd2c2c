//! cedar-policy answers alike whether it is given every policy or those that can matter.

use crate::cedar::Meaning;
use crate::fixture::policy_with;
use crate::policy::Policy;
use crate::referee::boundary::{self, Known};
use crate::referee::{Comparison, FEWEST, load, relevant};

use super::{GUARDRAILS, compiled, forms, rules};

#[test]
fn what_is_left_out_does_not_matter() {
    let policies = [policy_with(rules(), Some(GUARDRAILS)), forms::policy()];
    let asked: Vec<usize> = policies.iter().map(asked).collect();
    assert!(asked.iter().all(|asked| *asked > 300), "{asked:?}");
}

/// Number of requests with both; in some of them nothing was left out.
fn asked(policy: &Policy) -> usize {
    let (meaning, bundle) = compiled(policy, 0);
    let engine = load(&serde_json::to_string(&bundle).unwrap()).unwrap();
    let (known, everything) = (Known::of(&bundle), relevant::set(meaning.statements.iter()));
    let Meaning {
        schema, statements, ..
    } = &meaning;
    let mut comparison = Comparison::new(&meaning);
    let mut asked = 0;
    for statement in statements {
        let dimensions = boundary::dimensions(statement, &schema.attributes, &known);
        let entities = comparison.stores.of(&dimensions);
        for case in comparison.chosen(statement, &dimensions, &entities, &engine, FEWEST) {
            let Comparison {
                relevant, witness, ..
            } = &mut comparison;
            if let Some(some) = relevant.to(&case, usize::MAX) {
                let some = witness.ask(some, &entities, &case);
                assert_eq!(some, witness.ask(&everything, &entities, &case), "{case}");
                asked += 1;
            }
        }
    }
    asked
}
