//! Examples that people understand: a request of its own, and the rules that decide it whenever it is made.

use policies::action::Action;

use crate::analysis::{Side, compare};
use crate::fixture::{allow, group, policy_with, until, when};
use crate::policy::Rule;

/// What comes with these rules: each action that is shown, and the rules that decide it then.
fn shown(rules: Vec<Rule>) -> Vec<(Action, Vec<String>)> {
    let [old, new] = [Vec::new(), rules].map(|rules| policy_with(rules, None));
    let [old, new] = [&old, &new].map(|policy| Side::new(policy).unwrap());
    let changes = compare(&old, &new).changes.into_iter();
    let id = |position: &usize| new.rule(*position).id.clone();
    changes
        .map(|change| {
            let after = change.after.iter().map(id);
            (change.example.action, after.collect())
        })
        .collect()
}

fn predict(id: &str) -> Rule {
    allow(id, &[group("corp/g1")], &[Action::Predict], &["risk-eu"])
}

#[test]
fn a_line_of_a_list_is_shown_where_nothing_else_is() {
    let by_method = when(predict("allow[0]"), "context.method != \"PUT\"");
    let found = shown(vec![by_method]);
    let [(action, _)] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(*action, Action::Predict);
}

#[test]
fn what_ends_does_not_decide_a_request_of_no_date() {
    let ends = until(predict("allow[1]"), "2027-01-31");
    let found = shown(vec![predict("allow[0]"), ends]);
    let [first, second] = ["fraud/models/allow[0]", "fraud/models/allow[1]"].map(String::from);
    let both = vec![first.clone(), second];
    assert_eq!(
        found,
        [(Action::Predict, vec![first]), (Action::Predict, both)]
    );
}
