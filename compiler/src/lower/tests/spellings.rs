//! MG0330: what a request in another spelling would pass by is refused, and the rest the filter refuses to the letter.

use policies::engine::Engine;

use crate::analysis::Side;
use crate::checks::vectors::{ACCESS, GATE};
use crate::lower;
use crate::output::{Options, compile};
use crate::policy::Policy;
use crate::source::Source;

/// Whether the files compile, with guardrails and the models and rules of two files; the policy, or the codes.
fn compiled(guardrails: &str, files: &[(&[&str], &str)]) -> Result<Policy, Vec<&'static str>> {
    let gate = GATE.replace("api: open-inference", "api: openai");
    let gate = match guardrails {
        "" => gate,
        text => format!("{gate}  guardrails: |\n    {text}\n"),
    };
    let mut sources = vec![("gate.yaml".to_owned(), gate)];
    for (number, (models, rules)) in files.iter().enumerate() {
        let models = models.iter();
        let models: String = models
            .map(|name| format!("    - {{ name: \"{name}\", api: openai }}\n"))
            .collect();
        let access = ACCESS.replace("name: models", &format!("name: m{number}"));
        let access = access.replace("    - { name: churn-*, api: open-inference }\n", &models);
        sources.push((format!("{number}.yaml"), format!("{access}{rules}")));
    }
    let sources: Vec<Source> = sources
        .into_iter()
        .map(|(name, text)| Source {
            name,
            bytes: text.into_bytes(),
        })
        .collect();
    let (loaded, found) = crate::load(&sources);
    let policy = loaded.unwrap_or_else(|| panic!("{found:?}")).policy;
    match compile(&policy, &Options::default()) {
        Ok(_) => Ok(policy),
        Err(found) => Err(found.into_iter().map(|problem| problem.code).collect()),
    }
}

fn guarded(resource: &str, models: &[&str]) -> Result<Policy, Vec<&'static str>> {
    let text =
        format!("forbid (principal in Group::\"corp/interns\", action, resource {resource});");
    compiled(&text, &[(models, "")])
}

/// Whether the filter refuses a request for the name as another spelling, or knows it not at all; questions say the same of it.
fn refuses(policy: &Policy, name: &str) -> bool {
    let meaning = crate::cedar::build(policy).unwrap();
    let table = lower::lower(&meaning, &policy.gate).unwrap();
    let bundle = lower::bundle(&table, policy, &policy.gate.installs[0]);
    let engine = Engine::load(&serde_json::to_vec(&bundle).unwrap()).unwrap();
    let refused = engine.is_other_spelling("risk", name) || engine.model("risk", name).is_none();
    let side = Side::new(policy).unwrap();
    assert_eq!(
        side.declared.kind("risk", name).is_none(),
        refused,
        "{name}"
    );
    refused
}

const SECRET: &str = "== Model::\"risk/secret\"";

#[test]
fn guardrails_hold_in_every_spelling() {
    for models in [
        &["secret:*"][..],
        &["Secret"],
        &["S*"],
        &["library/*"],
        &["registry.ollama.ai/*"],
        &["Secret", "s*"],
        &["secret:latest"],
        &["secret:local"],
        &["secret:lo*"],
        &["x://registry.ollama.ai/library/secret"],
        &["x:///library/secret"],
        &["x:///library/s*", "other"],
        &["fine", "SECRET"],
    ] {
        let codes = guarded(SECRET, models).err();
        assert_eq!(codes, Some(vec!["MG0330"]), "{models:?}");
    }
    for models in [
        &["secret"][..],
        &["s*"],
        &["secret*"],
        &["sec*", "other"],
        &["other"],
        &["secret", "secret:*"],
        &["l*", "r*", "h*", "x*"],
    ] {
        let policy = guarded(SECRET, models).unwrap_or_else(|codes| panic!("{models:?} {codes:?}"));
        for name in [
            "Secret",
            "secret:latest",
            "library/secret",
            "SECRET:LATEST",
            "secret:local",
            "Secret:latest:Local",
            "http://registry.ollama.ai/library/secret",
            "x:///library/secret",
            "/library/secret",
            "registry.ollama.ai/library/secret",
        ] {
            assert!(refuses(&policy, name), "{models:?} {name}");
        }
    }
}

