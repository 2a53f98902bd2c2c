//! What rules and declarations do beside the verdicts that follow from them: a change of theirs can let somebody in without one rule
//! that grants it anew. `everyone` is also every workload that some rule of the proxy's bundle names; what a rule asks of requests is
//! read of each, and refused where it cannot be read; and a declared name keeps its other spellings away where servers read several
//! alike.
//!
//! What proxies know is taken from what they would be told, not from the words of conditions, which say the same in many ways.

use std::collections::BTreeSet;

use policies::bundle::{ClaimTest, Effect, Who};
use policies::engine::{ADDED, folded};
use policies::facts::{ADDRESS, VERSION, header};

use crate::lower::{self, Known, Pattern};
use crate::policy::{Policy, Term};

use super::caller::Kind;
use super::example::Example;
use super::formula::{Formula, Property};
use super::models::Class;
use super::places::Place;
use super::rules::Side;
use super::solve::solve;

/// How a service account begins in a bundle's dictionary.
const WORKLOAD: &str = "sa:";

/// What a change does for such reasons, each as a sentence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beside {
    /// what is or may be allowed newly
    pub opened: Vec<String>,
    /// what is refused newly
    pub closed: Vec<String>,
}

/// What differs. The sides must have all namespaces, where it [`is_due`].
#[must_use]
pub fn compare(old: &Side<'_>, new: &Side<'_>) -> Beside {
    let (mut opened, mut closed) = (BTreeSet::new(), BTreeSet::new());
    for (install, [before, after]) in known(old, new) {
        for fact in before.facts.difference(&after.facts) {
            opened.insert(unread(install, fact));
        }
        for workload in after.terms.difference(&before.terms) {
            opened.extend(named(
                (new, install),
                &after,
                workload,
                ["names", "now", "is"],
            ));
        }
        for workload in before.terms.difference(&after.terms) {
            let words = ["named", "and none does now", "was"];
            closed.extend(named((old, install), &before, workload, words));
        }
    }
    spellings(old.policy, new.policy, &mut opened);
    Beside {
        opened: opened.into_iter().collect(),
        closed: closed.into_iter().collect(),
    }
}

/// Whether the proxies of some install target know somebody: a workload that no rule there names they know by no certificate, but by
/// its token where an issuer is the cluster.
#[must_use]
pub fn is_known(side: &Side<'_>, term: &Term) -> bool {
    let installs = &side.policy.gate.installs;
    let name = term.dictionary_form();
    let known = |install| lower::known(&side.table, side.policy, install).terms;
    let by_token = || {
        let mut kinds = side.shapes.iter().map(|shape| &shape.kind);
        kinds.any(|kind| matches!(kind, Kind::Token(_)))
    };
    !side.policy.gate.is_workload(term)
        || by_token()
        || installs
            .iter()
            .any(|install| known(install).contains(name.as_str()))
}

/// Whether what these namespaces change depends on what the others ask for and grant; `whole` is the new policy with all of them.
#[must_use]
pub fn is_due(old: &Side<'_>, new: &Side<'_>, whole: &Policy) -> bool {
    let mut rules = whole.files.iter().flat_map(|file| &file.rules);
    let for_everyone = rules.any(|rule| rule.everyone && !rule.denies);
    known(old, new).any(|(_, [before, after])| {
        !before.facts.is_subset(&after.facts)
            || for_everyone && !workloads(&before).eq(workloads(&after))
    })
}

/// The service accounts that they know, workloads among them.
fn workloads<'k>(known: &'k Known<'_>) -> impl Iterator<Item = &'k String> {
    let terms = known.terms.iter();
    terms.filter(|term| term.starts_with(WORKLOAD))
}

/// What the proxies of each install target know, before and after; one that comes is told as a change of the gate.
fn known<'s>(
    old: &'s Side<'_>,
    new: &'s Side<'_>,
) -> impl Iterator<Item = (&'s str, [Known<'s>; 2])> {
    new.policy.gate.installs.iter().filter_map(|install| {
        let mut before = old.policy.gate.installs.iter();
        let before = before.find(|before| before.name == install.name)?;
        let before = lower::known(&old.table, old.policy, before);
        let after = lower::known(&new.table, new.policy, install);
        Some((install.name.as_str(), [before, after]))
    })
}

