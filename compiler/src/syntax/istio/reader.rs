//! Nodes of Istio's policies: what does not fit is reported.

use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::node::{Kind, Node};
use crate::syntax::plain::{Plain, classify};
use crate::syntax::problems::Problems;
use crate::syntax::{Text, suggest};

use super::{
    Action, AuthorizationPolicy, Condition, Group, JwtRule, RequestAuthentication, Resources, Rule,
    Target,
};

const GROUP: &str = "security.istio.io/";
const SOURCE: [&str; 14] = [
    "principals",
    "notPrincipals",
    "requestPrincipals",
    "notRequestPrincipals",
    "namespaces",
    "notNamespaces",
    "serviceAccounts",
    "notServiceAccounts",
    "ipBlocks",
    "notIpBlocks",
    "remoteIpBlocks",
    "notRemoteIpBlocks",
    "trustDomains",
    "notTrustDomains",
];
const OPERATION: [&str; 8] = [
    "hosts",
    "notHosts",
    "ports",
    "notPorts",
    "methods",
    "notMethods",
    "paths",
    "notPaths",
];
const JWT: [&str; 12] = [
    "issuer",
    "audiences",
    "jwksUri",
    "jwks",
    "fromHeaders",
    "fromParams",
    "fromCookies",
    "outputPayloadToHeader",
    "outputClaimToHeaders",
    "forwardOriginalToken",
    "timeout",
    "spaceDelimitedClaims",
];

/// Reads nodes; what does not fit is reported, and `None`.
pub(super) struct Reader<'a> {
    pub(super) problems: &'a Problems,
    /// of resources that say none
    pub(super) namespace: Option<&'a str>,
}

type Entry = (Text, Node);

