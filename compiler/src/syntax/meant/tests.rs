use super::*;

const ACCESS: &str = "apiVersion: modelgate.dev/v1alpha1\nkind: ModelAccess\nmetadata: { namespace: a, name: b }\nspec: { models: [], \
                      deny: [{ who: { groups: [c] } }] }\n";
const DEPLOYMENT: &str =
    "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n    name: \u{e9}\nspec: { replicas: 1 }\n";

fn whole(text: &str) -> Meant {
    of(text.as_bytes())
}

#[test]
fn what_others_read_is_not_meant() {
    for text in [
        DEPLOYMENT,
        "# a chart\napiVersion: v2\nname: chart\nversion: 1.0.0\n",
        "replicas: 1\nimage: registry.example.com/modelgate:1\n",
        "services: { web: { image: nginx } }\n",
        "apiVersion: 1\ndatasources: []\n",
        "- name: a playbook\n  hosts: all\n",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nrules: []\n",
        "apiVersion: v1\nkind: List\nitems:\n  - { apiVersion: v1, kind: Service }\n",
        "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nspec: { action: DENY, rules: [{ from: [] }] }\n",
        "{}\n",
    ] {
        assert_eq!(whole(text), Meant::Nothing, "{text}");
    }
}

/// Texts of a rule that denies, and slips in their place.
const SLIPS: &[(&str, &str)] = &[
    ("", ""),
    ("modelgate.dev/v1alpha1", "modelgate.dev/v1"),
    ("modelgate.dev", "modelgate.io"),
    ("modelgate.dev", "modlegate.dev"),
    ("modelgate.dev/v1alpha1", "v1"),
    ("modelgate.dev/v1alpha1", "1"),
    ("modelgate.dev/v1alpha1", ""),
    ("apiVersion: modelgate.dev/v1alpha1\n", ""),
    (
        "apiVersion: modelgate.dev/v1alpha1\n",
        "apiVersion: apps/v1\n",
    ),
    ("apiVersion", "apiversion"),
    ("ModelAccess", "ModelAcces"),
    ("ModelAccess", "modelaccess"),
    ("ModelAccess", ""),
    ("ModelAccess", "[ModelAccess]"),
    ("kind: ModelAccess\n", ""),
    ("kind", "Kind"),
    (
        "apiVersion: modelgate.dev/v1alpha1\nkind: ModelAccess\n",
        "",
    ),
    (
        "apiVersion: modelgate.dev/v1alpha1\nkind: ModelAccess\n",
        "apiVersion: v1\nkind: Access\n",
    ),
    (
        "apiVersion: modelgate.dev/v1alpha1\nkind: ModelAccess\n",
        "apiVersion: v1\nkind: List\nitems:\n  - apiVersion: modelgate.dev/v1alpha1\n    kind: ModelAccess\n",
    ),
    ("spec:", "spec"),
    ("spec:", "\tspec:"),
    ("spec:", "spec: !tag"),
    (ACCESS, ""),
    (ACCESS, "# modelgate\n"),
    (ACCESS, "modelgate\n"),
    (ACCESS, "kind: 7\n"),
    (
        ACCESS,
        "version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 7\n",
    ),
    (
        ACCESS,
        "apiVersion: ENC[AES256_GCM,data:x]\nkind: ENC[AES256_GCM,data:y]\n",
    ),
    (ACCESS, "spec: { models: [] }\n"),
    (ACCESS, "apiVersion: v2\nspec: { tests: [] }\n"),
    (
        ACCESS,
        "[{ apiVersion: modelgate.io/v1, kind: ModelAccess }]\n",
    ),
];

#[test]
fn what_could_be_meant_is() {
    for (right, wrong) in SLIPS {
        let text = ACCESS.replacen(right, wrong, 1);
        assert_eq!(whole(&text), Meant::All, "{text}");
        // alone in quotes, too
        let quoted = text.replace(
            "apiVersion: modelgate.dev/v1alpha1",
            "apiVersion: 'modelgate.dev/v1alpha1'",
        );
        assert_eq!(whole(&quoted), Meant::All, "{quoted}");
    }
}

#[test]
fn what_cannot_be_read_is_meant_where_it_mentions_us() {
    let utf16 = |text: &str| {
        let units = text.encode_utf16().flat_map(u16::to_le_bytes);
        [0xff, 0xfe].into_iter().chain(units).collect::<Vec<u8>>()
    };
    assert_eq!(of(&utf16(ACCESS)), Meant::All);
    assert_eq!(of(&utf16(DEPLOYMENT)), Meant::Unreadable);
    let long = "#".repeat(text::LARGEST);
    assert_eq!(whole(&format!("{ACCESS}{long}")), Meant::All);
    assert_eq!(whole(&long.repeat(2)), Meant::Unreadable);
    assert_eq!(
        whole("{{ if .Values.x }}\na: 1\n{{ end }}\n"),
        Meant::Unreadable
    );
    assert_eq!(whole("bucket: !Ref Bucket\n"), Meant::Unreadable);
}

#[test]
fn documents_of_others_beside_ours_are_blank() {
    let part = |text: &str| match whole(text) {
        Meant::But { others, bytes } => {
            assert_eq!(bytes.len(), text.len());
            (others, String::from_utf8(bytes).unwrap())
        }
        meant => panic!("{meant:?}: {text}"),
    };
    for (before, between, after) in [
        ("", "---\n", ""),
        ("---\n", "--- # next\n", "...\n"),
        ("# who\n---\n", "...\n---\n", "---\n"),
        ("", "...\n", ""),
    ] {
        let (others, left) = part(&format!("{before}{DEPLOYMENT}{between}{ACCESS}{after}"));
        assert_eq!(others, 1);
        assert!(
            left.contains(ACCESS) && !left.contains("Deployment"),
            "{left}"
        );
        let (others, left) = part(&format!("{before}{ACCESS}{between}{DEPLOYMENT}{after}"));
        assert_eq!(others, 1);
        assert!(
            left.contains(ACCESS) && !left.contains("Deployment"),
            "{left}"
        );
        assert_eq!(
            left.lines().count(),
            format!("{before}{ACCESS}{between}{DEPLOYMENT}{after}")
                .lines()
                .count()
        );
    }
    // beside ours it is rather a part that came off
    assert_eq!(whole(&format!("{ACCESS}---\nallow: []\n")), Meant::All);
    // and what is broken is told
    assert_eq!(whole(&format!("{ACCESS}---\na: {{\n")), Meant::All);
    // a text that looks like the border of documents is none
    let text = format!("{ACCESS}  # ---\n");
    assert_eq!(whole(&text), Meant::All);
}

/// The kinds' own fields, so that none of them is named that there is not.
#[test]
fn the_fields_are_those_of_the_kinds() {
    let schemas = KINDS.map(|kind| crate::syntax::schema(kind, &|_| None).unwrap().to_string());
    for name in FIELDS {
        let field = format!("\"{name}\"");
        assert!(
            schemas.iter().any(|schema| schema.contains(&field)),
            "{name}"
        );
    }
}
