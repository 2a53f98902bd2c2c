//! What rules and declarations do beside the verdicts that follow from them: a change of theirs can let somebody in without one rule
//! that grants it anew. `everyone` is also every workload that some rule names; what a rule asks of requests is read of each, and
//! refused where it cannot be read; and a declared name keeps its other spellings away where servers read several alike.

use std::collections::{BTreeMap, BTreeSet};

use policies::engine::folded;

use crate::lower::Pattern;
use crate::policy::{Gate, Place, Policy, Rule, Term};

const VERSIONS: &str = "versions";

/// What may be allowed newly for such a reason, each as a sentence.
#[must_use]
pub fn opened(old: &Policy, new: &Policy) -> Vec<String> {
    let mut opened = BTreeSet::new();
    named(old, new, &mut opened);
    unread(old, new, &mut opened);
    spellings(old, new, &mut opened);
    opened.into_iter().collect()
}

fn rules(policy: &Policy) -> impl Iterator<Item = &Rule> {
    policy.files.iter().flat_map(|file| &file.rules)
}

/// Workloads that a rule names now, where something is for everyone.
fn named(old: &Policy, new: &Policy, opened: &mut BTreeSet<String>) {
    let Some(open) = rules(new).find(|rule| rule.everyone && !rule.denies) else {
        return;
    };
    let known = workloads(old);
    for workload in workloads(new).difference(&known) {
        opened.insert(format!(
            "a rule names the workload `{workload}` now: what is for everyone, such as `{}`, is for it as well, by its certificate alone",
            open.id
        ));
    }
}

