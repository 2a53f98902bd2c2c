//! Changes of what the gate takes from tokens, and questions that rules leave open in many ways.

use super::proxies::{FILE, GATE, INFER, OPEN, Sent, told, with};

#[test]
fn tokens_that_are_read_by_other_claims() {
    let rules = with("  allow:\n    - who: { users: [ann] }\n");
    let deny = format!("{rules}  deny:\n    - who: {{ everyone: true, through: [corp/portal] }}\n");
    let plain = GATE.replace(", serviceAccount: azp", "");
    let sent = Sent {
        client: Some("portal"),
        ..INFER
    };
    let claims = "tokens of `corp` are read by other claims now";
    assert_eq!(told((&plain, &rules), (GATE, &deny), sent), [OPEN, claims]);
    let more = format!("{deny}    - who: {{ users: [zed] }}\n");
    assert_eq!(told((GATE, &deny), (GATE, &more), sent), ["same"; 2]);
    // without the client nobody is denied: that it is not there is known with the old files
    assert_eq!(told((GATE, &deny), (GATE, &more), INFER), [OPEN, "same"]);
    for (from, to) in [
        ("user: sub", "user: email"),
        ("groups: groups", "groups: roles"),
    ] {
        let gate = GATE.replace(from, to);
        let more = format!("{rules}    - who: {{ users: [zed] }}\n");
        let [_, known] = told((GATE, &rules), (&gate, &more), INFER);
        assert_eq!(known, claims, "{to}");
    }
}

#[test]
fn tokens_that_may_be_refused() {
    let rules = with("  allow:\n    - who: { users: [ann] }\n");
    let more = format!("{rules}    - who: {{ users: [zed] }}\n");
    let known = |from: &str, to: &str| {
        let gate = GATE.replace(from, to);
        let [_, known] = told((GATE, &rules), (&gate, &more), INFER);
        known
    };
    let refused = "tokens of `corp` that were accepted may be refused now";
    assert_eq!(known("[ml-models]", "[others]"), refused);
    assert_eq!(known("[ml-models]", "[others, ml-models]"), "same");
    let audiences = "audiences: [ml-models]\n";
    let required = format!("{audiences}      requiredClaims: [{{ claim: tenant }}]\n");
    assert_eq!(known(audiences, &required), refused);
    let body = known("spec:\n", "spec:\n  body: { mode: hold, limit: 1Ki }\n");
    assert_eq!(body, "`body` of the gate may refuse now what was accepted");
}

#[test]
fn a_service_account_may_have_a_slash_in_its_name() {
    let rules = with("  allow:\n    - who: { groups: [analysts] }\n");
    let deny = format!("{rules}  deny:\n    - who: {{ groups: [analysts] }}\n");
    let sent = Sent {
        subject: Some(("api://team/app", false)),
        groups: &["analysts"],
        ..INFER
    };
    assert_eq!(told((GATE, &rules), (GATE, &deny), sent), ["denied"; 2]);
    let more = format!("{rules}    - who: {{ users: [zed] }}\n");
    assert_eq!(told((GATE, &rules), (GATE, &more), sent), [OPEN, "same"]);
}

/// Each of the rules may be missed by the one group or by the other: all ways together are 2 to the power of their number.
#[test]
fn many_rules_of_two_groups_each() {
    let rule = |number| {
        format!("    - who: {{ groups: [g{number}], all: [{{ groups: [t{number}] }}] }}\n")
    };
    let rules = FILE.to_owned() + "  allow:\n" + &(0..60).map(rule).collect::<String>();
    let more = format!("{rules}    - who: {{ users: [zed] }}\n");
    let bob = Sent {
        subject: Some(("bob", true)),
        groups: &["x"],
        ..INFER
    };
    assert_eq!(told((GATE, &rules), (GATE, &more), bob), [OPEN, "same"]);
    // edited, they are other rules, which still match nobody new
    let edited = rules.replace("}] }\n", "}] }\n      when: context.hour >= 6\n");
    assert_eq!(told((GATE, &rules), (GATE, &edited), bob), [OPEN, "same"]);
    let [_, known] = told((GATE, &rules), (GATE, &rules.replace("t7]", "u7]")), bob);
    assert_eq!(known, "perhaps");
}