/// What runs elsewhere is named in one way alone.
#[test]
fn guardrails_hold_for_what_runs_elsewhere() {
    let on =
        |name: &str| format!("forbid (principal, action, resource == Model::\"risk/{name}\");");
    let both = format!("{} {}", on("gpt:120b-cloud"), on("qwen:cloud"));
    let policy = compiled(&both, &[(&["gpt:*", "qwen*"], "")]).unwrap();
    for name in [
        "gpt:120b:cloud",
        "GPT:120b-cloud",
        "qwen:Cloud",
        "qwen:latest:cloud",
        "qwen:latest-cloud",
        "library/gpt:120b:cloud",
    ] {
        assert!(refuses(&policy, name), "{name}");
    }
    let side = Side::new(&policy).unwrap();
    let asked = side.declared.other_spelling("risk", "qwen:7b:cloud");
    assert_eq!(
        asked.map(|known| known.name).as_deref(),
        Some("qwen:7b-cloud")
    );
    assert_eq!(side.declared.added("risk", "qwen:7b:cloud"), None);
    for name in ["gpt:120b-cloud", "qwen:cloud", "gpt:120b", "qwen-cloud"] {
        assert!(!refuses(&policy, name), "{name}");
    }
}

#[test]
fn what_runs_elsewhere_is_declared_as_it_is_called() {
    let two = |one: &str, other: &str| compiled("", &[(&[one], ""), (&[other], "")]).err();
    let denied = |models: &str| {
        format!("  deny:\n    - who: {{ groups: [interns] }}\n      models: [\"{models}\"]\n")
    };
    for odd in [
        "gpt:120b:cloud",
        "team/gpt:latest-cloud",
        "gpt:latest:Cloud",
        "gpt:120b:cl*",
    ] {
        let said = Some(vec!["MG0330"]);
        assert_eq!(two(odd, "other"), said, "{odd}");
        if !odd.ends_with('*') {
            let resource = format!("== Model::\"risk/{odd}\"");
            assert_eq!(guarded(&resource, &["gpt*", "team/*"]).err(), said, "{odd}");
        }
        let codes = compiled("", &[(&["gpt*", "team/*"], &denied(odd))]).err();
        assert_eq!(codes, said, "{odd}");
    }
    for usual in [
        "gpt:120b-cloud",
        "gpt:cloud",
        "localhost:5000/gpt:8b",
        "ft:gpt-4o-mini:acme:*",
        "ft:gpt-4o-mini:acme::7p4",
        "gpt:*",
    ] {
        assert_eq!(two(usual, "other"), None, "{usual}");
    }
}

/// The name that a guardrail speaks of may be declared for another server of the namespace.
#[test]
fn guardrails_hold_beside_other_protocols() {
    let score = "{ service: score, api: open-inference }";
    let both = "{ service: score, api: open-inference, hosts: [risk.example.com] }, \
                { service: llama, api: API, hosts: [llama.example.com] }";
    let gate = GATE.replace(score, both);
    let gate = gate.replace(
        "[risk.example.com]\n",
        "[risk.example.com, llama.example.com]\n",
    );
    let guardrails = "forbid (principal, action, resource == Model::\"risk/secret\");";
    let gate = format!("{gate}  guardrails: |\n    {guardrails}\n");
    let models = "    - { name: secret, api: open-inference }\n    - { name: \"s*\", api: API }\n";
    let access = ACCESS.replace("    - { name: churn-*, api: open-inference }\n", models);
    for api in ["openai", "anthropic"] {
        let sources = [("gate.yaml", &gate), ("risk.yaml", &access)].map(|(name, text)| Source {
            name: name.into(),
            bytes: text.replace("API", api).into_bytes(),
        });
        let (loaded, found) = crate::load(&sources);
        let policy = loaded.unwrap_or_else(|| panic!("{found:?}")).policy;
        for name in ["secret:latest", "Secret", "secret:local", "library/secret"] {
            assert!(refuses(&policy, name), "{api} {name}");
        }
        assert!(!refuses(&policy, "s1") && !refuses(&policy, "secret"));
    }
}