/// Those that rules and guardrails name.
fn workloads(policy: &Policy) -> BTreeSet<String> {
    let gate = &policy.gate;
    let mut all: BTreeSet<String> = BTreeSet::new();
    let texts = rules(policy).filter_map(|rule| rule.when.as_ref());
    for text in texts.chain(&gate.guardrails) {
        let after = text.text.split("ServiceAccount::\"").skip(1);
        all.extend(after.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
    }
    for rule in rules(policy) {
        let terms = rule.who.iter().chain(&rule.through);
        for term in terms {
            if let Term::ServiceAccount(id) = term {
                all.insert(id.clone());
            }
        }
    }
    all.retain(|id| {
        let owner = id.split_once('/').map_or("", |(owner, _)| owner);
        gate.issuers.iter().all(|issuer| issuer.name != owner)
    });
    all
}

/// What was read of requests, and refused where it could not be, and is not any more.
fn unread(old: &Policy, new: &Policy, opened: &mut BTreeSet<String>) {
    let gateways = |gate: &Gate| {
        let mut installs = gate.installs.iter();
        installs.all(|install| matches!(install.place, Place::Gateway { .. }))
    };
    // a gateway reads what any rule asks for
    let everywhere = gateways(&old.gate) && gateways(&new.gate);
    let [before, after] = [old, new].map(|policy| facts(policy, everywhere));
    for (place, facts) in before {
        let left = after.get(place);
        let gone = facts
            .into_iter()
            .filter(|fact| left.is_none_or(|left| !left.contains(fact)));
        let of = if everywhere {
            String::new()
        } else {
            format!(" of `{place}`")
        };
        opened.extend(gone.map(|fact| {
            format!(
                "no rule{of} asks for {fact} any more: a request that was refused because it could not be read, is malformed or is named twice may be allowed"
            )
        }));
    }
}

/// What rules and guardrails ask for, by the namespace where that is read.
fn facts(policy: &Policy, everywhere: bool) -> BTreeMap<&str, BTreeSet<String>> {
    let gate = &policy.gate;
    let mut all = BTreeMap::new();
    for file in &policy.files {
        let place = if everywhere { "" } else { &file.namespace };
        let facts: &mut BTreeSet<String> = all.entry(place).or_default();
        for rule in &file.rules {
            if !rule.versions.is_empty() && !facts.contains(VERSIONS) {
                facts.insert(VERSIONS.to_owned());
            }
            if let Some(when) = &rule.when {
                asked(&when.text, gate, facts);
            }
        }
    }
    if let Some(text) = &gate.guardrails {
        all.values_mut()
            .for_each(|facts| asked(&text.text, gate, facts));
    }
    all
}

/// What a condition may ask for, by its words.
fn asked(text: &str, gate: &Gate, facts: &mut BTreeSet<String>) {
    if text.contains("headers") {
        let headers = gate.headers.iter().filter(|name| text.contains(*name));
        facts.extend(headers.map(|name| format!("the header field `{name}`")));
    }
    if text.contains("address") {
        facts.insert("the client's address".to_owned());
    }
    if text.contains("version") {
        facts.insert(VERSIONS.to_owned());
    }
}

/// Names that are not declared any more, of which other spellings are now what an open name covers.
fn spellings(old: &Policy, new: &Policy, opened: &mut BTreeSet<String>) {
    let (before, after) = (folding(old), folding(new));
    let like = |name: &str| folded(name).to_ascii_lowercase();
    for (namespace, name) in before.difference(&after) {
        let own = || after.iter().filter(|(owner, _)| owner == namespace);
        let stays = own().any(|(_, other)| !other.ends_with('*') && like(other) == like(name));
        if name.ends_with('*') || stays {
            continue;
        }
        let covers =
            |pattern: &Pattern| pattern.open && like(name).starts_with(&like(&pattern.name));
        let mut open = own().map(|(_, other)| Pattern::named(namespace, other));
        if let Some(open) = open.find(covers) {
            opened.insert(format!(
                "`{namespace}/{name}` is not declared any more, whose other spellings were refused: they are names of `{}` now",
                open.entry_name()
            ));
        }
    }
}

/// The declared names of which servers read several spellings alike, by namespace.
fn folding(policy: &Policy) -> BTreeSet<(&str, &str)> {
    let mut names = BTreeSet::new();
    for file in &policy.files {
        let folding = file.models.iter();
        let folding = folding.filter(|model| model.api.profile().folds_names);
        names.extend(folding.map(|model| (file.namespace.as_str(), model.name.as_str())));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::opened;
    use crate::checks::vectors::{ACCESS, GATE};
    use crate::policy::Policy;
    use crate::source::Source;

    fn policy(gate: &str, access: &str) -> Policy {
        let source = |(name, text): (&str, &str)| Source {
            name: name.into(),
            bytes: text.as_bytes().to_vec(),
        };
        let sources = [("gate.yaml", gate), ("risk.yaml", access)].map(source);
        let (loaded, problems) = crate::load(&sources);
        loaded.unwrap_or_else(|| panic!("{problems:?}")).policy
    }

    /// What is told of one kind of change, there and back.
    fn both_ways(gate: &str, old: &str, new: &str) -> [String; 2] {
        let (old, new) = (policy(gate, old), policy(gate, new));
        [opened(&old, &new).join("\n"), opened(&new, &old).join("\n")]
    }

    fn with(rules: &str) -> String {
        let (head, _) = ACCESS.split_once("  allow:").unwrap();
        format!("{head}{rules}")
    }

    #[test]
    fn a_workload_that_comes_to_be_known() {
        let open = "  allow:\n    - who: { everyone: true }\n";
        for rule in [
            "    - who: { serviceAccounts: [web/batch] }\n",
            "    - who: { groups: [analysts], through: [web/batch] }\n",
            "    - who: { groups: [analysts] }\n      when: context has peer && context.peer == ServiceAccount::\"web/batch\"\n",
        ] {
            let more = format!("{open}{rule}");
            let [forth, back] = both_ways(GATE, &with(open), &with(&more));
            assert!(
                forth.contains("names the workload `web/batch` now"),
                "{rule}: {forth}"
            );
            assert!(forth.contains("`risk/models/allow[0]`"), "{forth}");
            assert_eq!(back, "", "{rule}");
        }
        let closed = "  allow:\n    - who: { groups: [analysts] }\n";
        let more = format!("{closed}    - who: {{ serviceAccounts: [web/batch] }}\n");
        assert_eq!(both_ways(GATE, &with(closed), &with(&more)), ["", ""]);
    }

    #[test]
    fn what_is_not_read_any_more() {
        let plain = "  allow:\n    - who: { groups: [analysts] }\n";
        let gate = format!("{GATE}  conditions: {{ headers: [x-purpose], address: true }}\n");
        for (rule, said) in [
            ("      versions: [\"3\"]\n", "asks for versions"),
            (
                "      when: context has version && context.version == \"3\"\n",
                "asks for versions",
            ),
            (
                "      when: context.headers has \"x-purpose\" && context.headers[\"x-purpose\"] == \"a\"\n",
                "the header field `x-purpose`",
            ),
            (
                "      when: context.address.isInRange(ip(\"10.0.0.0/8\"))\n",
                "the client's address",
            ),
        ] {
            let more = format!("{plain}{rule}");
            let [forth, back] = both_ways(&gate, &with(plain), &with(&more));
            assert_eq!(forth, "", "{rule}");
            assert!(
                back.contains(said) && !back.contains(" of `risk`"),
                "{rule}: {back}"
            );
        }
    }

    #[test]
    fn another_spelling_of_a_name_that_is_gone() {
        let gate = GATE.replace("api: open-inference", "api: openai");
        let models = |names: &[&str]| {
            let names = names.iter();
            let lines = names.map(|name| format!("    - {{ name: {name}, api: openai }}\n"));
            ACCESS.replace(
                "    - { name: churn-*, api: open-inference }\n",
                &lines.collect::<String>(),
            )
        };
        let two = models(&["Llama3", "llama*"]);
        let [forth, back] = both_ways(&gate, &two, &models(&["llama*"]));
        assert!(
            forth.contains("`risk/Llama3` is not declared any more"),
            "{forth}"
        );
        assert_eq!(back, "");
        assert_eq!(
            both_ways(&gate, &two, &models(&["LLAMA3", "llama*"])),
            ["", ""]
        );
        assert_eq!(both_ways(&gate, &two, &models(&["phi*"])), ["", ""]);
    }
}
