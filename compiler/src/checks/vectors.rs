//! A small valid gate and access file, and the codes that a change to them brings up.

use crate::source::Source;

/// A valid gate: issuer `corp`, namespaces `fraud` (seldon) and `risk` (open-inference).
pub const GATE: &str = "\
apiVersion: modelgate.dev/v1alpha1
kind: ModelGate
metadata: { name: default }
spec:
  issuers:
    - name: corp
      issuer: https://id.example.com
      audiences: [ml-models]
      jwksUri: https://id.example.com/certs
  namespaces:
    - name: fraud
      hosts: [fraud.example.com]
      backends: [{ service: detector, api: seldon }]
    - name: risk
      hosts: [risk.example.com]
      backends: [{ service: score, api: open-inference }]
  install:
    - name: edge
      gateway: { namespace: istio-system, labels: { istio: ingressgateway } }
";

/// A valid access file of `risk`.
pub const ACCESS: &str = "\
apiVersion: modelgate.dev/v1alpha1
kind: ModelAccess
metadata: { namespace: risk, name: models }
spec:
  models:
    - { name: churn-*, api: open-inference }
  allow:
    - who: { groups: [analysts] }
";

/// Codes that the gate with `old` replaced by `new`, beside the valid access file, brings up.
pub fn gate_with(old: &str, new: &str) -> Vec<&'static str> {
    assert!(GATE.contains(old), "`{old}` is not in the gate");
    codes(&[
        ("gate.yaml", &GATE.replace(old, new)),
        ("risk.yaml", ACCESS),
    ])
}

/// Codes that the access file with `old` replaced by `new`, beside the valid gate, brings up.
pub fn access_with(old: &str, new: &str) -> Vec<&'static str> {
    assert!(ACCESS.contains(old), "`{old}` is not in the access file");
    codes(&[
        ("gate.yaml", GATE),
        ("risk.yaml", &ACCESS.replace(old, new)),
    ])
}

/// Codes that these files bring up.
pub fn codes(files: &[(&str, &str)]) -> Vec<&'static str> {
    let source = |(name, text): &(&str, &str)| Source {
        name: (*name).into(),
        bytes: text.as_bytes().to_vec(),
    };
    let sources: Vec<Source> = files.iter().map(source).collect();
    let (loaded, diagnostics) = crate::load(&sources);
    assert_eq!(
        loaded.is_some(),
        !diagnostics
            .iter()
            .any(crate::diagnostic::Diagnostic::is_error)
    );
    diagnostics
        .iter()
        .map(|diagnostic| diagnostic.code)
        .collect()
}

#[test]
fn the_vectors_are_valid() {
    assert!(codes(&[("gate.yaml", GATE), ("risk.yaml", ACCESS)]).is_empty());
}