/// What was read of requests, and refused where it could not be, and is not any more.
fn unread(install: &str, fact: &str) -> String {
    let what = match (fact, header(fact)) {
        (VERSION, _) => "versions".to_owned(),
        (ADDRESS, _) => "the client's address".to_owned(),
        (_, Some(name)) => format!("the header field `{name}`"),
        (other, None) => format!("`{other}`"),
    };
    format!(
        "no rule at `{install}` asks for {what} any more: a request that was refused because it could not be read, is malformed or is named twice may be allowed"
    )
}

/// A workload that is known on this side, where something that is for everyone is for it as well.
fn named(
    (side, install): (&Side<'_>, &str),
    known: &Known<'_>,
    term: &str,
    [names, now, is]: [&str; 3],
) -> Option<String> {
    let workload = term.strip_prefix(WORKLOAD)?;
    let term = Term::ServiceAccount(workload.to_owned());
    if !side.policy.gate.is_workload(&term) {
        return None;
    }
    let namespaces = known.namespaces.iter();
    let classes = namespaces.flat_map(|namespace| side.classes(namespace));
    let mut classes: Vec<Class> = classes.collect();
    // an example about a model says more
    classes.sort_by_key(Class::is_server);
    let mut places = classes.iter().flat_map(|class| side.places(class));
    let (rule, example) = places.find_map(|place| allowed(side, &place, workload))?;
    Some(format!(
        "a rule at `{install}` {names} the workload `{workload}` {now}, so that `{}` {is} for it as well: {example}",
        side.rule(rule).id
    ))
}

/// A request there by the workload's certificate alone that a rule for everyone allows.
fn allowed(side: &Side<'_>, place: &Place, workload: &str) -> Option<(usize, Example)> {
    let target = place.target();
    let shape = side
        .shapes
        .iter()
        .find(|shape| shape.kind == Kind::Workload)?;
    let is = ClaimTest::Text(workload.to_owned());
    let is = Formula::Test(Property::Name, is);
    let denied = side.some(&place.relevant.denies, shape, target).not();
    let mut grants = place.relevant.allows.iter().copied();
    grants.find_map(|grant| {
        let rule = side.rule(grant);
        if (&rule.who, rule.effect) != (&Who::Anyone, Effect::Allow) {
            return None;
        }
        let matches = side.formula(grant, shape, target);
        let whole = Formula::all([is.clone(), matches, denied.clone()]);
        let domains = solve(&whole, &shape.domains)?;
        Some((grant, Example::of(&domains, shape, target, place.action())))
    })
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
        let spelt = spelt(name);
        let covers = |pattern: &Pattern| {
            let begins = pattern.name.to_ascii_lowercase();
            pattern.open && spelt.iter().any(|name| name.starts_with(&begins))
        };
        let mut open = own().map(|(_, other)| Pattern::named(namespace, other));
        if let Some(open) = open.find(covers) {
            opened.insert(format!(
                "`{namespace}/{name}` is not declared any more, whose other spellings were refused: they are names of `{}` now",
                open.entry_name()
            ));
        }
    }
}

