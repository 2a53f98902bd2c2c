//! Where an issuer's tokens say who is calling, and what else conditions can ask for.

use policies::bundle::{ClaimKind, ClaimPath, RequiredClaim};
use serde_json::{Map, Value as Json, json};

use crate::diagnostic::Diagnostic;
use crate::syntax::Text;
use crate::syntax::fields::Fields;
use crate::syntax::node::Kind;
use crate::syntax::shape::Probe;
use crate::syntax::value::Value;

/// `claims` and `kubernetes`.
#[derive(Debug, Clone)]
pub struct Claims {
    /// the user's name
    pub user: Option<ClaimPath>,
    /// the groups
    pub groups: Option<ClaimPath>,
    /// the machine's name
    pub service_account: Option<ServiceAccount>,
    /// what makes a token a machine's own
    pub service_account_when: Option<RequiredClaim>,
    /// an address names a user also where it is not verified
    pub unverified_email: bool,
    /// as written
    pub attributes: Vec<Attribute>,
}

/// How a token names a machine.
#[derive(Debug, Clone)]
pub enum ServiceAccount {
    /// `claims.serviceAccount`
    Claim(ClaimPath),
    /// `kubernetes: true`
    Kubernetes,
}

/// An item of `claims.attributes`.
#[derive(Debug, Clone)]
pub struct Attribute {
    /// its name in conditions
    pub name: Text,
    /// where it is
    pub claim: ClaimPath,
    /// what it must be
    pub kind: ClaimKind,
}

const DEFAULT_USER: &str = "sub";
const DEFAULT_GROUPS: &str = "groups";
/// Most steps of a path.
const MOST_STEPS: usize = 8;
/// Longest name of a member in bytes.
const LONGEST_STEP: usize = 256;
/// Most attributes of an issuer.
const MOST_ATTRIBUTES: usize = 32;
/// Longest name of an attribute in bytes.
const LONGEST_NAME: usize = 64;
/// Words of Cedar that cannot be names in it.
const RESERVED: [&str; 9] = [
    "true", "false", "if", "then", "else", "in", "like", "has", "is",
];
const KINDS: [(&str, ClaimKind); 5] = [
    ("text", ClaimKind::Text),
    ("number", ClaimKind::Number),
    ("boolean", ClaimKind::Boolean),
    ("list", ClaimKind::List),
    ("words", ClaimKind::Words),
];

/// Reads `claims`, as far as `kubernetes` leaves it open.
pub(super) fn read(issuer: &mut Fields<'_>) -> Claims {
    let kubernetes = issuer.flag("kubernetes");
    issuer.rule(nothing_beside_kubernetes);
    let default = |name: &str| (!kubernetes).then(|| vec![name.to_owned()]);
    let none = Claims {
        user: default(DEFAULT_USER),
        groups: default(DEFAULT_GROUPS),
        service_account: kubernetes.then_some(ServiceAccount::Kubernetes),
        service_account_when: None,
        unverified_email: false,
        attributes: Vec::new(),
    };
    let written = issuer.optional("claims");
    let Some((value, mut fields)) =
        written.and_then(|value| Some((value, value.fields("`claims`")?)))
    else {
        return none;
    };
    says_something(&fields);
    let (user, groups) = (fields.optional("user"), fields.optional("groups"));
    let account = fields.optional("serviceAccount");
    let when = fields.optional("serviceAccountWhen");
    let unverified = fields.optional("unverifiedEmail");
    let attributes = fields.optional("attributes").map(attributes);
    fields.finish();
    let claims = if kubernetes {
        [user, groups, account, when, unverified]
            .into_iter()
            .flatten()
            .for_each(beside_kubernetes);
        none
    } else {
        names(none, [user, groups, account, when, unverified])
    };
    let claims = Claims {
        attributes: attributes.unwrap_or_default(),
        ..claims
    };
    if claims.attributes.len() > MOST_ATTRIBUTES {
        let message = format!(
            "an issuer has {} attributes, the most is {MOST_ATTRIBUTES}",
            claims.attributes.len()
        );
        value.report(Diagnostic::error("MG0114", value.span(), message));
    }
    claims
}

/// [`beside_kubernetes`], for a schema.
fn nothing_beside_kubernetes() -> Json {
    let says_nothing = [
        "user",
        "groups",
        "serviceAccount",
        "serviceAccountWhen",
        "unverifiedEmail",
    ];
    let none: Map<String, Json> = says_nothing
        .map(|name| (name.into(), false.into()))
        .into_iter()
        .collect();
    json!({
        "if": { "properties": { "kubernetes": { "const": true } }, "required": ["kubernetes"] },
        "then": { "properties": { "claims": { "properties": none } } },
    })
}

/// What MG0115 demands of `claims`, for a schema; it cannot compare two claims.
fn says_something(fields: &Fields<'_>) {
    fields.rule(|| {
        json!({
            "if": { "properties": { "unverifiedEmail": { "const": true } }, "required": ["unverifiedEmail"] },
            "then": { "required": ["user"], "properties": { "user": { "enum": ["email", ["email"]] } } },
        })
    });
    fields.rule(|| json!({ "dependencies": { "serviceAccountWhen": ["user", "serviceAccount"] } }));
}

