//! What of a gate is not in the rules, and may let somebody in all the same: told as changed, not compared.

use crate::policy::Gate;

/// The parts of the gate besides guardrails that differ, each as the files name it.
#[must_use]
pub fn changed(old: &Gate, new: &Gate) -> Vec<String> {
    let mut changed = Vec::new();
    let issuers = |gate: &Gate| -> Vec<(String, String)> {
        let issuers = gate.issuers.iter();
        issuers
            .map(|issuer| (issuer.name.clone(), format!("{issuer:?}{}", secret(issuer))))
            .collect()
    };
    changed.extend(named("issuer", &issuers(old), &issuers(new)));
    let namespaces = |gate: &Gate| -> Vec<(String, String)> {
        let namespaces = gate.namespaces.iter();
        namespaces
            .map(|namespace| (namespace.name.clone(), format!("{namespace:?}")))
            .collect()
    };
    changed.extend(named("namespace", &namespaces(old), &namespaces(new)));
    let installs = |gate: &Gate| -> Vec<(String, String)> {
        let installs = gate.installs.iter();
        installs
            .map(|install| (install.name.clone(), format!("{:?}", install.place)))
            .collect()
    };
    changed.extend(named("install target", &installs(old), &installs(new)));
    let others = [
        ("`body`", old.body == new.body),
        ("`floor`", old.floor == new.floor),
        ("`trustDomain`", old.trust_domain == new.trust_domain),
        (
            "`identityHeaders`",
            old.identity_headers == new.identity_headers,
        ),
        (
            "`reselectingHeaders`",
            old.reselecting_headers == new.reselecting_headers,
        ),
        ("`hideModels`", old.hide_models == new.hide_models),
        ("`audit`", old.batch_audit == new.batch_audit),
        ("`grants`", old.grants == new.grants),
        ("`timeZones`", old.zones == new.zones),
        (
            "`conditions`",
            (&old.headers, old.address) == (&new.headers, new.address),
        ),
    ];
    let differ = others.into_iter().filter(|(_, same)| !same);
    changed.extend(differ.map(|(name, _)| name.to_owned()));
    changed
}

/// A secret does not show in an issuer's debug form, and counts all the same.
fn secret(issuer: &crate::policy::Issuer) -> String {
    match &issuer.keys {
        crate::policy::Keys::Secret(secret) => secret.clone(),
        _ => String::new(),
    }
}

fn named(what: &str, old: &[(String, String)], new: &[(String, String)]) -> Vec<String> {
    let differs = |one: &&(String, String), others: &[(String, String)]| !others.contains(one);
    let gone = old.iter().filter(|one| differs(one, new));
    let added = new.iter().filter(|one| differs(one, old));
    let names: std::collections::BTreeSet<&String> =
        gone.chain(added).map(|(name, _)| name).collect();
    names
        .into_iter()
        .map(|name| format!("{what} `{name}`"))
        .collect()
}