impl Reader<'_> {
    pub(super) fn document(&self, node: &Node, resources: &mut Resources) {
        let Some(entries) = self.map(node, "the document") else {
            return;
        };
        let text = |name| find(entries, name).and_then(|node| self.text(node, name));
        let (version, kind) = (text("apiVersion"), text("kind"));
        let (Some(version), Some(kind)) = (version, kind) else {
            let message = "a resource says its `apiVersion` and its `kind`";
            self.refuse::<()>(node.span, message);
            return;
        };
        if kind.value == "List" || kind.value.ends_with("PolicyList") {
            let items = find(entries, "items").and_then(|items| self.list(items, "items"));
            items
                .into_iter()
                .flatten()
                .for_each(|item| self.document(item, resources));
            return;
        }
        let known = ["AuthorizationPolicy", "RequestAuthentication"].contains(&kind.value.as_str());
        let Some(number) = version.value.strip_prefix(GROUP).filter(|_| known) else {
            resources.others += 1;
            return;
        };
        if !["v1", "v1beta1"].contains(&number) {
            let message = format!("unknown apiVersion `{}`", version.value);
            self.refuse::<()>(version.span, &message);
            return;
        }
        match kind.value.as_str() {
            "AuthorizationPolicy" => resources.policies.extend(self.policy(node.span, entries)),
            _ => resources
                .authentications
                .extend(self.authentication(node.span, entries)),
        }
    }

    fn policy(&self, span: Span, entries: &[Entry]) -> Option<AuthorizationPolicy> {
        let spec = self.spec(
            entries,
            &[
                "selector",
                "targetRefs",
                "targetRef",
                "action",
                "rules",
                "provider",
            ],
        )?;
        let word = find(spec, "action").and_then(|node| self.text(node, "action"));
        let action = match word.as_ref().map_or("ALLOW", |word| &word.value) {
            "ALLOW" => Action::Allow,
            "DENY" => Action::Deny,
            "AUDIT" => Action::Audit,
            "CUSTOM" => Action::Custom,
            other => {
                let message = format!("unknown action `{other}`");
                return self.refuse(word.map_or(span, |word| word.span), &message);
            }
        };
        let target = self.target(span, entries, spec)?;
        let rules = find(spec, "rules").map(|node| self.list(node, "rules"));
        let rules = match rules {
            Some(rules) => rules?
                .iter()
                .map(|rule| self.rule(rule))
                .collect::<Option<_>>()?,
            None => Vec::new(),
        };
        Some(AuthorizationPolicy {
            action_span: word.map_or(target.span, |word| word.span),
            target,
            action,
            dry_run: self.dry_run(entries),
            rules,
        })
    }

    fn dry_run(&self, entries: &[Entry]) -> bool {
        let annotations = find(entries, "metadata")
            .and_then(as_map)
            .and_then(|metadata| find(metadata, "annotations"))
            .and_then(as_map);
        let value = annotations.and_then(|annotations| find(annotations, "istio.io/dry-run"));
        let value = value.and_then(|node| self.text(node, "istio.io/dry-run"));
        let yes = ["1", "t", "T", "TRUE", "true", "True"];
        value.is_some_and(|value| yes.contains(&value.value.as_str()))
    }

    fn authentication(&self, span: Span, entries: &[Entry]) -> Option<RequestAuthentication> {
        let spec = self.spec(
            entries,
            &["selector", "targetRefs", "targetRef", "jwtRules"],
        )?;
        let target = self.target(span, entries, spec)?;
        let rules = match find(spec, "jwtRules") {
            Some(node) => self.list(node, "jwtRules")?,
            None => &[],
        };
        let rules = rules.iter().map(|rule| self.jwt_rule(rule));
        Some(RequestAuthentication {
            target,
            rules: rules.collect::<Option<_>>()?,
        })
    }

    fn jwt_rule(&self, node: &Node) -> Option<JwtRule> {
        let entries = self.known(node, "a JWT rule", &JWT)?;
        let text = |name| find(entries, name).map(|node| self.text(node, name));
        let Some(issuer) = text("issuer") else {
            return self.refuse(node.span, "a JWT rule needs the field `issuer`");
        };
        let audiences = find(entries, "audiences").map(|node| self.texts(node, "audiences"));
        let own = ["issuer", "audiences", "jwksUri", "jwks"];
        let others = entries.iter().map(|(name, _)| name);
        let forwards = text("forwardOriginalToken").flatten();
        Some(JwtRule {
            forwards: forwards.is_some_and(|forwards| forwards.value == "true"),
            issuer: issuer?,
            audiences: audiences.unwrap_or(Some(Vec::new()))?,
            jwks_uri: text("jwksUri").flatten(),
            jwks: text("jwks").flatten(),
            others: others
                .filter(|name| !own.contains(&name.value.as_str()))
                .cloned()
                .collect(),
        })
    }

    /// The entries of `spec`; none where there is none.
    fn spec<'n>(&self, entries: &'n [Entry], known: &[&str]) -> Option<&'n [Entry]> {
        match find(entries, "spec") {
            Some(spec) => self.known(spec, "`spec`", known),
            None => Some(&[]),
        }
    }

    fn target(&self, span: Span, entries: &[Entry], spec: &[Entry]) -> Option<Target> {
        let metadata = find(entries, "metadata")
            .and_then(as_map)
            .unwrap_or_default();
        let text = |name| find(metadata, name).and_then(|node| self.text(node, name));
        let namespace = text("namespace").map(|namespace| namespace.value);
        let Some(namespace) = namespace.or_else(|| self.namespace.map(str::to_owned)) else {
            let message =
                "the resource says no namespace: write `metadata.namespace`, or `--namespace NAME`";
            return self.refuse(span, message);
        };
        let name = text("name");
        let labels = match find(spec, "selector") {
            Some(selector) => {
                let selector = self.known(selector, "`selector`", &["matchLabels"])?;
                let labels =
                    find(selector, "matchLabels").map(|node| self.map(node, "`matchLabels`"));
                let labels = labels.unwrap_or(Some(&[]))?.iter();
                labels
                    .map(|(name, node)| Some((name.clone(), self.text(node, &name.value)?)))
                    .collect::<Option<_>>()?
            }
            None => Vec::new(),
        };
        let single = find(spec, "targetRef").map(std::slice::from_ref);
        let several = find(spec, "targetRefs").map(|node| self.list(node, "targetRefs"));
        let refs = single
            .into_iter()
            .flatten()
            .chain(several.unwrap_or(Some(&[]))?);
        let refs = refs
            .map(|node| self.reference(node))
            .collect::<Option<_>>()?;
        Some(Target {
            namespace,
            span: name.as_ref().map_or(span, |name| name.span),
            name: name.map(|name| name.value).unwrap_or_default(),
            labels,
            refs,
        })
    }

    fn reference(&self, node: &Node) -> Option<(Text, Text)> {
        let entries = self.known(node, "a target", &["group", "kind", "name", "namespace"])?;
        let text = |name| find(entries, name).and_then(|node| self.text(node, name));
        match (text("kind"), text("name")) {
            (Some(kind), Some(name)) => Some((kind, name)),
            _ => self.refuse(node.span, "a target says its `kind` and its `name`"),
        }
    }

    fn rule(&self, node: &Node) -> Option<Rule> {
        let entries = self.known(node, "a rule", &["from", "to", "when"])?;
        let groups = |list: &str, inner: &str, known: &[&str]| match find(entries, list) {
            Some(items) => {
                let items = self.list(items, list)?.iter();
                items.map(|item| self.group(item, inner, known)).collect()
            }
            None => Some(Vec::new()),
        };
        let when = match find(entries, "when") {
            Some(items) => self.list(items, "when")?,
            None => &[],
        };
        Some(Rule {
            span: node.span,
            from: groups("from", "source", &SOURCE)?,
            to: groups("to", "operation", &OPERATION)?,
            when: when
                .iter()
                .map(|item| self.condition(item))
                .collect::<Option<_>>()?,
        })
    }

    fn group(&self, item: &Node, inner: &str, known: &[&str]) -> Option<Group> {
        let entries = self.known(item, "an item", &[inner])?;
        let Some(node) = find(entries, inner) else {
            return Some(Group {
                span: item.span,
                fields: Vec::new(),
            });
        };
        let fields = self.known(node, &format!("`{inner}`"), known)?.iter();
        let field = |(name, node): &Entry| Some((name.clone(), self.texts(node, &name.value)?));
        Some(Group {
            span: node.span,
            fields: fields.map(field).collect::<Option<_>>()?,
        })
    }

    fn condition(&self, node: &Node) -> Option<Condition> {
        let entries = self.known(node, "a condition", &["key", "values", "notValues"])?;
        let texts = |name| match find(entries, name) {
            Some(node) => self.texts(node, name),
            None => Some(Vec::new()),
        };
        let Some(key) = find(entries, "key") else {
            return self.refuse(node.span, "a condition needs the field `key`");
        };
        Some(Condition {
            key: self.text(key, "key")?,
            values: texts("values")?,
            not_values: texts("notValues")?,
        })
    }

    fn known<'n>(&self, node: &'n Node, what: &str, known: &[&str]) -> Option<&'n [Entry]> {
        let entries = self.map(node, what)?;
        let mut all = true;
        for (name, _) in entries
            .iter()
            .filter(|(name, _)| !known.contains(&name.value.as_str()))
        {
            let message = format!("unknown field `{}` in {what}", name.value);
            let help = suggest::help(&name.value, known.iter().copied(), "the fields here are");
            let diagnostic = Diagnostic::error("MG0701", name.span, message).with_help(help);
            self.problems.report(diagnostic);
            all = false;
        }
        all.then_some(entries)
    }

    fn map<'n>(&self, node: &'n Node, what: &str) -> Option<&'n [Entry]> {
        as_map(node).or_else(|| self.refuse(node.span, &format!("{what} is no mapping")))
    }

    fn list<'n>(&self, node: &'n Node, what: &str) -> Option<&'n [Node]> {
        match &node.kind {
            Kind::List(items) => Some(items),
            _ => self.refuse(node.span, &format!("`{what}` is no list")),
        }
    }

    fn texts(&self, node: &Node, what: &str) -> Option<Vec<Text>> {
        let items = self.list(node, what)?.iter();
        items.map(|item| self.text(item, what)).collect()
    }

    fn text(&self, node: &Node, what: &str) -> Option<Text> {
        match &node.kind {
            Kind::Plain(value) | Kind::Quoted(value) => Some(Text {
                value: value.clone(),
                span: node.span,
            }),
            _ => self.refuse(node.span, &format!("`{what}` is no text")),
        }
    }

    fn refuse<T>(&self, span: Span, message: &str) -> Option<T> {
        self.problems
            .report(Diagnostic::error("MG0701", span, message));
        None
    }
}

fn as_map(node: &Node) -> Option<&[Entry]> {
    match &node.kind {
        Kind::Map(entries) => Some(entries),
        _ => None,
    }
}

/// The field's value; one that is null is not there, as in Kubernetes.
fn find<'n>(entries: &'n [Entry], name: &str) -> Option<&'n Node> {
    let (_, node) = entries.iter().find(|(key, _)| key.value == name)?;
    let null = matches!(&node.kind, Kind::Plain(text) if classify(text) == Plain::Null);
    (!null).then_some(node)
}
