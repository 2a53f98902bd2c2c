//! The gate's issuers, from `RequestAuthentication`: each `iss` once, with what every resource says of it alike.

use crate::checks::grammar;
use crate::diagnostic::Diagnostic;
use crate::syntax::istio::{JwtRule, RequestAuthentication};

use super::claims::Plan;
use crate::format::quoted;

/// An issuer that is carried over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// short name
    pub name: String,
    /// value of `iss`
    pub issuer: String,
    audiences: Vec<String>,
    jwks_uri: Option<String>,
    jwks: Option<String>,
}

/// Fields that change nothing about who may call.
const WITHOUT_EFFECT: [&str; 4] = [
    "forwardOriginalToken",
    "outputPayloadToHeader",
    "outputClaimToHeaders",
    "timeout",
];

/// Every issuer that can be carried over; the others are told.
#[must_use]
pub fn carried(
    authentications: &[RequestAuthentication],
    taken: &[String],
    found: &mut Vec<Diagnostic>,
) -> Vec<Issuer> {
    let mut issuers: Vec<Issuer> = Vec::new();
    let mut refused: Vec<&str> = Vec::new();
    for rule in authentications
        .iter()
        .flat_map(|authentication| &authentication.rules)
    {
        let iss = rule.issuer.value.as_str();
        let issuer = match read(rule, found) {
            Ok(issuer) => issuer,
            Err(diagnostic) => {
                found.push(diagnostic);
                refused.push(iss);
                continue;
            }
        };
        match issuers.iter().find(|known| known.issuer == issuer.issuer) {
            Some(known) if known.same(&issuer) => {}
            Some(_) => {
                let message = format!(
                    "`{iss}` stands here with other audiences or keys than before, and a gate has one issuer for all"
                );
                let help = "a token for one of the workloads would be taken by the other: make the resources alike";
                found.push(Diagnostic::error("MG0713", rule.issuer.span, message).with_help(help));
                refused.push(iss);
            }
            None => {
                let name = short(iss, taken, &issuers);
                issuers.push(Issuer { name, ..issuer });
            }
        }
    }
    issuers.retain(|issuer| !refused.contains(&issuer.issuer.as_str()));
    issuers
}

fn read(rule: &JwtRule, found: &mut Vec<Diagnostic>) -> Result<Issuer, Diagnostic> {
    for name in &rule.others {
        if WITHOUT_EFFECT.contains(&name.value.as_str()) {
            if name.value != "forwardOriginalToken" {
                let message = format!(
                    "`{}` is not carried over; it changes nothing about who may call",
                    name.value
                );
                let help = "`identityHeaders` of the gate tells a model server who calls";
                found.push(Diagnostic::warning("MG0714", name.span, message).with_help(help));
            }
            continue;
        }
        let message = format!("`{}` of an issuer cannot be carried over", name.value);
        let help =
            "the filter takes a token from `Authorization: Bearer` alone, and texts as they are";
        return Err(Diagnostic::error("MG0713", name.span, message).with_help(help));
    }
    if rule.audiences.is_empty() {
        let message = format!(
            "`{}` is taken for every audience, and a gate names the audiences",
            rule.issuer.value
        );
        let help = "write `audiences`: without them a token that was made for another service opens this one";
        return Err(Diagnostic::error("MG0713", rule.issuer.span, message).with_help(help));
    }
    let text = |text: &Option<crate::syntax::Text>| text.as_ref().map(|text| text.value.clone());
    let mut audiences: Vec<String> = rule
        .audiences
        .iter()
        .map(|text| text.value.clone())
        .collect();
    audiences.sort();
    audiences.dedup();
    Ok(Issuer {
        name: String::new(),
        issuer: rule.issuer.value.clone(),
        audiences,
        jwks_uri: text(&rule.jwks_uri),
        jwks: text(&rule.jwks),
    })
}

/// A name from the issuer's host: `id-example-com`.
fn short(iss: &str, taken: &[String], issuers: &[Issuer]) -> String {
    let host = iss.split_once("://").map_or(iss, |(_, rest)| rest);
    let host = host.split(['/', ':', '?']).next().unwrap_or_default();
    let letter = |letter: char| {
        if letter.is_ascii_alphanumeric() {
            letter.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let text: String = host.chars().map(letter).take(40).collect();
    let text = match text.trim_matches('-') {
        "" => "issuer",
        text => text,
    };
    let free = |name: &String| {
        grammar::is_label(name)
            && !taken.contains(name)
            && !issuers.iter().any(|issuer| issuer.name == *name)
    };
    let mut names =
        std::iter::once(text.to_owned()).chain((2_u32..).map(|number| format!("{text}-{number}")));
    names.find(free).unwrap_or_default()
}

impl Issuer {
    fn same(&self, other: &Self) -> bool {
        (&self.audiences, &self.jwks_uri, &self.jwks)
            == (&other.audiences, &other.jwks_uri, &other.jwks)
    }

    /// As an item of a gate.
    #[must_use]
    pub fn written(&self, plan: &Plan) -> String {
        let list = |steps: &[String]| {
            steps
                .iter()
                .map(|step| quoted(step))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let mut text = format!(
            "    - name: {}\n      issuer: {}\n      audiences: [{}]\n",
            self.name,
            quoted(&self.issuer),
            list(&self.audiences)
        );
        if let Some(uri) = &self.jwks_uri {
            text += &format!("      jwksUri: {}\n", quoted(uri));
        }
        // JSON is YAML
        if let Some(set) = &self.jwks {
            text += &format!("      jwks: {}\n", set.replace(['\n', '\r', '\t'], " "));
        }
        text += &format!("      claims:\n        user: [{}]\n", list(&plan.user));
        if let Some(groups) = &plan.groups {
            text += &format!("        groups: [{}]\n", list(groups));
        }
        if !plan.attributes.is_empty() {
            text += "        attributes:\n";
        }
        for (path, (name, kind)) in &plan.attributes {
            let kind = match kind {
                policies::bundle::ClaimKind::Words => "words",
                _ => "list",
            };
            text += &format!(
                "          {name}: {{ claim: [{}], type: {kind} }}\n",
                list(path)
            );
        }
        text
    }
}
