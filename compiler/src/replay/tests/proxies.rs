//! Changes of what proxies make of a request before any rule is asked, and of what an event does not say of it.

use policies::audit::AuditEvent;
use policies::engine::Engine;
use policies::guard::Guard;
use policies::offline::{self, Asserted};
use policies::principal::{Claims, Subject};
use policies::time::UnixTime;

use crate::analysis::Side;
use crate::cases::DEFAULT_TIME;
use crate::lower;
use crate::policy::Policy;
use crate::source::Source;

use super::one;

pub(super) const GATE: &str = "apiVersion: modelgate.dev/v1alpha1
kind: ModelGate
metadata: { name: default }
spec:
  issuers:
    - name: corp
      issuer: https://id.example.com
      audiences: [ml-models]
      jwksUri: https://id.example.com/certs
      claims: { user: sub, groups: groups, serviceAccount: azp }
  conditions: { headers: [x-purpose] }
  namespaces:
    - name: risk
      hosts: [risk.example.com]
      backends: [{ service: score, api: open-inference }]
  install:
    - name: edge
      gateway: { namespace: istio-system, labels: { istio: ingressgateway } }
";
pub(super) const FILE: &str = "apiVersion: modelgate.dev/v1alpha1
kind: ModelAccess
metadata: { namespace: risk, name: models }
spec:
  models:
    - { name: churn, api: open-inference }
    - { name: open-*, api: open-inference }
";
const ANN: &str = "  allow:\n    - who: { groups: [analysts], users: [ann] }\n";
const CHECKOUT: &str = "spiffe://cluster.local/ns/pay/sa/checkout";

pub(super) const OPEN: &str =
    "groups, attributes or versions decide it that the event does not hold";

/// A request.
#[derive(Clone, Copy)]
pub(super) struct Sent<'a> {
    pub(super) subject: Option<(&'a str, bool)>,
    pub(super) groups: &'a [&'a str],
    pub(super) client: Option<&'a str>,
    pub(super) peer: Option<&'a str>,
    pub(super) path: &'a str,
    pub(super) body: &'a [u8],
    pub(super) kind: &'a str,
    pub(super) header: Option<(&'a str, &'a str)>,
}

pub(super) const INFER: Sent<'_> = Sent {
    subject: Some(("ann", true)),
    groups: &[],
    client: None,
    peer: None,
    path: "/v2/models/churn/infer",
    body: b"{}",
    kind: "application/json",
    header: None,
};

fn policy(gate: &str, files: &str) -> Policy {
    let files = [("gate.yaml", gate), ("access.yaml", files)];
    let sources = files.map(|(name, text)| Source {
        name: name.into(),
        bytes: text.as_bytes().to_vec(),
    });
    let (loaded, found) = crate::load(&sources);
    loaded.unwrap_or_else(|| panic!("{found:?}")).policy
}

/// What the machine says at the first install target.
fn judged(side: &Side<'_>, sent: Sent<'_>) -> AuditEvent {
    let install = &side.policy.gate.installs[0];
    let bundle = lower::bundle(&side.table, side.policy, install);
    let text = serde_json::to_vec(&bundle).unwrap();
    let mut guard = Guard::new(Engine::load(&text).unwrap());
    let field = |name: &str, value: &str| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
    let mut fields = vec![
        field(":method", "POST"),
        field(":authority", "risk.example.com"),
        field(":path", sent.path),
        field("content-type", sent.kind),
        field("te", "trailers"),
    ];
    fields.extend(sent.header.map(|(name, value)| field(name, value)));
    if let Some((name, is_user)) = sent.subject {
        let issuer = &bundle.issuers[0];
        let subject = match is_user {
            true => Subject::User(name.into()),
            false => Subject::ServiceAccount(name.into()),
        };
        let keys = Asserted::keys(issuer).unwrap();
        guard.install_keys(0, &keys, DEFAULT_TIME).unwrap();
        let asserted = Asserted {
            subject: &subject,
            groups: &sent
                .groups
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>(),
            client: sent.client,
            claims: &Claims::new(),
        };
        let token = asserted.token(issuer, DEFAULT_TIME);
        fields.push(field("authorization", &format!("Bearer {token}")));
    }
    let request = offline::Request {
        fields,
        body: Some(sent.body.to_vec()),
        peer: sent.peer.map(|peer| peer.as_bytes().to_vec()),
        address: Some(b"10.0.0.1:4000".to_vec()),
        trailers: false,
    };
    let now: UnixTime = DEFAULT_TIME;
    offline::judge(&mut guard, request, now, &mut |_| true).event
}

