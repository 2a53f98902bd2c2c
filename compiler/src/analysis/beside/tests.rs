//! Small changes there and back, and what is told of each.

use super::{Beside, compare, whereabouts};
use crate::analysis::Side;
use crate::analysis::change::{Direction, Division};
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

/// A gate whose second install target is for one namespace alone, and an access file of another namespace.
fn of_two_install_targets() -> (String, String) {
    let sidecars = "    - name: beside\n      sidecars: { namespaces: [risk] }\n";
    let other = ACCESS
        .replace("risk, name: models", "fraud, name: models")
        .replace("churn-*, api: open-inference", "detector, api: seldon");
    (format!("{GATE}{sidecars}"), other)
}

#[test]
fn each_install_target_knows_what_its_own_rules_ask_for() {
    let (gate, other) = of_two_install_targets();
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

/// It was for everyone at both, and the workload somebody at one of them.
#[test]
fn who_is_known_at_another_install_target_is_let_in_at_this_one() {
    let (gate, other) = of_two_install_targets();
    let (head, _) = other.split_once("  allow:").unwrap();
    let batch = "  allow:\n    - who: { serviceAccounts: [web/batch] }\n";
    let elsewhere = format!("---\n{head}{batch}");
    let open = with("  allow:\n    - who: { everyone: true }\n") + &elsewhere;
    let named = with(batch) + &elsewhere;
    let [forth, back] = both_ways(&gate, &open, &named);
    assert!(
        forth.starts_with("a rule at `beside` names the workload `web/batch` now, so that `risk/models/allow[0]` is for it as well"),
        "{forth}"
    );
    assert_eq!(back, "");
}

/// Without the deny that names it the workload is nobody: what is for everyone is not for it, and the deny's end allows nothing.
#[test]
fn who_is_named_no_more_is_allowed_nothing() {
    let open = "  allow:\n    - who: { everyone: true }\n";
    let named = "    - who: { serviceAccounts: [web/batch] }\n      can: [metadata]\n";
    let deny = "  deny:\n    - who: { serviceAccounts: [web/batch] }\n";
    let itself = "      when: principal == ServiceAccount::\"web/batch\"\n";
    // nor does who comes through it have it any more as its own
    let through = allowed_newly(&format!("{open}{deny}"), open);
    assert_eq!(through, ["user `somebody`"]);
    let deny = format!("{deny}{itself}");
    let none = allowed_newly(&format!("{open}{deny}"), open);
    assert!(none.is_empty(), "{none:?}");
    // some rule still names it
    let (before, after) = (format!("{open}{named}{deny}"), format!("{open}{named}"));
    let found = allowed_newly(&before, &after);
    let workload = |shown: &String| shown.starts_with("workload `web/batch`");
    assert!(!found.is_empty() && found.iter().all(workload), "{found:?}");
}

/// What was for everyone was not for a workload that no rule named.
#[test]
fn who_is_named_instead_of_everyone_is_allowed() {
    let open = "  allow:\n    - who: { everyone: true }\n";
    for named in [
        "  allow:\n    - who: { serviceAccounts: [web/batch] }\n",
        "  allow:\n    - who: { groups: [analysts], serviceAccounts: [web/batch] }\n",
    ] {
        let found = allowed_newly(open, named);
        let [found] = found.as_slice() else {
            panic!("{named}: {found:?}")
        };
        assert!(found.starts_with("workload `web/batch`"), "{found}");
        let before = format!("{open}    - who: {{ groups: [analysts], through: [web/batch] }}\n");
        let known = allowed_newly(&before, named);
        assert!(known.is_empty(), "{known:?}");
    }
}

/// Who is shown of each change that allows something, with rules looked up and without.
fn allowed_newly(old: &str, new: &str) -> Vec<String> {
    let policies = [old, new].map(|rules| policy(GATE, &with(rules)));
    let [old, new] = [0, 1].map(|side: usize| Side::new(&policies[side]).unwrap());
    let strangers = compare(&old, &new).strangers;
    let [near, whole] = [0, usize::MAX].map(|few| {
        let mut division = Division::of(&old, &new).without(strangers.clone());
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
fn a_workload_without_a_name_in_the_rules() {
    let known = |gate: &str, files: &str| {
        let policy = policy(gate, files);
        let side = Side::new(&policy).unwrap();
        let found = whereabouts(&side, &Term::ServiceAccount("web/batch".into()));
        let names = |names: Vec<&str>| names.join(" ");
        found.map(|found| {
            let namespaces = found.namespaces.into_iter().collect();
            [names(namespaces), names(found.unknown)]
        })
    };
    let places = |namespaces: &str, unknown: &str| Some([namespaces.into(), unknown.into()]);
    let open = with("  allow:\n    - who: { everyone: true }\n");
    let named = with("  allow:\n    - who: { serviceAccounts: [web/batch] }\n");
    assert_eq!(known(GATE, &open), places("", "edge"));
    assert_eq!(known(GATE, &named), places("fraud risk", ""));
    // each install target by itself
    let gate = format!("{GATE}    - name: beside\n      sidecars: {{ namespaces: [fraud] }}\n");
    assert_eq!(known(&gate, &named), places("fraud risk", "beside"));
    // its token says who it is
    let cluster = "  issuers:\n    - { name: kube, issuer: https://kube.example.com, audiences: [a], kubernetes: true }\n";
    let gate = GATE.replace("  issuers:\n", cluster);
    let gate = gate.replace("spec:\n", "spec:\n  defaultIssuer: corp\n");
    assert_eq!(known(&gate, &open), None);
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
