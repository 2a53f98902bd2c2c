//! Tests about applications, claims and Kubernetes' tokens, from files to verdicts.

use std::collections::BTreeMap;

use crate::checks::vectors::{ACCESS, GATE};
use crate::output::{Options, compile};
use crate::source::Source;

use super::run;

const ISSUERS: &str = "      audiences: [ml-models]
      maxLifetime: 15m
      types: [at+jwt]
      requiredClaims: [{ claim: realm_access.roles }, { claim: tid, values: [8d1a] }]
      claims:
        user: email
        groups: realm_access.roles
        serviceAccount: azp
        attributes:
          mfa: { claim: amr, type: list }
          scope: { claim: scope, type: words }
          level: { claim: [https://id.example.com/level, a.b], type: number }
    - name: kube
      issuer: https://kube.example.com
      audiences: [models]
      kubernetes: true
    - name: partners
      issuer: https://partners.example.com
      audiences: [ml-models]
      verifiedBy: istio
  defaultIssuer: corp
";
const RULES: &str = "  allow:
    - who: { groups: [analysts], through: [payments/checkout, corp/portal] }
      when: context.claims has mfa && context.claims.mfa.contains(\"otp\")
    - who: { serviceAccounts: [payments/checkout], users: [partners/pia] }
    - who: { users: [lena] }
      when: context.claims has level && context.claims.level >= 2 && !(context.claims has scope && context.claims.scope.contains(\"draft\"))
  deny:
    - who: { groups: [interns] }
";

const CASES: [(&str, &str); 16] = [
    (
        "user: ada, groups: [analysts], client: portal, claims: { mfa: [otp, pwd] }",
        "allow",
    ),
    (
        "user: ada, groups: [analysts], client: portal, claims: { mfa: [pwd] }",
        "deny",
    ),
    ("user: ada, groups: [analysts], client: portal", "deny"),
    (
        "user: ada, groups: [analysts], client: other, claims: { mfa: [otp] }",
        "deny",
    ),
    (
        "user: ada, groups: [analysts], claims: { mfa: [otp] }",
        "deny",
    ),
    (
        "user: ada, groups: [analysts], claims: { mfa: [otp] }, peer: payments/checkout",
        "allow",
    ),
    (
        "user: ada, groups: [analysts, interns], client: portal, claims: { mfa: [otp] }",
        "deny",
    ),
    ("user: lena, claims: { level: 2 }", "allow"),
    (
        "user: lena, claims: { level: 2, scope: [read, draft] }",
        "deny",
    ),
    ("user: lena, claims: { level: 2, scope: [read] }", "allow"),
    ("user: lena, claims: { level: 1 }", "deny"),
    ("serviceAccount: kube/payments/checkout", "allow"),
    ("serviceAccount: payments/checkout, issuer: kube", "allow"),
    ("serviceAccount: kube/payments/other", "deny"),
    ("peer: payments/checkout", "allow"),
    ("user: pia, issuer: partners", "allow"),
];

#[test]
fn tokens_say_what_a_test_asserts() {
    let gate = GATE.replace("      audiences: [ml-models]\n", ISSUERS);
    // the last issuer keeps the address of the first one's keys
    let gate = gate.replace(
        "  defaultIssuer: corp\n      jwksUri: https://id.example.com/certs\n",
        "  defaultIssuer: corp\n",
    );
    let access = ACCESS.replace("  allow:\n    - who: { groups: [analysts] }\n", RULES);
    let case = |(who, verdict): &(&str, &str)| {
        format!(
            "    - name: '{who}'\n      who: {{ {who} }}\n      expect: {{ verdict: {verdict} }}\n      \
             request: {{ method: POST, host: risk.example.com, path: /v2/models/churn-x/infer, body: '{{}}' }}\n"
        )
    };
    let tests = format!(
        "apiVersion: modelgate.dev/v1alpha1\nkind: AccessTest\nmetadata: {{ namespace: risk, name: t }}\nspec:\n  tests:\n{}",
        CASES.iter().map(case).collect::<String>()
    );
    let files = [
        ("gate.yaml", gate),
        ("risk.yaml", access),
        ("tests.yaml", tests),
    ];
    let sources = files.map(|(name, text)| Source {
        name: name.into(),
        bytes: text.into_bytes(),
    });
    let (loaded, found) = crate::load(&sources);
    assert_eq!(found, []);
    let loaded = loaded.unwrap();
    let output = compile(&loaded.policy, &Options::default()).unwrap();
    assert_eq!(output.warnings, []);
    let bytes = |target: &crate::output::TargetOutput| {
        (target.name.clone(), target.text.clone().into_bytes())
    };
    let bundles: BTreeMap<String, Vec<u8>> = output.targets.iter().map(bytes).collect();
    for outcome in run(&loaded.tests, &bundles, Some("corp")).unwrap() {
        assert_eq!(outcome.failure, None, "{}", outcome.name);
    }
}
