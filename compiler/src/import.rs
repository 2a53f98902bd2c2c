//! Istio's policies, carried over into access files and a gate. What is written never allows what Istio's policies did not allow
//! for the same request: a rule is said exactly, or it is left out and told, and where something that denies cannot be said,
//! nothing is allowed at all.

mod access;
mod backend;
mod claims;
mod endpoints;
mod enforced;
mod issuers;
mod paths;
mod scope;
mod who;

use std::collections::BTreeSet;

use crate::diagnostic::{self, Diagnostic};
use crate::format::{quoted, written};
use crate::source::{Source, Span};
use crate::syntax::istio::{self, AuthorizationPolicy, RequestAuthentication, Resources, Target};
use crate::syntax::{API_VERSION, Text};

use claims::Plan;
use endpoints::is_model;
use issuers::Issuer;
use scope::{Applies, Mesh, applies};

pub use scope::Server;

/// What is known beside the policies.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// the model servers
    pub servers: Vec<Server>,
    /// the namespace whose policies are about all
    pub root: String,
    /// namespace of resources that say none
    pub namespace: Option<String>,
}

impl Wish {
    fn mesh(&self) -> Mesh<'_> {
        Mesh {
            servers: &self.servers,
            root: &self.root,
        }
    }
}

/// What came of it.
#[derive(Debug)]
pub struct Imported {
    /// path and text of every file
    pub files: Vec<(String, String)>,
    /// what was not carried over, in the order of the files
    pub diagnostics: Vec<Diagnostic>,
    /// how many policies there are
    pub policies: usize,
    /// how many rules were written
    pub rules: usize,
    /// how many documents are something else
    pub others: usize,
    /// there is nothing of Istio's
    pub is_nothing: bool,
}

/// Carries the policies over.
#[must_use]
pub fn import(sources: &[Source], wish: &Wish) -> Imported {
    let mut resources = istio::read(sources, wish.namespace.as_deref());
    let is_nothing = resources.is_nothing();
    let mut found = std::mem::take(&mut resources.diagnostics);
    let mut imported = Imported {
        files: Vec::new(),
        diagnostics: Vec::new(),
        policies: resources.policies.len(),
        rules: 0,
        others: resources.others,
        is_nothing,
    };
    // what cannot be read may be a policy that denies
    if found.is_empty() {
        write(&resources, wish, &mut imported, &mut found);
    }
    diagnostic::sort(&mut found);
    diagnostic::shorten(&mut found);
    imported.diagnostics = found;
    imported
}

fn write(resources: &Resources, wish: &Wish, imported: &mut Imported, found: &mut Vec<Diagnostic>) {
    let enforced = enforced(&resources.policies, found);
    let taken = namespaces(wish, &enforced);
    let issuers = issuers::carried(&resources.authentications, &taken, found);
    let mut plan = Plan::of(enforced.iter().flat_map(|policy| &policy.rules));
    strangers(&enforced, &resources.authentications, wish, found);
    let world = backend::World {
        policies: &enforced,
        authentications: &resources.authentications,
        issuers: &issuers,
        plan: &plan,
        mesh: wish.mesh(),
    };
    let access = access(&world, wish, found);
    let conditions: Vec<String> = access
        .iter()
        .flat_map(|(_, rules)| rules.conditions())
        .collect();
    plan.keep(&conditions);
    other_user(
        &plan,
        &resources.authentications,
        !issuers.is_empty(),
        found,
    );
    let granted = access.iter().filter(|(_, rules)| !rules.allow.is_empty());
    for (server, rules) in granted {
        imported.rules += rules.allow.len() + rules.deny.len();
        let path = format!("{}/{}.yaml", server.namespace, server.service);
        imported.files.push((path, written(&rules.written(server))));
    }
    if imported.files.is_empty() {
        return;
    }
    imported.files.insert(
        0,
        (
            "gate.yaml".to_owned(),
            written(&gate(wish, &issuers, &plan)),
        ),
    );
}

/// The policies that are not only tried out.
fn enforced<'r>(
    policies: &'r [AuthorizationPolicy],
    found: &mut Vec<Diagnostic>,
) -> Vec<&'r AuthorizationPolicy> {
    let (tried, enforced): (Vec<_>, Vec<_>) = policies.iter().partition(|policy| policy.dry_run);
    found.extend(tried.into_iter().map(|policy| {
        let message =
            "the policy is only tried out (`istio.io/dry-run`), so nothing of it is carried over";
        Diagnostic::warning("MG0703", policy.target.span, message)
    }));
    enforced
}

/// The rules of every backend.
fn access<'w>(
    world: &backend::World<'_>,
    wish: &'w Wish,
    found: &mut Vec<Diagnostic>,
) -> Vec<(&'w Server, access::Rules)> {
    let mut access = Vec::new();
    for server in &wish.servers {
        if crowded(server, &wish.servers) {
            let message = format!(
                "`{}` is not the only server of many models in `{}`: a rule about a model would be about both",
                server.service, server.namespace
            );
            found.push(Diagnostic::error("MG0716", Span::NOWHERE, message));
            continue;
        }
        access.push((server, backend::carried(server, world, found)));
    }
    access
}

