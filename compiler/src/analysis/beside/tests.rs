//! Small changes there and back, and what is told of each.

use super::{Beside, compare};
use crate::analysis::Side;
use crate::analysis::change::{Direction, Division};
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
    [(old, new), (new, old)].map(|(old, new)| between(gate, old, new).opened.join("\n"))
}

fn between(gate: &str, old: &str, new: &str) -> Beside {
    let policies = [old, new].map(|access| policy(gate, access));
    let [old, new] = [0, 1].map(|side: usize| Side::new(&policies[side]).unwrap());
    compare(&old, &new)
}

fn with(rules: &str) -> String {
    let (head, _) = ACCESS.split_once("  allow:").unwrap();
    format!("{head}{rules}")
}

#[test]
fn what_is_not_read_any_more() {
    let plain = "  allow:\n    - who: { groups: [analysts] }\n";
    let gate = format!("{GATE}  conditions: {{ headers: [x-purpose], address: true }}\n");
    for (rule, said) in [
        ("      versions: [\"3\"]\n", "for versions"),
        (
            "      when: context has version && context.version == \"3\"\n",
            "for versions",
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
            let closed = between(&gate, &with(less), &with(&more)).closed.join("\n");
            assert!(
                closed.starts_with("a rule at `edge` asks for") && closed.contains(said),
                "{rule}: {closed}"
            );
            let none = between(&gate, &with(&more), &with(less)).closed;
            assert!(none.is_empty(), "{rule}: {none:?}");
        }
    }
}

#[test]
fn each_install_target_reads_what_its_own_rules_ask_for() {
    let sidecars = "    - name: beside\n      sidecars: { namespaces: [risk] }\n";
    let gate = format!("{GATE}{sidecars}");
    let other = ACCESS
        .replace("risk, name: models", "fraud, name: models")
        .replace("churn-*, api: open-inference", "detector, api: seldon");
    let asks = |when: &str| format!("  allow:\n    - who: {{ groups: [analysts] }}\n{when}");
    let version = asks("      versions: [\"3\"]\n");
    let elsewhere = asks("      when: context has version && context.version == \"3\"\n");
    let (head, _) = other.split_once("  allow:").unwrap();
    let both = |rules: &str| with(rules) + "---\n" + head + &elsewhere;
    let [forth, back] = both_ways(&gate, &both(&version), &both(&asks("")));
    assert!(
        forth.starts_with("no rule at `beside`") && !forth.contains("`edge`"),
        "{forth}"
    );
    assert_eq!(back, "");
}

/// What is for everyone is for whoever has a token: the end of a deny lets in no workload that no allow names.
#[test]
fn whom_no_allow_names_is_allowed_nothing() {
    let open = "  allow:\n    - who: { everyone: true }\n";
    let named = "    - who: { serviceAccounts: [web/batch] }\n      can: [metadata]\n";
    let deny = "  deny:\n    - who: { serviceAccounts: [web/batch] }\n";
    let itself = "      when: principal == ServiceAccount::\"web/batch\"\n";
    // but who comes through it
    let through = allowed_newly(&format!("{open}{deny}"), open);
    assert_eq!(through, ["user `somebody`"]);
    let deny = format!("{deny}{itself}");
    let none = allowed_newly(&format!("{open}{deny}"), open);
    assert!(none.is_empty(), "{none:?}");
    let (before, after) = (format!("{open}{named}{deny}"), format!("{open}{named}"));
    let found = allowed_newly(&before, &after);
    let workload = |shown: &String| shown.starts_with("workload `web/batch`");
    assert!(!found.is_empty() && found.iter().all(workload), "{found:?}");
}

#[test]
fn who_is_named_instead_of_everyone_is_allowed() {
    let open = "  allow:\n    - who: { everyone: true }\n";
    let through = "    - who: { groups: [analysts], through: [web/batch] }\n";
    for named in [
        "  allow:\n    - who: { serviceAccounts: [web/batch] }\n",
        "  allow:\n    - who: { groups: [analysts], serviceAccounts: [web/batch] }\n",
        "  allow:\n    - who: { everyone: true }\n    - who: { serviceAccounts: [web/batch] }\n",
    ] {
        for before in [open, &format!("{open}{through}")] {
            let found = allowed_newly(before, named);
            let [found] = found.as_slice() else {
                panic!("{named}: {found:?}")
            };
            assert!(found.starts_with("workload `web/batch`"), "{found}");
        }
    }
}

/// Who is shown of each change that allows something, with rules looked up and without.
fn allowed_newly(old: &str, new: &str) -> Vec<String> {
    let policies = [old, new].map(|rules| policy(GATE, &with(rules)));
    let [old, new] = [0, 1].map(|side: usize| Side::new(&policies[side]).unwrap());
    let [near, whole] = [0, usize::MAX].map(|few| {
        let mut division = Division::of(&old, &new);
        division.few = few;
        let parts = division.parts();
        division.join(parts.map(|part| division.search(part)))
    });
    assert_eq!(near, whole);
    let allowed = near.changes.iter();
    let allowed = allowed.filter(|change| change.direction == Direction::Allowed);
    allowed
        .map(|change| change.example.to_string())
        .map(|shown| shown.split(" of ").next().unwrap_or_default().to_owned())
        .collect()
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
        forth.contains("`risk/Llama3` is not named any more"),
        "{forth}"
    );
    assert_eq!(back, "");
    let closed = between(&gate, &models(&["llama*"]), &two);
    let closed = closed.closed.join("\n");
    assert!(closed.contains("`risk/Llama3` is named now"), "{closed}");
    // what begins so is refused in any case
    assert_eq!(both_ways(&gate, &two, &models(&["lib*"])), ["", ""]);
    for begins in [
        "library/LL*",
        "registry.ollama.ai/*",
        "llama3:*",
        "llama3:lo*",
    ] {
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
