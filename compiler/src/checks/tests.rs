//! MG0401, MG0402, MG0404: a test names targets, principals and addresses that exist; otherwise it would pass for the wrong reason.
//! MG0405: its own name is one line that reads as it is written.

use std::net::IpAddr;

use crate::diagnostic::{Diagnostic, is_unseen};
use crate::syntax::test::{AccessTest, Case, Who};
use crate::syntax::{Text, suggest};

use super::names::{Names, as_it_looks};
use super::principals::report;
use super::{Scope, grammar, written};

/// Every test.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    if scope
        .gate
        .issuers
        .iter()
        .all(|issuer| issuer.name.value.is_empty())
    {
        return;
    }
    let names = Names::new(scope.gate);
    for test in &scope.reading.tests {
        found.extend(unknown_target(scope, test));
        found.extend(test.tests.iter().filter_map(no_address));
        found.extend(test.tests.iter().filter_map(|case| unseen(&case.name)));
        test.tests
            .iter()
            .for_each(|case| principal(&names, &case.who, found));
    }
}

fn unknown_target(scope: &Scope<'_>, test: &AccessTest) -> Option<Diagnostic> {
    let known: Vec<&str> = scope
        .gate
        .install
        .iter()
        .map(|install| install.name.value.as_str())
        .collect();
    let target = test
        .target
        .as_ref()
        .filter(|target| !target.value.is_empty() && !known.contains(&target.value.as_str()))?;
    let help = suggest::help(&target.value, known, "the targets are");
    Some(
        Diagnostic::error(
            "MG0401",
            target.span,
            format!("`{}` is no install target of the gate", target.value),
        )
        .with_help(help),
    )
}

fn no_address(case: &Case) -> Option<Diagnostic> {
    let address = case.request.address.as_ref()?;
    let is_none = !address.value.is_empty() && address.value.parse::<IpAddr>().is_err();
    is_none.then(|| {
        let message = format!("`{}` is no IP address", address.value.escape_debug());
        let help = "write one address, such as `10.0.0.1` or `2001:db8::1`";
        Diagnostic::error("MG0404", address.span, message).with_help(help)
    })
}

/// Names of tests stand in reports and logs, where a line of its own would pass for one of the report.
fn unseen(name: &Text) -> Option<Diagnostic> {
    let unseen = name.value.chars().find(|letter| is_unseen(*letter))?;
    let message = format!("the name of a test has a character that is not seen, {unseen:?}");
    let help = "write it in one line, without control characters and signs that turn its direction";
    Some(Diagnostic::error("MG0405", name.span, message).with_help(help))
}

fn principal(names: &Names<'_>, who: &Who, found: &mut Vec<Diagnostic>) {
    let issuer = who
        .issuer
        .as_ref()
        .filter(|issuer| !issuer.value.is_empty());
    if let Some(issuer) = issuer.filter(|issuer| !names.is_issuer(&issuer.value)) {
        let message = format!("`{}` is no issuer of the gate", issuer.value);
        found.push(Diagnostic::error("MG0308", issuer.span, message));
    }
    let at_the_issuer = who.user.iter().filter(|_| issuer.is_some());
    let rest = who
        .groups
        .iter()
        .chain(&who.client)
        .chain(&who.service_account);
    let names_in_tokens = written(at_the_issuer.chain(rest));
    found.extend(names_in_tokens.filter_map(|name| {
        let unclear = as_it_looks(&name.value).map(|()| String::new());
        report(name, unclear)
    }));
    let user = who
        .user
        .as_ref()
        .filter(|user| !user.value.is_empty() && issuer.is_none());
    found.extend(user.and_then(|user| report(user, names.user(&user.value))));
    let account = who
        .service_account
        .as_ref()
        .filter(|account| issuer.is_none() && !at_issuer(names, account));
    found.extend(account.map(|account| {
        let message = format!("`{}` is no service account with a token", account.value);
        let help = "write `ISSUER/NAME`; a workload with its certificate alone is a `peer`";
        Diagnostic::error("MG0402", account.span, message).with_help(help)
    }));
    let peer = who.peer.as_ref().filter(|peer| !is_workload(&peer.value));
    found.extend(peer.map(|peer| {
        let message = format!("`{}` is no workload", peer.value);
        Diagnostic::error("MG0402", peer.span, message)
            .with_help("write `NAMESPACE/SERVICE-ACCOUNT`")
    }));
}

fn at_issuer(names: &Names<'_>, account: &Text) -> bool {
    let prefix = account.value.split_once('/').map(|(prefix, _)| prefix);
    account.value.is_empty() || prefix.is_some_and(|prefix| names.is_issuer(prefix))
}

fn is_workload(text: &str) -> bool {
    let parts = text.split_once('/');
    text.is_empty()
        || parts.is_some_and(|(namespace, name)| {
            grammar::is_label(namespace) && grammar::is_subdomain(name)
        })
}

#[cfg(test)]
mod vectors {
    use crate::checks::vectors::{GATE, codes};

    fn test(who: &str, target: &str) -> Vec<&'static str> {
        let text = format!(
            "apiVersion: modelgate.dev/v1alpha1\nkind: AccessTest\nmetadata: {{ namespace: risk, name: t }}\nspec:\n  target: {target}\n  tests:\n    \
             - name: a\n      who: {{ {who} }}\n      request: {{ host: risk.example.com, path: / }}\n      expect: {{ verdict: deny }}\n"
        );
        codes(&[("gate.yaml", GATE), ("t.yaml", &text)])
    }

    #[test]
    fn tests_name_what_exists() {
        for who in [
            "user: ada, groups: [a]",
            "nobody: true",
            "serviceAccount: corp/x",
            "peer: a/b",
            "user: ada, issuer: corp",
            "nobody: true, peer: a/b",
        ] {
            assert_eq!(test(who, "edge"), [""; 0], "{who}");
        }
        assert_eq!(test("user: ada", "egde"), ["MG0401"]);
        assert_eq!(test("user: ada, issuer: crop", "edge"), ["MG0308"]);
        assert_eq!(test("user: crop/ada", "edge"), ["MG0308"]);
        assert_eq!(test("serviceAccount: a/b", "edge"), ["MG0402"]);
        assert_eq!(test("peer: b", "edge"), ["MG0402"]);
        for who in [
            "groups: [a]",
            "nobody: true, user: ada",
            "user: a, serviceAccount: corp/b",
            "",
        ] {
            assert_eq!(test(who, "edge"), ["MG0111"], "{who}");
        }
    }
}
