//! All policies about one backend, as one access file: what allows becomes rules, what denies becomes rules or takes actions away
//! from them.

use std::collections::{BTreeMap, BTreeSet};

use policies::action::Action;

use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::istio::{
    Action as Effect, AuthorizationPolicy, Group, RequestAuthentication, Rule,
};

use super::access::{Allow, Rules};
use super::claims::Plan;
use super::endpoints::{Named, Operations, granted, is_model, requests};
use super::enforced::{Enforced, closes, enforced};
use super::issuers::Issuer;
use super::scope::{Mesh, Server};
use super::who::{Caller, Context, callers};

/// What is read together.
pub struct World<'a> {
    /// those that are enforced
    pub policies: &'a [&'a AuthorizationPolicy],
    /// of all workloads
    pub authentications: &'a [RequestAuthentication],
    /// those that are carried over
    pub issuers: &'a [Issuer],
    /// where identities are found
    pub plan: &'a Plan,
    /// what is known of the mesh
    pub mesh: Mesh<'a>,
}

/// What denies, whoever calls.
#[derive(Default)]
struct Denied {
    operations: Vec<Operations>,
    rules: Vec<Caller>,
    /// whoever brings no token
    without_token: bool,
}

/// The rules of the backend; none of them where something that denies cannot be said.
pub fn carried(server: &Server, world: &World<'_>, found: &mut Vec<Diagnostic>) -> Rules {
    let before = found.len();
    let Enforced { policies, issuers } = enforced(server, world, found);
    let denied = denied(&policies, &issuers, world, server, found);
    let closed = found
        .iter()
        .skip(before)
        .any(|diagnostic| diagnostic.code == "MG0702");
    if closed {
        return Rules::default();
    }
    let policies = policies.into_iter();
    let allows: Vec<&AuthorizationPolicy> = policies
        .filter(|policy| policy.action == Effect::Allow)
        .collect();
    if allows.is_empty() {
        found.push(everybody(server));
    }
    let read = read(&allows, &issuers, world, found);
    let about = read.iter().map(|read| (&read.operations, read.rule));
    let models = models(server, world.mesh, about, found);
    let mut allow = Vec::new();
    for Read {
        operations,
        callers,
        rule,
    } in &read
    {
        let given = actions(server, &models, operations, &denied, rule, found);
        for caller in callers {
            if caller.is_workload() {
                found.push(workload(caller.span, denied.without_token));
            }
            if caller.is_workload() && denied.without_token {
                continue;
            }
            let rule = |(actions, models): (&Vec<Action>, &Vec<String>)| Allow {
                caller: caller.clone(),
                actions: actions.clone(),
                models: models.clone(),
            };
            allow.extend(given.iter().map(rule));
        }
    }
    Rules {
        allow,
        deny: denied.rules,
    }
}

/// A rule that allows: what, whom, and as it is written.
struct Read<'a> {
    operations: Operations,
    callers: Vec<Caller>,
    rule: &'a Rule,
}

/// The rules of the policies that allow; what cannot be said of them is told.
fn read<'a>(
    allows: &[&'a AuthorizationPolicy],
    issuers: &[(String, String)],
    world: &World<'_>,
    found: &mut Vec<Diagnostic>,
) -> Vec<Read<'a>> {
    let mut read = Vec::new();
    for policy in allows {
        let context = Context {
            issuers,
            plan: world.plan,
            namespace: &policy.target.namespace,
        };
        for rule in &policy.rules {
            let operations = Operations::read(&rule.to, found);
            let mut callers = callers(rule, &context);
            found.append(&mut callers.refused);
            read.push(Read {
                operations,
                callers: callers.carried,
                rule,
            });
        }
    }
    read
}

fn everybody(server: &Server) -> Diagnostic {
    let message = format!(
        "no `ALLOW` policy is about `{}/{}`, so Istio lets everybody in; nothing is allowed here",
        server.namespace, server.service
    );
    let help = "write who may in an access file";
    Diagnostic::warning("MG0710", Span::NOWHERE, message).with_help(help)
}

/// With a token it is the token that says who calls.
fn workload(span: Span, without_token_denied: bool) -> Diagnostic {
    let message = match without_token_denied {
        true => "a service account is not carried over, since who brings no token is denied",
        false => {
            "a service account by its certificate is carried over for requests without a token"
        }
    };
    let help = "with a token it is the token that says who calls: name its users or groups, and the service account as `through`";
    Diagnostic::warning("MG0711", span, message).with_help(help)
}

fn denied(
    policies: &[&AuthorizationPolicy],
    issuers: &[(String, String)],
    world: &World<'_>,
    server: &Server,
    found: &mut Vec<Diagnostic>,
) -> Denied {
    let mut denied = Denied::default();
    for policy in policies
        .iter()
        .filter(|policy| policy.action == Effect::Deny)
    {
        let context = Context {
            issuers,
            plan: world.plan,
            namespace: &policy.target.namespace,
        };
        for rule in &policy.rules {
            if let Err(problem) = deny(rule, &context, &mut denied) {
                found.push(closes(
                    problem.span,
                    &format!("this denies, and {}", problem.message),
                    server,
                ));
            }
        }
    }
    denied
}