/// An issuer of workloads alone says so by naming `serviceAccount` without `user`: then no token of it is a person's.
fn names(none: Claims, written: [Option<Value<'_>>; 5]) -> Claims {
    let [user, groups, account, when, unverified] = written;
    let path_of = |value: Option<Value<'_>>| value.and_then(path);
    let otherwise = none.user.filter(|_| account.is_none());
    let claims = Claims {
        user: path_of(user).or(otherwise),
        groups: path_of(groups).or(none.groups),
        service_account: path_of(account).map(ServiceAccount::Claim),
        service_account_when: when.and_then(required),
        unverified_email: unverified.is_some_and(Value::flag),
        attributes: Vec::new(),
    };
    if let Some(value) = unverified.filter(|value| value.flag() && !reads_email(&claims)) {
        let message = "`unverifiedEmail` says nothing where `user` is not `email`";
        value.report(Diagnostic::error("MG0115", value.span(), message).with_help("delete it"));
    }
    if let Some(value) = when.filter(|_| claims.user.is_none() || account.is_none()) {
        let message = "`serviceAccountWhen` says nothing without both `user` and `serviceAccount`";
        let help =
            "name both claims, or delete it: without `user` every token is a service account's";
        value.report(Diagnostic::error("MG0115", value.span(), message).with_help(help));
    }
    same_claim(&claims, account);
    claims
}

fn reads_email(claims: &Claims) -> bool {
    matches!(claims.user.as_deref(), Some([name]) if name == "email")
}

/// Every person would be the machine of the same name.
fn same_claim(claims: &Claims, account: Option<Value<'_>>) {
    let Some((value, ServiceAccount::Claim(path))) = account.zip(claims.service_account.as_ref())
    else {
        return;
    };
    if claims.user.as_ref() == Some(path) {
        let message = "`user` and `serviceAccount` are the same claim";
        let help = "name the claim that says the application, such as `azp` or `client_id`";
        value.report(Diagnostic::error("MG0115", value.span(), message).with_help(help));
    }
}

fn beside_kubernetes(value: Value<'_>) {
    let message = format!("`{}` says nothing beside `kubernetes: true`", value.name);
    let help =
        "delete it: a service account's token of Kubernetes names its account and nobody else";
    value.report(Diagnostic::error("MG0115", value.span(), message).with_help(help));
}

/// An item of `requiredClaims`.
pub(super) fn required(value: Value<'_>) -> Option<RequiredClaim> {
    let mut fields = value.fields("a required claim")?;
    let claim = fields.required("claim").and_then(path);
    let values = fields.optional_texts("values").unwrap_or_default();
    fields.finish();
    Some(RequiredClaim {
        claim: claim?,
        values: values.into_iter().map(|text| text.value).collect(),
    })
}

fn attributes(value: Value<'_>) -> Vec<Attribute> {
    let Some(fields) = value.fields("`attributes`") else {
        return Vec::new();
    };
    fields.rule(|| {
        let name = format!("^[a-z][A-Za-z0-9_]{{0,{}}}$", LONGEST_NAME - 1);
        json!({ "maxProperties": MOST_ATTRIBUTES, "propertyNames": { "pattern": name, "not": { "enum": RESERVED } } })
    });
    fields
        .free()
        .filter_map(|(name, value)| attribute(name, value))
        .collect()
}

fn attribute(name: &Text, value: Value<'_>) -> Option<Attribute> {
    if !is_name(&name.value) {
        let shown: String = name.value.chars().take(80).collect();
        let message = format!("`{}` cannot be an attribute's name", shown.escape_debug());
        let help = format!(
            "use a small letter, then letters, digits and `_`, at most {LONGEST_NAME} of them, and no word of Cedar"
        );
        value.report(Diagnostic::error("MG0114", name.span, message).with_help(help));
    }
    let mut fields = value.fields("an attribute")?;
    let claim = fields.required("claim").and_then(path);
    let kind = fields
        .required("type")
        .and_then(|value| value.choice(&KINDS));
    fields.finish();
    Some(Attribute {
        name: name.clone(),
        claim: claim?,
        kind: kind?.value,
    })
}

/// An identifier of Cedar that needs no quotes.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let first = text
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_lowercase());
    first && text.len() <= LONGEST_NAME && text.bytes().all(inner) && !RESERVED.contains(&text)
}

/// What [`path`] takes.
fn shape(probe: Probe<'_>) {
    let step = |without: &str| format!(r"[^{without}\x00-\x1f\x7f-\x9f]{{1,{LONGEST_STEP}}}");
    let (uri, name) = (step(""), step("./:"));
    let path = format!(
        r"^(?=.*\S)(?:(?=.*[/:]){uri}|{name}(?:\.{name}){{0,{}}})$",
        MOST_STEPS - 1
    );
    probe.can_be(json!({ "type": "string", "pattern": path }));
    probe.can_be(json!({
        "type": "array", "minItems": 1, "maxItems": MOST_STEPS,
        "items": { "type": "string", "pattern": format!(r"^(?=.*\S){uri}$") },
    }));
}

/// A text, whose dots walk into objects unless it is a URI; or a list with each step as it is.
fn path(value: Value<'_>) -> Option<ClaimPath> {
    if let Some(probe) = value.probe {
        shape(probe);
        return None;
    }
    let listed = matches!(value.node.kind, Kind::List(_));
    let steps: Vec<String> = match &value.node.kind {
        Kind::List(_) => {
            let items = value.items().into_iter();
            items.map(|item| item.text().value).collect()
        }
        _ => {
            let text = value.text().value;
            match text.contains(['/', ':']) {
                true => vec![text],
                false => text.split('.').map(str::to_owned).collect(),
            }
        }
    };
    // what is empty was reported, but for a text of dots alone
    let empty = steps.iter().any(String::is_empty);
    if steps.is_empty() || empty && (listed || steps.len() == 1) {
        return None;
    }
    let fits = |step: &String| {
        (1..=LONGEST_STEP).contains(&step.len()) && !step.contains(char::is_control)
    };
    if steps.len() > MOST_STEPS || !steps.iter().all(fits) {
        let due = "a claim's name like `groups` or `realm_access.roles`, or a list of the names that lead to it";
        return value.wrong_type(due);
    }
    Some(steps)
}
