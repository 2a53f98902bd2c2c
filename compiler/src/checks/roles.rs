//! MG0321: a rule names roles of its own namespace. A role of another team would change without this one's knowing.

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::syntax::roles::Role;
use crate::syntax::{Roles, Text, suggest};

use super::{Scope, written};

/// The roles of every namespace, by name.
#[derive(Debug)]
pub struct ByName<'a>(BTreeMap<(&'a str, &'a str), &'a Role>);

impl<'a> ByName<'a> {
    /// Of these documents.
    pub fn new(documents: &'a [Roles]) -> Self {
        let of = |document: &'a Roles| {
            let namespace = document.namespace.value.as_str();
            let roles = document.roles.iter();
            roles.map(move |role| ((namespace, role.name.value.as_str()), role))
        };
        Self(documents.iter().flat_map(of).collect())
    }

    /// A role of a namespace.
    pub fn get(&self, namespace: &str, name: &str) -> Option<&'a Role> {
        self.0.get(&(namespace, name)).copied()
    }

    fn names(&self, namespace: &str) -> Vec<&'a str> {
        let own = self.0.keys().filter(|(owner, _)| *owner == namespace);
        own.map(|(_, name)| *name).collect()
    }
}

/// `who.roles` of every rule.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    let known = ByName::new(&scope.reading.roles);
    for file in &scope.reading.files {
        let namespace = file.namespace.value.as_str();
        let rules = file.allow.iter().chain(&file.deny);
        for name in written(rules.flat_map(|rule| &rule.who.roles)) {
            if known.get(namespace, &name.value).is_none() {
                found.push(unknown(namespace, name, &known));
            }
        }
    }
}

fn unknown(namespace: &str, name: &Text, known: &ByName<'_>) -> Diagnostic {
    let message = format!("`{namespace}` has no role `{}`", name.value);
    let names = known.names(namespace);
    let help = if names.is_empty() {
        format!("write a document of kind `Roles` for `{namespace}`, and name its file too")
    } else {
        suggest::help(&name.value, names, "its roles are")
    };
    Diagnostic::error("MG0321", name.span, message).with_help(help)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::checks::vectors::{ACCESS, GATE, codes};
    use crate::policy::Term;
    use crate::source::Source;

    const ROLES: &str = "\
apiVersion: modelgate.dev/v1alpha1
kind: Roles
metadata: { namespace: risk, name: people }
spec:
  roles:
    - { name: reviewers, who: { groups: [analysts], users: [ann] } }
    - { name: robots, who: { serviceAccounts: [batch/nightly] } }
";

    fn with(roles: &str, who: &str) -> Vec<&'static str> {
        let access = ACCESS.replace("groups: [analysts]", who);
        codes(&[("gate.yaml", GATE), ("a.yaml", &access), ("r.yaml", roles)])
    }

    #[test]
    fn rules_name_roles_of_their_namespace() {
        for who in [
            "roles: [reviewers]",
            "roles: [robots, reviewers], groups: [leads]",
            "roles: [robots], all: [{ groups: [trained] }]",
        ] {
            assert_eq!(with(ROLES, who), [""; 0], "{who}");
        }
        assert_eq!(with(ROLES, "roles: [reviewer]"), ["MG0321"]);
        assert_eq!(with(ROLES, "roles: []"), ["MG0106"]);
        let fraud = ROLES.replace("namespace: risk", "namespace: fraud");
        assert_eq!(with(&fraud, "roles: [reviewers]"), ["MG0321"]);
        let nobody = ROLES.replace("namespace: risk", "namespace: nobody");
        assert_eq!(with(&nobody, "groups: [a]"), ["MG0301"]);
    }

    type Whom = (BTreeSet<Term>, Vec<BTreeSet<Term>>);

    /// Whom the one rule is about.
    fn whom(who: &str) -> Whom {
        let source = |name: &str, text: &str| Source {
            name: name.to_owned(),
            bytes: text.as_bytes().to_vec(),
        };
        let access = ACCESS.replace("groups: [analysts]", who);
        let sources = [("gate.yaml", GATE), ("a.yaml", &access), ("r.yaml", ROLES)];
        let (loaded, found) = crate::load(&sources.map(|(name, text)| source(name, text)));
        let rule = loaded.map(|loaded| loaded.policy.files[0].rules[0].clone());
        let rule = rule.unwrap_or_else(|| panic!("{who}: {found:?}"));
        (rule.who, rule.all)
    }

    /// Every mix of two roles and two groups, once by the roles' names and once written out.
    #[test]
    fn a_role_is_whom_it_stands_for() {
        for mix in 1_usize..16 {
            let list = |names: &[(usize, &str)]| {
                let names = names.iter().filter(|(bit, _)| mix >> bit & 1 == 1);
                names.map(|(_, name)| *name).collect::<Vec<_>>().join(", ")
            };
            let fields = |fields: &[(&str, String)]| {
                let fields = fields.iter().filter(|(_, names)| !names.is_empty());
                let fields = fields.map(|(name, names)| format!("{name}: [{names}]"));
                fields.collect::<Vec<_>>().join(", ")
            };
            let (leads, trained) = ((2, "leads"), (3, "trained"));
            let named = fields(&[
                ("roles", list(&[(0, "reviewers"), (1, "robots")])),
                ("groups", list(&[leads, trained])),
            ]);
            let written = fields(&[
                ("groups", list(&[(0, "analysts"), leads, trained])),
                ("users", list(&[(0, "ann")])),
                ("serviceAccounts", list(&[(1, "batch/nightly")])),
            ]);
            for all in ["", ", all: [{ groups: [staff], users: [ann] }]"] {
                let (named, written) = (format!("{named}{all}"), format!("{written}{all}"));
                assert_eq!(whom(&named), whom(&written), "{named}");
            }
        }
    }

    #[test]
    fn roles_are_clear_and_unique() {
        let wrong = |old: &str, new: &str| with(&ROLES.replace(old, new), "groups: [a]");
        assert_eq!(wrong("robots", "reviewers"), ["MG0204"]);
        assert_eq!(wrong("[ann]", "[crop/ann]"), ["MG0308"]);
        assert_eq!(wrong("batch/nightly", "nightly"), ["MG0310"]);
        assert_eq!(wrong("[ann]", "[\"*\"]"), ["MG0312"]);
        assert_eq!(
            wrong("{ serviceAccounts: [batch/nightly] }", "{}"),
            ["MG0110"]
        );
        assert_eq!(wrong("groups: [analysts]", "roles: [robots]"), ["MG0101"]);
        let twice = format!(
            "{ROLES}---\n{}",
            ROLES.replace("reviewers", "a").replace("robots", "b")
        );
        assert_eq!(with(&twice, "groups: [a]"), ["MG0204"]);
    }
}
