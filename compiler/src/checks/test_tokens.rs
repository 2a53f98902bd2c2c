//! MG0403: a test's token says what a token of its issuer can say; otherwise it would pass for the wrong reason.

use crate::diagnostic::Diagnostic;
use crate::syntax::issuer::{Issuer, ServiceAccount};
use crate::syntax::test::{Claim, Who};
use crate::syntax::{Text, suggest};

use super::names::Names;
use super::{Scope, grammar};

/// `groups`, `client` and `claims` of every test, and names at issuers of Kubernetes.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    let names = Names::new(scope.gate);
    let cases = scope.reading.tests.iter().flat_map(|test| &test.tests);
    for who in cases.map(|case| &case.who) {
        if let Some(issuer) = issuer(scope, &names, who) {
            found.extend(
                who.groups
                    .iter()
                    .filter_map(|name| group(&names, issuer, name)),
            );
            found.extend(client(issuer, who));
            found.extend(of_kubernetes(issuer, who));
            found.extend(who.claims.iter().filter_map(|given| claim(issuer, given)));
        }
    }
}

fn issuer<'a>(scope: &Scope<'a>, names: &Names<'_>, who: &Who) -> Option<&'a Issuer> {
    let named = |name: &str| {
        let mut issuers = scope.gate.issuers.iter();
        issuers.find(|issuer| issuer.name.value == name)
    };
    if let Some(issuer) = &who.issuer {
        return named(&issuer.value);
    }
    let written = who.user.as_ref().or(who.service_account.as_ref())?;
    match written.value.split_once('/') {
        Some((prefix, _)) => named(prefix),
        None => named(names.default_issuer()?),
    }
}

/// Of a group that is written as access files write it: the token would say it with the issuer's name in it.
fn group(names: &Names<'_>, issuer: &Issuer, group: &Text) -> Option<Diagnostic> {
    let (prefix, plain) = group.value.split_once('/')?;
    if !names.is_issuer(prefix) {
        return None;
    }
    let message = format!(
        "groups of a test are as the token says them, and `{}` names its issuer, too",
        group.value.escape_debug()
    );
    let plain = plain.escape_debug();
    let help = if issuer.name.value == prefix {
        format!("write `{plain}`")
    } else {
        format!("write `issuer: {prefix}` and `groups: [{plain}]`, of a user there")
    };
    Some(Diagnostic::error("MG0403", group.span, message).with_help(help))
}

fn client(issuer: &Issuer, who: &Who) -> Option<Diagnostic> {
    let client = who.client.as_ref()?;
    let says = matches!(
        issuer.claims.service_account,
        Some(ServiceAccount::Claim(_))
    );
    if says && issuer.claims.user.is_some() {
        return None;
    }
    let message = format!(
        "tokens of issuer `{}` do not say an application",
        issuer.name.value
    );
    let help =
        "the administrator names the claim that does: `claims: {user: sub, serviceAccount: azp}`";
    Some(Diagnostic::error("MG0403", client.span, message).with_help(help))
}

fn of_kubernetes(issuer: &Issuer, who: &Who) -> Option<Diagnostic> {
    let name = who.user.as_ref().or(who.service_account.as_ref())?;
    let prefix = format!("{}/", issuer.name.value);
    let plain = name.value.strip_prefix(&prefix).unwrap_or(&name.value);
    let is_workload = plain.split_once('/').is_some_and(|(namespace, account)| {
        grammar::is_label(namespace) && grammar::is_subdomain(account)
    });
    if !issuer.is_kubernetes() || (who.user.is_none() && is_workload) {
        return None;
    }
    let message = format!(
        "`{}` is no service account in a token of Kubernetes",
        name.value
    );
    let help = format!("write `serviceAccount: {prefix}NAMESPACE/NAME`");
    Some(Diagnostic::error("MG0402", name.span, message).with_help(help))
}

fn claim(issuer: &Issuer, claim: &Claim) -> Option<Diagnostic> {
    let attributes = &issuer.claims.attributes;
    let name = &claim.name;
    let names = || attributes.iter().map(|known| known.name.value.as_str());
    let (message, help) = match attributes
        .iter()
        .find(|known| known.name.value == name.value)
    {
        None => {
            let message = format!(
                "`{}` is no attribute of issuer `{}`",
                name.value, issuer.name.value
            );
            let known: Vec<&str> = names().collect();
            let help = match known.is_empty() {
                true => "the gate declares none for this issuer".to_owned(),
                false => suggest::help(&name.value, known, "the attributes are"),
            };
            (message, help)
        }
        Some(known) if claim.given.as_kind(known.kind).is_none() => {
            let message = format!("`{}` is not of the attribute's type", name.value);
            (
                message,
                format!("write {}", super::attributes::example(known.kind)),
            )
        }
        Some(_) => return None,
    };
    Some(Diagnostic::error("MG0403", name.span, message).with_help(help))
}

#[cfg(test)]
mod tests {
    use crate::checks::vectors::{GATE, codes};

    fn test(who: &str) -> Vec<&'static str> {
        let gate = GATE
            .replace(
                "      audiences: [ml-models]\n",
                "      audiences: [ml-models]\n      claims: { user: sub, serviceAccount: azp, attributes: { mfa: { claim: amr, type: list }, \
                 level: { claim: acr, type: number } } }\n",
            )
            .replace(
                "  namespaces:",
                "    - { name: kube, issuer: https://kube.example.com, audiences: [m], kubernetes: true }\n  defaultIssuer: corp\n  namespaces:",
            );
        let text = format!(
            "apiVersion: modelgate.dev/v1alpha1\nkind: AccessTest\nmetadata: {{ namespace: risk, name: t }}\nspec:\n  tests:\n    \
             - name: a\n      who: {{ {who} }}\n      request: {{ host: risk.example.com, path: / }}\n      expect: {{ verdict: deny }}\n"
        );
        codes(&[("gate.yaml", &gate), ("t.yaml", &text)])
    }

    #[test]
    fn tokens_say_what_their_issuer_can() {
        for who in [
            "user: ada, client: portal, claims: { mfa: [otp], level: 3 }",
            "user: ada, groups: [analysts, staff/analysts, /corp/x]",
            "serviceAccount: corp/bot, claims: { mfa: [otp] }",
            "serviceAccount: payments/checkout, issuer: kube",
            "serviceAccount: kube/payments/checkout",
        ] {
            assert_eq!(test(who), [""; 0], "{who}");
        }
        for who in [
            "user: ada, claims: { mfaa: [otp] }",
            "user: ada, groups: [corp/analysts]",
            "user: ada, issuer: corp, groups: [kube/analysts]",
            "user: ada, claims: { mfa: otp }",
            "user: ada, claims: { level: high }",
            "serviceAccount: kube/payments/checkout, claims: { mfa: [otp] }",
        ] {
            assert_eq!(test(who), ["MG0403"], "{who}");
        }
        assert_eq!(test("user: ada, claims: { level: 1.5 }"), ["MG0102"]);
        assert_eq!(test("peer: a/b, claims: { mfa: [otp] }"), ["MG0111"]);
        assert_eq!(test("peer: a/b, client: portal"), ["MG0111"]);
        assert_eq!(test("serviceAccount: corp/bot, client: portal"), ["MG0111"]);
        assert_eq!(test("user: ada, issuer: kube"), ["MG0402"]);
        assert_eq!(test("serviceAccount: kube/checkout"), ["MG0402"]);
    }
}
