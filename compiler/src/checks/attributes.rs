//! MG0217: an attribute has one type. A condition does not know whose token it is about.

use std::collections::BTreeMap;

use policies::bundle::ClaimKind;

use crate::diagnostic::Diagnostic;
use crate::syntax::issuer::Attribute;

use super::Scope;

/// `issuers[].claims.attributes`.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    let issuers = scope.gate.issuers.iter();
    let attributes = issuers.flat_map(|issuer| &issuer.claims.attributes);
    let mut seen: BTreeMap<&str, &Attribute> = BTreeMap::new();
    for attribute in attributes {
        let first = *seen.entry(&attribute.name.value).or_insert(attribute);
        if is_set(first.kind) != is_set(attribute.kind)
            || (!is_set(first.kind) && first.kind != attribute.kind)
        {
            let name = &attribute.name;
            let message = format!("`{}` has another type at another issuer", name.value);
            let help = format!(
                "the first is on line {}; give both the same type, or another name",
                first.name.span.line
            );
            found.push(Diagnostic::error("MG0217", name.span, message).with_help(help));
        }
    }
}

/// How a test writes a value of this type.
pub(super) const fn example(kind: ClaimKind) -> &'static str {
    match kind {
        ClaimKind::Text => "a text",
        ClaimKind::Number => "a whole number",
        ClaimKind::Boolean => "`true` or `false`",
        ClaimKind::List | ClaimKind::Words => "a list of texts, like `[otp]`",
    }
}

/// A list and words are the same to a condition.
const fn is_set(kind: ClaimKind) -> bool {
    matches!(kind, ClaimKind::List | ClaimKind::Words)
}

#[cfg(test)]
mod tests {
    use crate::checks::vectors::gate_with;

    fn attributes(text: &str) -> Vec<&'static str> {
        let line = format!("audiences: [ml-models]\n      claims: {{ attributes: {text} }}");
        gate_with("audiences: [ml-models]", &line)
    }

    #[test]
    fn attributes_are_named_and_typed() {
        let one = "{ mfa: { claim: amr, type: list }, level: { claim: [https://a.io/x, l], type: number } }";
        assert_eq!(attributes(one), [""; 0]);
        for name in ["Mfa", "1a", "a-b", "in", "\"a b\"", &"a".repeat(65)] {
            let text = format!("{{ {name}: {{ claim: amr, type: list }} }}");
            assert_eq!(attributes(&text), ["MG0114"], "{name}");
        }
        assert_eq!(attributes("{ a: { claim: amr, type: set } }"), ["MG0108"]);
        assert_eq!(attributes("{ a: { type: list } }"), ["MG0103"]);
        assert_eq!(attributes("{ a: { claim: a..b, type: list } }"), ["MG0102"]);
        let many: Vec<String> = (0..33)
            .map(|number| format!("a{number}: {{ claim: amr, type: list }}"))
            .collect();
        let many = format!("{{ {} }}", many.join(", "));
        assert_eq!(attributes(&many), ["MG0114"]);
    }

    #[test]
    fn an_attribute_has_one_type() {
        let with = |kind: &str| {
            let other = format!(
                "    - name: other\n      issuer: https://b.example.com\n      audiences: [a]\n      \
                 claims: {{ attributes: {{ mfa: {{ claim: amr, type: {kind} }} }} }}\n  defaultIssuer: corp\n  namespaces:"
            );
            let gate = crate::checks::vectors::GATE
                .replace("audiences: [ml-models]", "audiences: [ml-models]\n      claims: { attributes: { mfa: { claim: amr, type: list } } }")
                .replace("  namespaces:", &other);
            crate::checks::vectors::codes(&[
                ("gate.yaml", &gate),
                ("risk.yaml", crate::checks::vectors::ACCESS),
            ])
        };
        assert_eq!(with("words"), [""; 0]);
        assert_eq!(with("text"), ["MG0217"]);
    }
}
