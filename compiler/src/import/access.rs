//! The rules of one backend, as the text of an access file.

use std::collections::BTreeSet;

use policies::action::Action;

use crate::syntax::API_VERSION;

use super::scope::Server;
use super::who::Caller;
use crate::format::quoted;

/// The rules of an access file.
#[derive(Debug, Default)]
pub struct Rules {
    /// who may what
    pub allow: Vec<Allow>,
    /// who may nothing
    pub deny: Vec<Caller>,
}

/// A rule that allows.
#[derive(Debug, PartialEq, Eq)]
pub struct Allow {
    /// who
    pub caller: Caller,
    /// what
    pub actions: Vec<Action>,
    /// with which
    pub models: Vec<String>,
}

/// Everything that there is to do.
const ALL: &str = "predict, explain, feedback, read, manage, metrics, objects, administer";

impl Rules {
    /// The conditions of all rules.
    pub fn conditions(&self) -> impl Iterator<Item = String> {
        let allow = self.allow.iter().map(|rule| &rule.caller);
        allow
            .chain(&self.deny)
            .flat_map(|caller| caller.when.clone())
    }

    /// As an access file.
    pub fn written(&self, server: &Server) -> String {
        let models: BTreeSet<&String> = self.allow.iter().flat_map(|rule| &rule.models).collect();
        let mut text = format!(
            "# From Istio's policies about `{service}`. Nobody else may.\napiVersion: {API_VERSION}\nkind: ModelAccess\nmetadata: {{ namespace: {}, \
             name: {} }}\nspec:\n  models:\n",
            quoted(&server.namespace),
            quoted(&server.service),
            service = server.service,
        );
        for model in models {
            text += &format!(
                "    - {{ name: {}, api: {} }}\n",
                quoted(model),
                server.api.name()
            );
        }
        text += "  allow:\n";
        for Allow {
            caller,
            actions,
            models,
        } in &self.allow
        {
            let actions: Vec<&str> = actions.iter().map(|action| action.name()).collect();
            text += &whom(caller);
            text += &format!(
                "      can: [{}]\n      models: [{}]\n",
                actions.join(", "),
                list(models)
            );
            text += &condition(caller);
        }
        if !self.deny.is_empty() {
            text += "  deny:\n";
        }
        for caller in &self.deny {
            text += &format!("{}      can: [{ALL}]\n{}", whom(caller), condition(caller));
        }
        text
    }
}

fn whom(caller: &Caller) -> String {
    let (kind, names) = &caller.who;
    let through = match caller.through.as_slice() {
        [] => String::new(),
        through => format!(", through: [{}]", list(through)),
    };
    format!("    - who: {{ {kind}: [{}]{through} }}\n", list(names))
}

fn condition(caller: &Caller) -> String {
    match caller.when.as_slice() {
        [] => String::new(),
        [only] => format!("      when: {}\n", quoted(only)),
        all => {
            let all: Vec<String> = all.iter().map(|one| format!("({one})")).collect();
            format!("      when: {}\n", quoted(&all.join(" && ")))
        }
    }
}

fn list(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    names.join(", ")
}
