//! What a source and the conditions of a rule ask for.

use policies::bundle::ClaimPath;

use crate::checks::grammar;
use crate::diagnostic::Diagnostic;
use crate::import::claims::Key;
use crate::syntax::Text;
use crate::syntax::istio::{Condition, Group, Rule};

use super::Context;

const TRUST_DOMAIN: &str = "cluster.local";

/// What a source and the conditions ask for.
#[derive(Default)]
pub(super) struct Asked<'r> {
    /// lists of service accounts, one of each
    pub(super) principals: Vec<Vec<String>>,
    /// lists of request principals, one of each
    pub(super) request_principals: Vec<&'r [Text]>,
    /// claims, and one of the values of each
    pub(super) claims: Vec<(ClaimPath, &'r [Text])>,
    /// claims, and none of the values of each
    pub(super) not_claims: Vec<(ClaimPath, &'r [Text])>,
}

/// Reads them.
pub(super) fn asked<'r>(
    source: &'r Group,
    rule: &'r Rule,
    context: &Context<'_>,
) -> Result<Asked<'r>, Diagnostic> {
    let mut asked = Asked::default();
    for (name, values) in source
        .fields
        .iter()
        .filter(|(_, values)| !values.is_empty())
    {
        match name.value.as_str() {
            "principals" => asked.principals.push(accounts(values, principal)?),
            "serviceAccounts" => {
                let account = |value: &str| match value.contains('/') {
                    true => Some(value.to_owned()),
                    false => Some(format!("{}/{value}", context.namespace)),
                };
                asked.principals.push(accounts(values, account)?);
            }
            "requestPrincipals" => asked.request_principals.push(values),
            other => {
                let message = format!("`{other}` of a source is not carried over");
                let help = "an access file names users, groups and service accounts; it says nothing about addresses and whole namespaces, or about who does not call";
                return Err(Diagnostic::warning("MG0704", name.span, message).with_help(help));
            }
        }
    }
    for condition in &rule.when {
        asked.add(condition)?;
    }
    Ok(asked)
}

impl<'r> Asked<'r> {
    fn add(&mut self, condition: &'r Condition) -> Result<(), Diagnostic> {
        let (values, not_values) = (condition.values.as_slice(), condition.not_values.as_slice());
        match Key::read(&condition.key.value) {
            Key::Claim(path) => {
                if !values.is_empty() {
                    self.claims.push((path.clone(), values));
                }
                if !not_values.is_empty() {
                    self.not_claims.push((path, not_values));
                }
            }
            Key::RequestPrincipal if not_values.is_empty() => self.request_principals.push(values),
            Key::Principal if not_values.is_empty() => {
                self.principals.push(accounts(values, principal)?);
            }
            Key::RequestPrincipal | Key::Principal | Key::Other => {
                let key = &condition.key;
                let message = format!("the condition about `{}` is not carried over", key.value);
                let help = "conditions about claims of the token are, and who calls; nothing about headers, addresses and ports";
                return Err(Diagnostic::warning("MG0705", key.span, message).with_help(help));
            }
        }
        Ok(())
    }
}

/// Service accounts as `NAMESPACE/NAME`.
fn accounts(
    values: &[Text],
    read: impl Fn(&str) -> Option<String>,
) -> Result<Vec<String>, Diagnostic> {
    let one = |value: &Text| {
        let fits = |name: &String| {
            let parts = name.split_once('/');
            parts.is_some_and(|(namespace, name)| {
                grammar::is_label(namespace) && grammar::is_subdomain(name)
            })
        };
        read(&value.value).filter(fits).ok_or_else(|| {
            let message = format!(
                "`{}` is no single service account of the mesh's own trust domain",
                value.value
            );
            let help = format!("write `{TRUST_DOMAIN}/ns/NAMESPACE/sa/NAME` for each");
            Diagnostic::warning("MG0704", value.span, message).with_help(help)
        })
    };
    values.iter().map(one).collect()
}

/// `cluster.local/ns/NAMESPACE/sa/NAME`; Istio takes `cluster.local` for the mesh's own.
fn principal(value: &str) -> Option<String> {
    let path = value.strip_prefix(TRUST_DOMAIN)?.strip_prefix("/ns/")?;
    let (namespace, name) = path.split_once("/sa/")?;
    Some(format!("{namespace}/{name}"))
}