/// Adds what one rule denies.
fn deny(rule: &Rule, context: &Context<'_>, denied: &mut Denied) -> Result<(), Diagnostic> {
    let mut refused = Vec::new();
    let operations = Operations::read(&rule.to, &mut refused);
    if let Some(problem) = refused.pop() {
        return Err(problem);
    }
    if is_everybody(rule) {
        denied.operations.push(operations);
        return Ok(());
    }
    if !operations.is_all() {
        let span = rule.to.first().map_or(rule.span, |group| group.span);
        let message = "paths and methods are denied to some and not to others";
        return Err(Diagnostic::error("MG0702", span, message));
    }
    if is_without_token(rule) {
        denied.without_token = true;
        return Ok(());
    }
    let callers = callers(rule, context);
    denied.rules.extend(callers.carried);
    // who cannot be anybody need not be denied anything
    let mut refused = callers
        .refused
        .into_iter()
        .filter(|problem| problem.code != "MG0717");
    refused.next().map_or(Ok(()), Err)
}

fn is_everybody(rule: &Rule) -> bool {
    let says_nothing = |group: &Group| group.fields.iter().all(|(_, values)| values.is_empty());
    rule.when.is_empty() && (rule.from.is_empty() || rule.from.iter().any(says_nothing))
}

/// `notRequestPrincipals: ["*"]`, and nothing else.
fn is_without_token(rule: &Rule) -> bool {
    let [source] = rule.from.as_slice() else {
        return false;
    };
    let [(name, values)] = source.fields.as_slice() else {
        return false;
    };
    rule.when.is_empty()
        && name.value == "notRequestPrincipals"
        && matches!(values.as_slice(), [only] if only.value == "*")
}

/// The models that rules can be about.
fn models<'r>(
    server: &Server,
    mesh: Mesh<'_>,
    rules: impl Iterator<Item = (&'r Operations, &'r Rule)>,
    found: &mut Vec<Diagnostic>,
) -> BTreeSet<Named> {
    if is_model(server.api) {
        return BTreeSet::from([Named::Backend(server.service.clone())]);
    }
    let mut models: BTreeSet<Named> = server.models.iter().map(|name| Named::of(name)).collect();
    let mut others = None;
    for (operations, rule) in rules {
        models.extend(operations.named(server.api));
        if operations.others(server.api) {
            others = others.or(Some(rule.span));
        }
    }
    apart(&mut models, server, mesh, found);
    if let Some(span) = others {
        let names: Vec<String> = models.iter().map(Named::written).collect();
        let message = format!(
            "Istio allows this for every model of `{}/{}`; it is carried over for {}",
            server.namespace,
            server.service,
            if names.is_empty() {
                "none".to_owned()
            } else {
                names.join(", ")
            }
        );
        let help =
            "name the models, or the beginning of their names and `*`: `--model NAMESPACE/NAME`";
        found.push(Diagnostic::warning("MG0712", span, message).with_help(help));
    }
    models
}

/// Leaves out names of models that are also those of another backend, whose own policies say who may.
fn apart(
    models: &mut BTreeSet<Named>,
    server: &Server,
    mesh: Mesh<'_>,
    found: &mut Vec<Diagnostic>,
) {
    let others = mesh.servers.iter();
    let others = others.filter(|other| other.namespace == server.namespace && is_model(other.api));
    for other in others {
        models.retain(|name| {
            let covers = name.covers(&other.service);
            if covers {
                let message = format!(
                    "`{}` of `{}` is also the backend `{}`: a rule about it would be about both",
                    name.written(),
                    server.service,
                    other.service
                );
                found.push(Diagnostic::error("MG0716", Span::NOWHERE, message));
            }
            !covers
        });
    }
}

/// What the operations allow with each model; models of which they allow the same stand together.
fn actions(
    server: &Server,
    models: &BTreeSet<Named>,
    operations: &Operations,
    denied: &Denied,
    rule: &Rule,
    found: &mut Vec<Diagnostic>,
) -> BTreeMap<Vec<Action>, Vec<String>> {
    let mut given: BTreeMap<Vec<Action>, Vec<String>> = BTreeMap::new();
    for model in models {
        let granted = granted(&requests(server.api, model), operations, &denied.operations);
        if let Some((what, other)) = granted.left {
            let span = rule.to.first().map_or(rule.span, |group| group.span);
            let message = format!(
                "{what} is not carried over: its action is also {other}, which is not allowed"
            );
            let help = "a rule allows an action, however it is asked for: let the policy allow all of its paths, or none";
            found.push(Diagnostic::warning("MG0707", span, message).with_help(help));
        }
        if !granted.actions.is_empty() {
            given
                .entry(granted.actions)
                .or_default()
                .push(model.written());
        }
    }
    given
}