/// What replay tells of the request, without the old files and with them: never what the machine does not say.
pub(super) fn told(old: (&str, &str), new: (&str, &str), sent: Sent<'_>) -> [String; 2] {
    let policies = [old, new].map(|(gate, files)| policy(gate, files));
    let [old, new] = [0, 1].map(|side: usize| Side::new(&policies[side]).unwrap());
    let [before, after] = [&old, &new].map(|side| judged(side, sent));
    let changed = before.verdict != after.verdict;
    [None, Some(&old)].map(|old| {
        let report = one(&new, old, &before.to_line());
        assert!(report.same == 0 || !changed, "{report:#?}\n{after:#?}");
        let sure = report.allowed() + report.denied();
        assert!(sure == 0 || changed, "{report:#?}\n{after:#?}");
        match report.left.first_key_value() {
            Some((why, _)) => why.to_string(),
            None if report.same == 1 => "same".into(),
            None if report.perhaps() == 1 => "perhaps".into(),
            None if report.allowed() == 1 => "allowed".into(),
            None => "denied".into(),
        }
    })
}

pub(super) fn with(rules: &str) -> String {
    format!("{FILE}{rules}")
}

#[test]
fn a_workload_that_no_rule_names_any_more() {
    let open = with("  allow:\n    - who: { everyone: true }\n");
    let named = format!("{open}    - who: {{ serviceAccounts: [pay/checkout] }}\n");
    let sent = Sent {
        subject: None,
        peer: Some(CHECKOUT),
        ..INFER
    };
    assert_eq!(told((GATE, &named), (GATE, &open), sent), ["denied"; 2]);
    let other = GATE.replace("spec:\n", "spec:\n  trustDomain: prod.example\n");
    assert_eq!(told((GATE, &named), (&other, &named), sent), ["denied"; 2]);
    let more = format!("{named}    - who: {{ users: [zed] }}\n");
    assert_eq!(told((GATE, &named), (GATE, &more), sent), ["same"; 2]);
    // what is for everyone was not for it either
    let less = named.replace("checkout] }", "checkout] }\n      can: [metadata]");
    assert_eq!(told((GATE, &less), (GATE, &open), sent), ["same"; 2]);
}

#[test]
fn a_peer_of_another_trust_domain_is_nobody() {
    let through = |user: &str| {
        with(&format!(
            "  allow:\n    - who: {{ users: [{user}], through: [pay/checkout] }}\n"
        ))
    };
    for peer in [
        "spiffe://other.example/ns/pay/sa/checkout",
        "spiffe://cluster.local/cluster/eu/ns/pay/sa/checkout",
    ] {
        let sent = Sent {
            peer: Some(peer),
            ..INFER
        };
        let (old, new) = (through("zed"), through("ann"));
        assert_eq!(told((GATE, &old), (GATE, &new), sent), ["same"; 2]);
    }
}

#[test]
fn other_spellings_of_a_name_are_refused() {
    let gate = GATE.replace("open-inference", "openai");
    let file = |names: &[&str], rules: &str| {
        let head = FILE.split_once("    - {").unwrap().0;
        let names = names.iter();
        let names = names.map(|name| format!("    - {{ name: {name}, api: openai }}\n"));
        format!("{head}{}{ANN}{rules}", names.collect::<String>())
    };
    let sent = Sent {
        path: "/v1/chat/completions",
        body: b"{\"model\":\"llama3:latest\",\"messages\":[]}",
        ..INFER
    };
    let open = file(&["llam*"], "");
    let both = file(&["llam*", "llama3"], "");
    let more = file(&["llam*", "llama3"], "    - who: { users: [zed] }\n");
    assert_eq!(told((&gate, &open), (&gate, &both), sent), ["denied"; 2]);
    assert_eq!(told((&gate, &both), (&gate, &more), sent), ["same"; 2]);
    assert_eq!(told((&gate, &both), (&gate, &open), sent), ["allowed"; 2]);
}

#[test]
fn versions_that_nobody_asked_for_then() {
    let asks = with(ANN) + "    - who: { users: [zed] }\n      versions: [\"3\"]\n";
    let asks_more = format!("{asks}    - who: {{ users: [eve] }}\n");
    let of = |path| Sent { path, ..INFER };
    let odd = of("/v2/models/churn/versions/03/infer");
    assert_eq!(told((GATE, &with(ANN)), (GATE, &asks), odd), ["denied"; 2]);
    let queried = of("/v2/models/churn/infer?version=4");
    for sent in [INFER, queried, of("/v2/models/churn/versions/3/infer")] {
        let told = told((GATE, &with(ANN)), (GATE, &asks), sent);
        assert!(
            told.iter()
                .all(|why| why.contains("rules ask for versions now")),
            "{told:?}"
        );
    }
    // with the old files it is known that they were asked for
    let [without, known] = told((GATE, &asks), (GATE, &asks_more), INFER);
    assert!(without.contains("rules ask for versions now"), "{without}");
    assert_eq!(known, "same");
}

