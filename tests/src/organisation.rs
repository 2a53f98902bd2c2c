//! The files of a large organisation, as many as wanted and the same in every run: namespaces with their servers, and access
//! files with rules about groups, users and workloads, patterns, conditions, denials and a guardrail.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::Result;

/// Access files of one namespace.
const FILES_A_NAMESPACE: usize = 100;
/// People; teams write about the same ones.
const PEOPLE: usize = 20_000;

/// How much is written.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// access files
    pub files: usize,
    /// rules of each
    pub rules: usize,
}

impl Size {
    /// Rules of all files.
    #[must_use]
    pub const fn total(self) -> usize {
        self.files * self.rules
    }

    /// Writes `gate.yaml` and a folder for each namespace.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(self, folder: &Path) -> Result<()> {
        for (name, text) in self.sources() {
            let path = folder.join(name);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(path, text)?;
        }
        Ok(())
    }

    /// The same as paths and texts.
    pub fn sources(self) -> impl Iterator<Item = (String, String)> {
        let gate = (String::from("gate.yaml"), self.gate());
        std::iter::once(gate).chain((0..self.files).map(move |file| {
            let name = format!("{}/{}.yaml", namespace(file), file_name(file));
            (name, self.access_file(file))
        }))
    }

    fn gate(self) -> String {
        let mut text = String::from(GATE);
        for first in (0..self.files).step_by(FILES_A_NAMESPACE) {
            let name = namespace(first);
            let _infallible = write!(
                text,
                "    - name: {name}\n      hosts: [{name}.models.example.com, {name}.chat.example.com]\n      backends:\n        \
                 - {{ service: {name}-scores, api: open-inference, hosts: [{name}.models.example.com] }}\n        \
                 - {{ service: {name}-chat, api: openai, hosts: [{name}.chat.example.com] }}\n"
            );
        }
        text.push_str(
            "  install:\n    - name: edge\n      gateway: { namespace: istio-system, labels: { istio: ingressgateway } }\n",
        );
        text
    }

    fn access_file(self, file: usize) -> String {
        let (namespace, name) = (namespace(file), file_name(file));
        let mut text = format!(
            "apiVersion: modelgate.dev/v1alpha1\nkind: ModelAccess\nmetadata: {{ namespace: {namespace}, name: {name} }}\n\
             spec:\n  models:\n    - {{ name: {name}-risk, api: open-inference }}\n    \
             - {{ name: {name}-score-*, api: open-inference }}\n    - {{ name: {name}-assistant, api: openai, public: true }}\n  allow:\n"
        );
        let denials = self.rules.div_ceil(10).min(self.rules.saturating_sub(1));
        for rule in 0..self.rules - denials {
            text.push_str(&allow(file, rule));
        }
        if denials > 0 {
            text.push_str("  deny:\n");
        }
        for rule in 0..denials {
            text.push_str(&deny(file, rule));
        }
        text
    }
}

fn allow(file: usize, rule: usize) -> String {
    let name = file_name(file);
    let person = |turn: usize| format!("user{:05}@example.com", (file * 31 + turn * 7919) % PEOPLE);
    match rule % 9 {
        0 => format!("    - who: {{ groups: [{name}-analysts] }}\n"),
        1 => format!(
            "    - who: {{ groups: [{name}-owners], users: [{}] }}\n      can: [predict, explain, read, feedback]\n",
            person(rule)
        ),
        2 => format!(
            "    - who: {{ serviceAccounts: [{}/checkout-{rule}] }}\n      can: [predict]\n      models: [{name}-risk]\n",
            namespace(file)
        ),
        3 => format!(
            "    - who: {{ users: [{}, {}] }}\n      can: [chat, list]\n      models: [{name}-assistant]\n",
            person(rule),
            person(rule + 1)
        ),
        4 => format!(
            "    - who: {{ groups: [night-shift] }}\n      models: [\"{name}-score-*\"]\n      when: context.hour >= {} || context.weekday > 5\n",
            18 + file % 5
        ),
        5 => format!(
            "    - who: {{ groups: [{name}-trial-{rule}] }}\n      can: [predict, metadata]\n      models: [\"{name}-score-{rule}*\"]\n"
        ),
        6 => format!(
            "    - who: {{ groups: [employees], through: [{}/portal] }}\n      models: [{name}-assistant]\n",
            namespace(file)
        ),
        7 => format!(
            "    - who: {{ groups: [{name}-operators] }}\n      can: [read, metrics, manage]\n"
        ),
        _ => format!("    - who: {{ users: [{}] }}\n", person(rule)),
    }
}

fn deny(file: usize, rule: usize) -> String {
    let name = file_name(file);
    match (file + rule) % 3 {
        0 => format!(
            "    - who: {{ groups: [contractors] }}\n      models: [{name}-risk]\n      because: contractors may not see personal data\n"
        ),
        1 => format!(
            "    - who: {{ serviceAccounts: [batch/{name}-{rule}] }}\n      because: batch jobs read the copy\n"
        ),
        _ => format!(
            "    - who: {{ groups: [{name}-interns-{rule}] }}\n      can: [explain]\n      because: explanations leak training data\n"
        ),
    }
}

fn namespace(file: usize) -> String {
    format!("team{:03}", file / FILES_A_NAMESPACE)
}

fn file_name(file: usize) -> String {
    const WORDS: [&str; 8] = [
        "fraud", "churn", "credit", "claims", "search", "pricing", "triage", "routing",
    ];
    let word = WORDS.get(file % WORDS.len()).copied().unwrap_or_default();
    format!("{word}{:05}", file)
}

const GATE: &str = "apiVersion: modelgate.dev/v1alpha1
kind: ModelGate
metadata: { name: default }
spec:
  issuers:
    - name: corp
      issuer: https://id.example.com/realms/ml
      audiences: [ml-models]
      jwksUri: https://id.example.com/realms/ml/certs
      claims: { user: email, groups: groups, serviceAccount: azp }
  guardrails: |
    @id(\"contractors\")
    forbid (principal in Group::\"corp/suspended\", action, resource) unless { resource.public };
  namespaces:
";
