//! What is known beside the files: which groups and models there are, and Istio's own policies.

use std::collections::{BTreeMap, BTreeSet};

use crate::syntax::istio::Resources;
use crate::syntax::suggest;

/// What is known; of what is not, nothing is told.
#[derive(Debug, Default)]
pub struct Known {
    /// the groups of the organisation
    pub groups: Option<Groups>,
    /// the models that servers have
    pub models: Option<Models>,
    /// what is enforced beside the filter
    pub istio: Resources,
}

/// Groups by their names, plain or `ISSUER/NAME`, and who is in each; nobody where that is not known.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Groups(BTreeMap<String, BTreeSet<String>>);

/// Models by `NAMESPACE/NAME`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Models(BTreeSet<String>);

impl Groups {
    /// Lines `GROUP` or `GROUP: USER, USER`; empty ones and those that begin with `#` count for nothing.
    ///
    /// # Errors
    /// The number of the first line that is something else, and what to write.
    pub fn read(text: &str) -> Result<Self, (usize, String)> {
        let mut groups: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (number, line) in lines(text) {
            let (name, members) = line
                .split_once(": ")
                .unwrap_or((line.trim_end_matches(':'), ""));
            let name = name.trim();
            if name.is_empty() {
                return Err((
                    number,
                    "no group: write `GROUP`, or `GROUP: USER, USER`".into(),
                ));
            }
            let members = members.split(',').map(str::trim);
            let members = members.filter(|member| !member.is_empty());
            let known = groups.entry(name.to_owned()).or_default();
            known.extend(members.map(str::to_owned));
        }
        Ok(Self(groups))
    }

    /// Whether there is such a group, by `ISSUER/NAME`.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.0.contains_key(id) || self.0.contains_key(plain(id))
    }

    /// What could have been meant by `ISSUER/NAME`, in the same form: a group of this issuer, or else one of another.
    #[must_use]
    pub fn meant(&self, id: &str) -> Option<String> {
        let (issuer, name) = id.split_once('/').unwrap_or(("", id));
        let own = self
            .0
            .keys()
            .filter_map(|known| match known.split_once('/') {
                Some((owner, name)) => (owner == issuer).then_some(name),
                None => Some(known.as_str()),
            });
        if let Some(own) = suggest::nearest_of_all(name, own) {
            return Some(format!("{issuer}/{own}"));
        }
        let others = || self.0.keys().filter_map(|known| known.split_once('/'));
        let nearest = suggest::nearest_of_all(name, others().map(|(_, name)| name))?;
        let (owner, name) = others().find(|(_, name)| *name == nearest)?;
        Some(format!("{owner}/{name}"))
    }

    /// The groups of which all members, two at least, are among these users of an issuer.
    pub fn within<'g>(
        &'g self,
        issuer: &'g str,
        users: &'g BTreeSet<&str>,
    ) -> impl Iterator<Item = (&'g str, &'g BTreeSet<String>)> {
        let own = self.0.iter().filter_map(move |(name, members)| {
            let (owner, name) = name.split_once('/').unwrap_or((issuer, name));
            (owner == issuer).then_some((name, members))
        });
        own.filter(|(_, members)| {
            members.len() > 1 && members.iter().all(|member| users.contains(plain(member)))
        })
    }
}

impl Models {
    /// Lines `NAMESPACE/NAME`; empty ones and those that begin with `#` count for nothing.
    ///
    /// # Errors
    /// The number of the first line that is something else, and what to write.
    pub fn read(text: &str) -> Result<Self, (usize, String)> {
        let mut models = BTreeSet::new();
        for (number, line) in lines(text) {
            match line.split_once('/') {
                Some((namespace, name)) if !namespace.is_empty() && !name.is_empty() => {
                    models.insert(line.to_owned());
                }
                _ => return Err((number, format!("no namespace: write `NAMESPACE/{line}`"))),
            }
        }
        Ok(Self(models))
    }

    /// Whether there is a model with this name, or one that begins so where the name ends with `*`.
    #[must_use]
    pub fn has(&self, namespace: &str, name: &str) -> bool {
        let id = format!("{namespace}/{name}");
        match id.strip_suffix('*') {
            None => self.0.contains(&id),
            Some(beginning) => {
                let mut following = self.0.range(beginning.to_owned()..);
                following
                    .next()
                    .is_some_and(|model| model.starts_with(beginning))
            }
        }
    }

    /// What could have been meant.
    #[must_use]
    pub fn meant(&self, namespace: &str, name: &str) -> Option<&str> {
        let own = self.0.iter().filter_map(|model| {
            let (owner, model) = model.split_once('/')?;
            (owner == namespace).then_some(model)
        });
        suggest::nearest_of_all(name.trim_end_matches('*'), own)
    }
}

/// Lines that say something, counted from 1. Editors of some systems write a byte order mark before the first.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = (1..).zip(text.lines().map(str::trim));
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

/// The name at the issuer.
fn plain(id: &str) -> &str {
    id.split_once('/').map_or(id, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_of_the_same_issuer_is_meant_first() {
        let groups = Groups::read("corp/analists\npartner/analysts\nleads\n").unwrap();
        let meant = |id: &str| groups.meant(id);
        assert_eq!(meant("corp/analysts").unwrap(), "corp/analists");
        assert_eq!(meant("partner/analyst").unwrap(), "partner/analysts");
        assert_eq!(meant("partner/lead").unwrap(), "partner/leads");
        // the same name at another issuer, where this one has nothing like it
        assert_eq!(meant("cloud/analysts").unwrap(), "partner/analysts");
        assert_eq!(meant("corp/owners"), None);
    }

    #[test]
    fn lists_are_lines() {
        let groups =
            Groups::read("# from the directory\n\nanalysts\n corp/leads : ann, bob ,\n").unwrap();
        assert!(groups.has("corp/analysts") && groups.has("corp/leads"));
        assert!(!groups.has("corp/lead"));
        assert_eq!(groups.meant("corp/analyst").unwrap(), "corp/analysts");
        let users = BTreeSet::from(["ann", "bob", "eve"]);
        let within: Vec<&str> = groups
            .within("corp", &users)
            .map(|(name, _)| name)
            .collect();
        assert_eq!(within, ["leads"]);
        assert_eq!(groups.within("other", &users).count(), 0);
        assert!(Groups::read("\u{feff}leads\n").unwrap().has("corp/leads"));
        assert_eq!(Groups::read("a\n: ann").unwrap_err().0, 2);
        let models = Models::read("risk/churn-a\nrisk/churn-b\n").unwrap();
        assert!(models.has("risk", "churn-a") && models.has("risk", "churn-*"));
        assert!(!models.has("risk", "churn") && !models.has("risk", "fraud-*"));
        assert!(!models.has("fraud", "churn-a"));
        assert_eq!(models.meant("risk", "chrun-a"), Some("churn-a"));
        let message = "no namespace: write `NAMESPACE/churn`".to_owned();
        assert_eq!(Models::read("churn").unwrap_err(), (1, message));
    }
}