#[test]
fn header_fields_that_nobody_asked_for_then() {
    let asks = "    - who: { users: [zed] }\n      when: context.headers has \"x-purpose\"\n";
    let asks = with(ANN) + asks;
    let odd = Sent {
        header: Some(("X_Purpose", "a")),
        ..INFER
    };
    for sent in [INFER, odd] {
        let told = told((GATE, &with(ANN)), (GATE, &asks), sent);
        assert!(
            told.iter().all(|why| why.contains("field `x-purpose` now")),
            "{told:?}"
        );
    }
    let denied = Sent {
        subject: Some(("zoe", true)),
        ..INFER
    };
    let open = asks.replace("[ann]", "[ann, zoe]");
    assert_eq!(
        told((GATE, &with(ANN)), (GATE, &open), denied),
        ["perhaps"; 2]
    );
}

#[test]
fn a_host_that_leads_elsewhere() {
    let moved = GATE.replace("risk.example.com", "other.example.com")
        .replace("  install:", "    - name: fresh\n      hosts: [risk.example.com]\n      backends: [{ service: score, api: open-inference }]\n  install:");
    let fresh = FILE.replace("namespace: risk", "namespace: fresh");
    let open = format!(
        "{}---\n{fresh}  allow:\n    - who: {{ everyone: true }}\n",
        with(ANN)
    );
    let zoe = Sent {
        subject: Some(("zoe", true)),
        ..INFER
    };
    let old = with("  allow:\n    - who: { users: [ann] }\n");
    assert_eq!(told((GATE, &old), (&moved, &open), zoe), ["allowed"; 2]);
    assert_eq!(told((GATE, &old), (&moved, &open), INFER), ["same"; 2]);
    let closed = open.replace("everyone: true", "users: [zed]");
    assert_eq!(told((GATE, &old), (&moved, &closed), INFER), ["denied"; 2]);
    // another protocol may read the same path, and another body
    let [gate, file] = [GATE, &open].map(|text| text.replace("open-inference", "triton"));
    for sent in [zoe, INFER] {
        let told = told(
            (GATE, &old),
            (
                &gate,
                &file.replace("fresh", "risk").replace("---\n", "").replacen(
                    &with(ANN).replace("open-inference", "triton"),
                    "",
                    1,
                ),
            ),
            sent,
        );
        assert!(
            told.iter().all(|why| why.contains("leads elsewhere now")),
            "{told:?}"
        );
    }
    // nothing leads there at all
    let gone = GATE.replace("risk.example.com", "other.example.com");
    assert_eq!(told((GATE, &old), (&gone, &old), INFER), ["denied"; 2]);
    assert_eq!(told((GATE, &old), (&gone, &old), zoe), ["same"; 2]);
}

/// Messages of a gRPC stream, each with a model and a version.
fn messages(named: &[(&str, &str)]) -> Vec<u8> {
    let length = |text: &str| u8::try_from(text.len()).unwrap();
    let mut body = Vec::new();
    for (model, version) in named {
        let mut message = vec![0x0a, length(model)];
        message.extend(model.bytes());
        if !version.is_empty() {
            message.extend([0x12, length(version)]);
            message.extend(version.bytes());
        }
        body.extend([0, 0, 0, 0, u8::try_from(message.len()).unwrap()]);
        body.extend(message);
    }
    body
}

#[test]
fn each_model_of_a_request_has_its_own_version() {
    let gate = GATE.replace("open-inference", "triton");
    let file = FILE.replace("open-inference", "triton");
    let rule = |model: &str, version: &str| {
        format!(
            "    - who: {{ users: [ann] }}\n      models: [{model}]\n      versions: [\"{version}\"]\n"
        )
    };
    let rules = |open: &str| {
        format!(
            "{file}  allow:\n{}{}",
            rule("churn", "3"),
            rule("open-a", open)
        )
    };
    let (four, five) = (rules("4"), rules("5"));
    let same = format!("{four}    - who: {{ users: [zed] }}\n");
    for (named, expected) in [
        (&[("churn", "3"), ("open-a", "4")][..], [OPEN, "perhaps"]),
        (&[("churn", "3"), ("open-a", "5")], [OPEN, "perhaps"]),
        (&[("churn", "3"), ("churn", "3")], [OPEN, "perhaps"]),
        (&[("churn", "4"), ("open-a", "4")], ["same", "same"]),
    ] {
        let body = messages(named);
        let sent = Sent {
            path: "/inference.GRPCInferenceService/ModelStreamInfer",
            body: &body,
            kind: "application/grpc",
            ..INFER
        };
        let unchanged = told((&gate, &four), (&gate, &same), sent);
        assert!(!unchanged.contains(&"denied".into()), "{unchanged:?}");
        assert_eq!(
            told((&gate, &four), (&gate, &five), sent),
            expected,
            "{named:?}"
        );
    }
}