/// Namespaces that something may be called by; an issuer's name is none of them.
fn namespaces(wish: &Wish, policies: &[&AuthorizationPolicy]) -> Vec<String> {
    let servers = wish.servers.iter().map(|server| server.namespace.clone());
    // a name without a namespace is of the policy's own
    let own = policies
        .iter()
        .map(|policy| policy.target.namespace.clone());
    let values = policies
        .iter()
        .flat_map(|policy| &policy.rules)
        .flat_map(|rule| {
            let fields = rule.from.iter().flat_map(|source| &source.fields);
            let named = fields.flat_map(|(_, values)| values);
            named.chain(rule.when.iter().flat_map(|when| &when.values))
        });
    let of_account = |value: &Text| {
        value
            .value
            .split('/')
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let named = values.flat_map(of_account);
    servers.chain(own).chain(named).collect()
}

/// Policies about workloads of which nothing is known: what allows is told, and what denies closes all that it may be about.
fn strangers(
    policies: &[&AuthorizationPolicy],
    authentications: &[RequestAuthentication],
    wish: &Wish,
    found: &mut Vec<Diagnostic>,
) {
    let targets = policies
        .iter()
        .map(|policy| (&policy.target, policy.action != istio::Action::Audit));
    let targets = targets.chain(
        authentications
            .iter()
            .map(|authentication| (&authentication.target, true)),
    );
    for (target, matters) in targets {
        let known = wish
            .servers
            .iter()
            .any(|server| applies(target, server, wish.mesh()) != Applies::No);
        if matters && !known {
            found.push(stranger(target));
        }
    }
}

fn stranger(target: &Target) -> Diagnostic {
    let message = format!(
        "`{}/{}` is about no backend that is known here",
        target.namespace, target.name
    );
    let help = "name the workload with `--backend NAMESPACE/SERVICE:API@HOST`; its pods are known by the label of its protocol";
    Diagnostic::warning("MG0709", target.span, message).with_help(help)
}

/// Whether the namespace has another server whose models could be called alike.
fn crowded(server: &Server, servers: &[Server]) -> bool {
    let many = |other: &&Server| other.namespace == server.namespace && !is_model(other.api);
    !is_model(server.api) && servers.iter().filter(many).count() > 1
}

/// A token without the user's claim is refused, and one whose address is not verified.
fn other_user(
    plan: &Plan,
    authentications: &[RequestAuthentication],
    any: bool,
    found: &mut Vec<Diagnostic>,
) {
    let first = authentications
        .iter()
        .flat_map(|authentication| &authentication.rules)
        .next();
    let Some(rule) = first.filter(|_| any && plan.user != ["sub"]) else {
        return;
    };
    let name = plan.user.join(".");
    let message = format!("users are named by `{name}`: a token without it is refused");
    let help = match name.as_str() {
        "email" => {
            "and one whose `email_verified` is not true; where the issuer verifies every address, write `unverifiedEmail: true`"
        }
        _ => "write another claim as `claims.user` of the issuer, and the users' names by it",
    };
    found.push(Diagnostic::warning("MG0715", rule.issuer.span, message).with_help(help));
}

fn gate(wish: &Wish, issuers: &[Issuer], plan: &Plan) -> String {
    let mut text = format!(
        "# The administrator's file, from Istio's RequestAuthentication. Look at hosts, ports and claims.\napiVersion: {API_VERSION}\nkind: ModelGate\n\
         metadata: {{ name: default }}\nspec:\n  issuers:\n"
    );
    for issuer in issuers {
        text += &issuer.written(plan);
    }
    if issuers.is_empty() {
        text += "    # nobody's: no token is taken until it is replaced by your own\n    - { name: nobody, issuer: 'https://id.invalid', audiences: \
                 [nobody], jwksUri: 'https://id.invalid/keys' }\n";
    }
    text += "  namespaces:\n";
    let names: BTreeSet<&str> = wish
        .servers
        .iter()
        .map(|server| server.namespace.as_str())
        .collect();
    for name in &names {
        let own = || {
            wish.servers
                .iter()
                .filter(move |server| server.namespace == *name)
        };
        let hosts: BTreeSet<&str> = own()
            .flat_map(|server| &server.hosts)
            .map(String::as_str)
            .collect();
        let hosts: Vec<String> = hosts.into_iter().map(quoted).collect();
        text += &format!(
            "    - name: {}\n      hosts: [{}]\n      backends:\n",
            quoted(name),
            hosts.join(", ")
        );
        for server in own() {
            let hosts: Vec<String> = server.hosts.iter().map(|host| quoted(host)).collect();
            text += &format!(
                "        - {{ service: {}, api: {}, hosts: [{}] }}\n",
                quoted(&server.service),
                server.api.name(),
                hosts.join(", ")
            );
        }
    }
    let names: Vec<String> = names.into_iter().map(quoted).collect();
    text + &format!(
        "  install:\n    - name: workloads\n      sidecars: {{ namespaces: [{}] }}\n",
        names.join(", ")
    )
}
