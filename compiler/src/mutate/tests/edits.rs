//! A changed rule is what somebody gets who edits the file so: servers, which no file names, are opened and closed by what is left.

use crate::analysis::compare;
use crate::checks::vectors::GATE;

use super::*;

const HEAD: &str = "\
apiVersion: modelgate.dev/v1alpha1
kind: ModelAccess
metadata: { namespace: risk, name: models }
spec:
  models: [{ name: churn, api: open-inference }, { name: net, api: tfserving }]
";

fn policy(rules: &str) -> Policy {
    let (one, two) = (
        "hosts: [risk.example.com]\n      backends: [{ service: score, api: open-inference }]",
        "hosts: [a.example.com, b.example.com]\n      backends:\n        \
         - { service: score, api: open-inference, hosts: [a.example.com] }\n        \
         - { service: tf, api: tfserving, hosts: [b.example.com] }",
    );
    assert!(GATE.contains(one));
    let gate = format!("{GATE}  timeZones: [Asia/Kolkata]\n");
    let files = [
        ("gate.yaml", gate.replace(one, two)),
        ("risk.yaml", format!("{HEAD}{rules}")),
    ];
    let sources = files.map(|(name, text)| Source {
        name: name.into(),
        bytes: text.into_bytes(),
    });
    let (loaded, found) = crate::load(&sources);
    own(
        &loaded.unwrap_or_else(|| panic!("{found:?}")).policy,
        "risk",
    )
}

/// What everyone is allowed and interns are not, and one rule more, which allows or denies.
fn rules(kind: &str, rule: &str) -> String {
    let more = |own| match own == kind {
        true => format!(", {rule}"),
        false => String::new(),
    };
    let everyone = "{ who: { everyone: true }, can: [predict, metrics] }";
    let interns = "{ who: { groups: [interns] }, can: [predict], models: [churn] }";
    let (allow, deny) = (more("allow"), more("deny"));
    format!("  allow: [{everyone}{allow}]\n  deny: [{interns}{deny}]\n")
}

/// Whether the change of a rule makes of the first rules what the others are, which is something else.
fn is_edit(change: Change, id: &str, rules: &str, edited: &str) {
    let (before, after) = (policy(rules), policy(edited));
    let changed = Changed::build(&before).unwrap();
    let mut all = before.files.iter().flat_map(|file| &file.rules);
    let rule = all.find(|rule| rule.id.ends_with(id)).unwrap();
    let swap = changed.swap(rule, change).unwrap();
    let plain = changed.side(&before, changed.original());
    let made = changed.side(&before, changed.after(&swap));
    let written = Side::since(&after, crate::cases::DEFAULT_TIME).unwrap();
    let found = compare(&made, &written).changes;
    assert!(found.is_empty(), "{rules}{edited}{found:#?}");
    let found = compare(&plain, &written).changes;
    assert!(!found.is_empty(), "{rules}{edited}");
}

#[test]
fn servers_go_with_the_models_that_are_left() {
    let rule =
        |rest: &str| format!("{{ who: {{ groups: [ops] }}, can: [predict, metrics]{rest} }}");
    let (all, third) = (&rule(""), &rule(", versions: [\"3\"]"));
    let (one, both) = (&rule(", models: [churn]"), &rule(", models: [churn, net]"));
    let one_third = &rule(", models: [churn], versions: [\"3\"]");
    let is_deny = |change, written, edited| {
        let [written, edited] = [written, edited].map(|rule| rules("deny", rule));
        is_edit(change, "deny[1]", &written, &edited);
    };
    is_deny(Change::Models, one, all);
    is_deny(Change::Models, both, all);
    is_deny(Change::Versions, third, all);
    is_deny(Change::Versions, one_third, one);
    // nobody is allowed anything but by the rule
    let alone = |kind: &str, rule: &str| format!("  {kind}: [{rule}]\n");
    let is_allow = |written, edited| {
        let [written, edited] = [written, edited].map(|rule| alone("allow", rule));
        is_edit(Change::Models, "allow[0]", &written, &edited);
    };
    is_allow(one, all);
    is_allow(one_third, third);
    for written in [all, third, one, both, one_third] {
        let [allowed, denied] = ["allow", "deny"].map(|kind| rules(kind, written));
        is_edit(Change::Turned, "allow[1]", &allowed, &denied);
        let [allowed, denied] = ["allow", "deny"].map(|kind| alone(kind, written));
        is_edit(Change::Turned, "deny[0]", &denied, &allowed);
    }
}

/// Beside `everyone: true` nothing can say whom it is for.
#[test]
fn who_is_everyone_is_in_no_list() {
    for who in [
        "groups: [g1], all: [{ groups: [g3] }]",
        "groups: [g3], all: [{ groups: [g3] }]",
        "all: [{ groups: [g1] }, { groups: [g3] }]",
    ] {
        for when in ["", ", when: 'context.local[\"Asia/Kolkata\"].hour >= 18'"] {
            let rule = |who: &str| format!("  allow: [{{ who: {{ {who} }}{when} }}]\n");
            let edited = rule("everyone: true");
            is_edit(Change::Everyone, "allow[0]", &rule(who), &edited);
        }
    }
}
