//! MG0108: `can` names actions, and groups of actions of its own namespace. MG0204: no group is called like an action.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use policies::action::Action;

use crate::diagnostic::Diagnostic;
use crate::syntax::roles::Group;
use crate::syntax::{Roles, Text, advice, suggest};

use super::{Scope, written};

/// The groups of actions of every namespace, by name.
#[derive(Debug)]
pub struct Groups<'a>(BTreeMap<(&'a str, &'a str), &'a Group>);

impl<'a> Groups<'a> {
    /// Of these documents.
    pub fn new(documents: &'a [Roles]) -> Self {
        let of = |document: &'a Roles| {
            let namespace = document.namespace.value.as_str();
            let groups = document.actions.iter();
            groups.map(move |group| ((namespace, group.name.value.as_str()), group))
        };
        Self(documents.iter().flat_map(of).collect())
    }

    /// What a name in `can` stands for, groups resolved.
    pub fn meant(&self, namespace: &str, name: &str) -> Option<BTreeSet<Action>> {
        let members = |action: Action| action.members().iter().copied();
        if let Ok(action) = Action::from_str(name) {
            return Some(members(action).collect());
        }
        let group = self.0.get(&(namespace, name))?;
        Some(
            group
                .can
                .iter()
                .flat_map(|action| members(action.value))
                .collect(),
        )
    }

    fn names(&self, namespace: &str) -> impl Iterator<Item = &'a str> {
        let own = self.0.keys().filter(move |(owner, _)| *owner == namespace);
        own.map(|(_, name)| *name)
    }
}

/// `can` of every rule, and the names of groups.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    let groups = Groups::new(&scope.reading.roles);
    for file in &scope.reading.files {
        let namespace = file.namespace.value.as_str();
        let rules = file.allow.iter().chain(&file.deny);
        for name in written(rules.flat_map(|rule| rule.can.iter().flatten())) {
            if groups.meant(namespace, &name.value).is_none() {
                found.push(unknown(name, namespace, &groups));
            }
        }
    }
    let named = scope
        .reading
        .roles
        .iter()
        .flat_map(|document| &document.actions);
    let taken = |name: &&Text| Action::from_str(&name.value).is_ok();
    found.extend(
        written(named.map(|group| &group.name))
            .filter(taken)
            .map(is_an_action),
    );
}

fn unknown(name: &Text, namespace: &str, groups: &Groups<'_>) -> Diagnostic {
    let message = format!("unknown value `{}` of `can`", name.value);
    let own: Vec<&str> = groups.names(namespace).collect();
    let known = own.into_iter().chain(Action::ALL.map(Action::name));
    let known: Vec<&str> = known.collect();
    let all = advice::all("can").filter(|_| advice::ALL.contains(&name.value.as_str()));
    let meant = advice::word("can", &name.value);
    let help = match (all, meant) {
        (Some(help), _) => help.to_owned(),
        (None, Some(word)) => format!("write `{word}`"),
        (None, None) => suggest::help(&name.value, known, "it is one of"),
    };
    Diagnostic::error("MG0108", name.span, message).with_help(help)
}

fn is_an_action(name: &Text) -> Diagnostic {
    let message = format!("`{}` is an action already", name.value);
    Diagnostic::error("MG0204", name.span, message).with_help("give the group another name")
}

#[cfg(test)]
mod tests {
    use crate::checks::vectors::{ACCESS, GATE, codes};
    use crate::source::Source;

    const GROUPS: &str = "\
apiVersion: modelgate.dev/v1alpha1
kind: Roles
metadata: { namespace: risk, name: words }
spec:
  actions:
    - { name: scoring, can: [predict, explain] }
    - { name: care, can: [manage, metrics, read] }
";

    fn with(groups: &str, can: &str) -> Vec<&'static str> {
        let access = ACCESS.replace("[analysts] }", &format!("[analysts] }}\n      can: {can}"));
        codes(&[("gate.yaml", GATE), ("a.yaml", &access), ("r.yaml", groups)])
    }

    #[test]
    fn rules_name_actions_and_groups_of_their_namespace() {
        for can in ["[scoring]", "[scoring, care]", "[care, predict]", "[read]"] {
            assert_eq!(with(GROUPS, can), [""; 0], "{can}");
        }
        assert_eq!(with(GROUPS, "[scorin]"), ["MG0108"]);
        assert_eq!(with(GROUPS, "[preditc, scoring]"), ["MG0108"]);
        assert_eq!(with(GROUPS, "[]"), ["MG0106"]);
        let fraud = GROUPS.replace("namespace: risk", "namespace: fraud");
        assert_eq!(with(&fraud, "[scoring]"), ["MG0108"]);
    }

    #[test]
    fn groups_are_clear_and_unique() {
        let wrong = |old: &str, new: &str| with(&GROUPS.replace(old, new), "[predict]");
        assert_eq!(wrong("name: scoring", "name: predict"), ["MG0204"]);
        assert_eq!(wrong("name: scoring", "name: care"), ["MG0204"]);
        for like_an_action in ["Predict", "'predict '", "pre.dict"] {
            let name = format!("name: {like_an_action}");
            assert_eq!(wrong("name: scoring", &name), ["MG0206"], "{name}");
        }
        assert_eq!(wrong("[predict, explain]", "[]"), ["MG0106"]);
        assert_eq!(wrong("[predict, explain]", "[care]"), ["MG0108"]);
        assert_eq!(wrong(", can: [predict, explain]", ""), ["MG0103"]);
        let nothing = &GROUPS[..GROUPS.find("  actions").unwrap()];
        assert_eq!(
            with(&nothing.replace("spec:", "spec: {}"), "[predict]"),
            ["MG0103"]
        );
    }

    #[test]
    fn the_nearest_name_is_told() {
        let access = ACCESS.replace("[analysts] }", "[analysts] }\n      can: [scorng]");
        let source = |(name, text): (&str, &str)| Source {
            name: name.into(),
            bytes: text.as_bytes().to_vec(),
        };
        let files = [("g", GATE), ("a", &access), ("r", GROUPS)].map(source);
        let (_, found) = crate::load(&files);
        assert_eq!(found[0].help.as_deref(), Some("did you mean `scoring`?"));
        let access = access.replace("scorng", "Inference");
        let files = [("g", GATE), ("a", &access), ("r", GROUPS)].map(source);
        let (_, found) = crate::load(&files);
        assert_eq!(found[0].help.as_deref(), Some("write `predict`"));
    }

    /// The rule's actions are those of the group, written out.
    #[test]
    fn a_group_is_what_it_stands_for() {
        let actions = |can: &str| {
            let access =
                ACCESS.replace("[analysts] }", &format!("[analysts] }}\n      can: {can}"));
            let source = |(name, text): (&str, &str)| Source {
                name: name.into(),
                bytes: text.as_bytes().to_vec(),
            };
            let files = [("g", GATE), ("a", &access), ("r", GROUPS)].map(source);
            let (loaded, found) = crate::load(&files);
            assert_eq!(found, []);
            loaded.unwrap().policy.files[0].rules[0].actions.clone()
        };
        assert_eq!(actions("[scoring]"), actions("[explain, predict]"));
        assert_eq!(
            actions("[care, scoring]"),
            actions("[read, explain, metrics, predict, manage]")
        );
        assert_ne!(actions("[care]"), actions("[scoring]"));
    }
}