#[test]
fn guardrails_on_beginnings_hold_in_every_spelling() {
    let beginning = "in Pattern::\"risk/llama3*\"";
    for models in [
        &["Llama*"][..],
        &["LLAMA3:8b"],
        &["library/llama3"],
        &["L*"],
    ] {
        let codes = guarded(beginning, models).err();
        assert_eq!(codes, Some(vec!["MG0330"]), "{models:?}");
    }
    let policy = guarded(beginning, &["ll*"]).unwrap();
    for name in ["llAMA3:8b", "Llama3", "library/llama3:8b"] {
        assert!(refuses(&policy, name), "{name}");
    }
    assert!(!refuses(&policy, "llama3:8b") && !refuses(&policy, "llava"));
    // the tag that the server adds
    let tagged = "in Pattern::\"risk/llama3:*\"";
    for models in [&["llama3"][..], &["llama*"], &["llama3", "llama3:*"]] {
        let codes = guarded(tagged, models).err();
        assert_eq!(codes, Some(vec!["MG0330"]), "{models:?}");
    }
    assert!(guarded(tagged, &["llama3:*"]).is_ok());
    assert!(guarded("in Pattern::\"risk/llama3:7*\"", &["llama3", "llama*"]).is_ok());
}

#[test]
fn conditions_and_denies_hold_in_every_spelling() {
    let when = |condition: &str| format!("      when: {condition}\n");
    let deny = |more: &str| format!("  deny:\n    - who: {{ groups: [interns] }}\n{more}");
    let named = deny(&when("resource.name == \"llama3\""));
    let entity = deny(&when("resource == Model::\"risk/llama3\""));
    for rules in [&named, &entity, &deny("      models: [llama3]\n")] {
        let policy = compiled("", &[(&["llama*"], rules)]).unwrap();
        for name in ["llama3:latest", "llama3:LATEST", "llAMA3", "library/llama3"] {
            assert!(refuses(&policy, name), "{rules} {name}");
        }
        assert!(!refuses(&policy, "llama3"));
    }
    for (models, rules) in [
        (&["llama3:latest", "l*"][..], &named),
        (&["llama3:latest", "l*"], &entity),
        (&["llama3", "l*"], &deny("      models: [\"llama3:*\"]\n")),
    ] {
        let codes = compiled("", &[(models, rules)]).err();
        assert_eq!(codes, Some(vec!["MG0330"]), "{models:?} {rules}");
    }
    let both = deny("      models: [llama3, \"llama3:*\"]\n");
    assert!(compiled("", &[(&["llama3", "l*"], &both)]).is_ok());
}

#[test]
fn two_files_declare_no_name_in_two_spellings() {
    let two = |one: &[&str], other: &[&str]| compiled("", &[(one, ""), (other, "")]).err();
    for (one, other) in [
        ("scorer", "Scorer"),
        ("scorer", "scorer:latest"),
        ("llama3:*", "Llama*"),
        ("llama3:*", "library/*"),
        ("llama3", "llama3:*"),
        ("llama3", "llama3:lo*"),
        ("llama3", "llama3:latest:local"),
        ("llama3", "x://registry.ollama.ai/library/llama3"),
        ("Llama3", "l*"),
    ] {
        assert_eq!(two(&[one], &[other]), Some(vec!["MG0330"]), "{one} {other}");
        assert_eq!(two(&[other], &[one]), Some(vec!["MG0330"]), "{other} {one}");
    }
    for (one, other) in [
        ("llama3", "llama"),
        ("llama3:8b", "llama3"),
        ("meta-llama/*", "llama*"),
    ] {
        assert_eq!(two(&[one], &[other]), None, "{one} {other}");
    }
    // in one file a name may stand in capitals beside a beginning
    assert!(compiled("", &[(&["Llama3", "llama*"], "")]).is_ok());
    assert!(compiled("", &[(&["llama3", "llama3:*"], "")]).is_ok());
    for models in [["Llama3", "llama3"], ["Llama*", "ll*"]] {
        let codes = compiled("", &[(&models, "")]).err();
        assert_eq!(codes, Some(vec!["MG0330"]), "{models:?}");
    }
}