/// How a server that adds to names itself would take the name too, in small letters.
fn spelt(name: &str) -> Vec<String> {
    let (registry, library, tag) = ADDED;
    let plain = folded(name).to_ascii_lowercase();
    let begins = [
        "".to_owned(),
        library.to_owned(),
        registry.to_owned(),
        format!("{registry}{library}"),
    ];
    let spelt = begins
        .iter()
        .flat_map(|begin| ["", tag].map(|end| format!("{begin}{plain}{end}")));
    spelt.collect()
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
    use super::{compare, is_known};
    use crate::analysis::Side;
    use crate::checks::vectors::{ACCESS, GATE};
    use crate::policy::{Policy, Term};
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
        let policies = [old, new].map(|access| policy(gate, access));
        let [old, new] = [0, 1].map(|side: usize| Side::new(&policies[side]).unwrap());
        [&compare(&old, &new), &compare(&new, &old)].map(|beside| beside.opened.join("\n"))
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
            "    - who: { groups: [analysts] }\n      when: 'context has peer && context.peer == ServiceAccount :: \"web/batch\"'\n",
            "    - who: { groups: [analysts] }\n      when: context has peer && context.peer == ServiceAccount::\"web/b\\u{61}tch\"\n",
        ] {
            let more = format!("{open}{rule}");
            let [forth, back] = both_ways(GATE, &with(open), &with(&more));
            let said = "a rule at `edge` names the workload `web/batch` now, so that `risk/models/allow[0]` is for it as well: workload `web/batch` by its certificate: predict on";
            assert!(forth.starts_with(said), "{rule}: {forth}");
            assert_eq!(back, "", "{rule}");
        }
        // who must come through somebody else, or is denied, does not come by its certificate alone
        let portal = "  allow:\n    - who: { everyone: true, through: [web/portal] }\n";
        let more = format!("{portal}    - who: {{ groups: [analysts], through: [web/batch] }}\n");
        assert_eq!(both_ways(GATE, &with(portal), &with(&more)), ["", ""]);
        let denied = format!("{open}  deny:\n    - who: {{ serviceAccounts: [web/batch] }}\n");
        assert_eq!(both_ways(GATE, &with(open), &with(&denied)), ["", ""]);
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
            // words that only sound like it do not ask for it
            let words = "  allow:\n    - who: { groups: [analysts] }\n      when: principal in Group::\"corp/x-purpose headers, version, address\" // version\n";
            for less in [plain, words] {
                let more = format!("{less}    - who: {{ groups: [leads] }}\n{rule}");
                let [forth, back] = both_ways(&gate, &with(less), &with(&more));
                assert_eq!(forth, "", "{rule}");
                assert!(
                    back.starts_with("no rule at `edge`") && back.contains(said),
                    "{rule}: {back}"
                );
            }
        }
    }

    #[test]
    fn each_install_target_knows_what_its_own_rules_ask_for() {
        let sidecars = "    - name: beside\n      sidecars: { namespaces: [risk] }\n";
        let gate = format!("{GATE}{sidecars}");
        let other = ACCESS
            .replace("risk, name: models", "fraud, name: models")
            .replace("churn-*, api: open-inference", "detector, api: seldon");
        let asks = "  allow:\n    - who: { everyone: true }\n    - who: { groups: [analysts], through: [web/batch] }\n";
        let (open, _) = asks.split_at(asks.find("    - who: { groups").unwrap());
        let elsewhere = format!(
            "---\n{}    - who: {{ serviceAccounts: [web/batch] }}\n",
            other
        );
        let both = |rules: &str| with(rules) + &elsewhere;
        let [forth, back] = both_ways(&gate, &both(open), &both(asks));
        assert!(
            forth.starts_with("a rule at `beside`") && !forth.contains("`edge`"),
            "{forth}"
        );
        assert_eq!(back, "");
    }

    #[test]
    fn a_workload_without_a_name_in_the_rules() {
        let known = |gate: &str, rules: &str| {
            let policy = policy(gate, &with(rules));
            is_known(
                &Side::new(&policy).unwrap(),
                &Term::ServiceAccount("web/batch".into()),
            )
        };
        let open = "  allow:\n    - who: { everyone: true }\n";
        let named = "  allow:\n    - who: { serviceAccounts: [web/batch] }\n";
        assert!(!known(GATE, open) && known(GATE, named));
        // its token says who it is
        let cluster = "  issuers:\n    - { name: kube, issuer: https://kube.example.com, audiences: [a], kubernetes: true }\n";
        let gate = GATE.replace("  issuers:\n", cluster);
        let gate = gate.replace("spec:\n", "spec:\n  defaultIssuer: corp\n");
        assert!(known(&gate, open));
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
        for begins in ["lib*", "library/LL*", "registry.ollama.ai/*", "llama3:*"] {
            let [forth, _] = both_ways(&gate, &two, &models(&[begins]));
            assert!(
                forth.ends_with(&format!("names of `{begins}` now")),
                "{begins}: {forth}"
            );
        }
        assert_eq!(
            both_ways(&gate, &two, &models(&["LLAMA3", "llama*"])),
            ["", ""]
        );
        assert_eq!(both_ways(&gate, &two, &models(&["phi*"])), ["", ""]);
    }
}
