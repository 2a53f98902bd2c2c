//! A test that notices a difference, written as people write tests, and tried before it is shown.

use policies::bundle::Route;
use policies::decision::{Reason, Verdict};
use policies::facts;
use policies::principal::ClaimValue;
use policies::profile::{Endpoint, Source as Named};
use policies::time::UnixTime;
use serde_json::{Map, Value, json};

use crate::analysis::Example;
use crate::analysis::caller::Kind;
use crate::cases::{Bench, DEFAULT_TIME};
use crate::policy::Gate;
use crate::source::Source;
use crate::syntax::{self, AccessTest, is_plain_text};

/// Most requests that are tried for one difference.
const MOST: usize = 64;

/// Where a path has its version.
const VERSION: &str = "{version}";

/// A test that passes with the files as they are, and fails with the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Killer {
    /// an item of `spec.tests`, its lines not indented
    pub text: String,
    /// what it expects
    pub verdict: Verdict,
}

impl Killer {
    /// `None` where no request of the protocol shows the difference: it is one of gRPC alone, or names its model in a form.
    pub(super) fn find(
        example: &Example,
        gate: &Gate,
        name: &str,
        benches: [&mut Bench; 2],
    ) -> Option<Self> {
        let [before, after] = benches;
        let who = who(example, gate);
        let routes = before.routes(&example.namespace);
        let routes: Vec<Route> = routes
            .filter(|route| route.api == example.api)
            .cloned()
            .collect();
        let endpoints = endpoints(example);
        let requests = endpoints.iter().flat_map(|endpoint| {
            let routes = routes.iter();
            routes.filter_map(|route| request(example, endpoint, route))
        });
        for request in requests.take(MOST) {
            let asked = item(name, &who, &request, Verdict::Allow);
            let document = document(example, &asked)?;
            let case = document.tests.first()?;
            let [was, is] = [&mut *before, &mut *after].map(|bench| {
                let got = bench.run(&document, case).got;
                // a test that could not be run shows nothing
                (got.reason != Reason::Internal).then_some(got.verdict)
            });
            let (Some(was), Some(is)) = (was, is) else {
                continue;
            };
            if was == is {
                continue;
            }
            let text = match was {
                Verdict::Allow => asked,
                Verdict::Deny => item(name, &who, &request, Verdict::Deny),
            };
            return Some(Self { text, verdict: was });
        }
        None
    }
}

/// As it is written.
fn item(name: &str, who: &str, request: &[(&str, String)], verdict: Verdict) -> String {
    let fields: Vec<String> = request
        .iter()
        .map(|(field, value)| format!("{field}: {value}"))
        .collect();
    let verdict = verdict.name();
    format!(
        "- name: {}\n  who: {{ {who} }}\n  request: {{ {} }}\n  expect: {{ verdict: {verdict} }}\n",
        scalar(name),
        fields.join(", ")
    )
}

/// The document that the item is in.
fn document(example: &Example, item: &str) -> Option<AccessTest> {
    let head = format!(
        "apiVersion: {}\nkind: AccessTest\nmetadata: {{ namespace: {}, name: t }}\nspec:\n  tests:\n",
        syntax::API_VERSION,
        scalar(&example.namespace)
    );
    let indented: Vec<String> = item.lines().map(|line| format!("    {line}\n")).collect();
    let source = Source {
        name: String::new(),
        bytes: format!("{head}{}", indented.concat()).into_bytes(),
    };
    let mut reading = syntax::read(std::slice::from_ref(&source));
    (reading.diagnostics.is_empty() && reading.complete)
        .then(|| reading.tests.pop())
        .flatten()
}

/// A text as YAML, in quotes only where it must be.
fn scalar(text: &str) -> String {
    let simple = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '@');
    let first = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/');
    if first && text.chars().all(simple) && is_plain_text(text) {
        text.to_owned()
    } else if text.chars().all(|c| !c.is_control() && c != '\'') {
        format!("'{text}'")
    } else {
        json!(text).to_string()
    }
}

fn who(example: &Example, gate: &Gate) -> String {
    let default = gate
        .default_issuer
        .and_then(|position| gate.issuers.get(position));
    let name = &example.name;
    let full = |issuer: &String| scalar(&format!("{issuer}/{name}"));
    // a user's name alone is one at the default issuer; a service account's is nobody's
    let is_own = |issuer: &String| default.is_some_and(|default| default.name == *issuer);
    let mut parts = vec![match &example.kind {
        Kind::User(issuer) if is_own(issuer) && !name.contains('/') => {
            format!("user: {}", scalar(name))
        }
        Kind::User(issuer) => format!("user: {}", full(issuer)),
        Kind::Account(issuer) | Kind::Token(issuer) => format!("serviceAccount: {}", full(issuer)),
        Kind::Workload => format!("peer: {}", scalar(name)),
    }];
    if !example.groups.is_empty() {
        let groups: Vec<String> = example.groups.iter().map(|group| scalar(group)).collect();
        parts.push(format!("groups: [{}]", groups.join(", ")));
    }
    if let Some(client) = &example.client {
        parts.push(format!("client: {}", scalar(client)));
    }
    if !example.claims.is_empty() {
        let claims = example.claims.iter();
        let claims: Vec<String> = claims
            .map(|(name, value)| format!("{name}: {}", claim(value)))
            .collect();
        parts.push(format!("claims: {{ {} }}", claims.join(", ")));
    }
    if let Some(peer) = &example.peer {
        parts.push(format!("peer: {}", scalar(peer)));
    }
    parts.join(", ")
}

fn claim(value: &ClaimValue) -> String {
    match value {
        ClaimValue::Text(text) => scalar(text),
        ClaimValue::Number(number) => number.to_string(),
        ClaimValue::Boolean(value) => value.to_string(),
        ClaimValue::List(texts) => {
            let texts: Vec<String> = texts.iter().map(|text| scalar(text)).collect();
            format!("[{}]", texts.join(", "))
        }
    }
}

/// Those of the example's action, its method first, and those that name a version where it does.
fn endpoints(example: &Example) -> Vec<&'static Endpoint> {
    let endpoints = example.api.profile().tables.iter().copied().flatten();
    let mut endpoints: Vec<&'static Endpoint> = endpoints
        .filter(|endpoint| endpoint.action == example.action && !endpoint.grpc)
        .collect();
    let is_versioned = example.facts.contains_key(facts::VERSION);
    endpoints.sort_by_key(|endpoint| {
        let versioned = endpoint.path.contains(VERSION);
        (endpoint.method != example.method, versioned != is_versioned)
    });
    endpoints
}

/// The fields of a test's `request`, each as YAML.
fn request(
    example: &Example,
    endpoint: &Endpoint,
    route: &Route,
) -> Option<Vec<(&'static str, String)>> {
    let path = endpoint
        .path
        .replace("{model+}", &example.model)
        .replace("{model}", &example.model)
        .replace(VERSION, version(example))
        .replace("{any}", "x");
    let path = format!("{}{path}", route.prefix);
    let host = route.hosts.first()?;
    let mut fields = vec![("host", scalar(host)), ("path", scalar(&path))];
    let headers = headers(example);
    if !headers.is_empty() {
        fields.push(("headers", format!("{{ {} }}", headers.join(", "))));
    }
    let usual = if let Some(body) = body(example, endpoint) {
        fields.push(("body", scalar(&body)));
        "POST"
    } else {
        "GET"
    };
    if endpoint.method != usual {
        fields.insert(0, ("method", endpoint.method.to_owned()));
    }
    if let Some(address) = example.address() {
        fields.push(("address", scalar(&address.to_string())));
    }
    let clock = |at: UnixTime| (at.hour(), at.minute(), at.weekday());
    if example.dated || clock(example.now) != clock(DEFAULT_TIME) {
        let now = example.now.rfc3339().replace(".000Z", "Z");
        fields.push(("at", scalar(&now)));
    }
    Some(fields)
}

/// That of the example, else one of every protocol that has versions.
fn version(example: &Example) -> &str {
    match example.facts.get(facts::VERSION) {
        Some(ClaimValue::Text(version)) => version,
        _ => "1",
    }
}

/// Its header fields that rules ask for, each as YAML.
fn headers(example: &Example) -> Vec<String> {
    let field = |(name, value): (&String, &ClaimValue)| {
        Some(format!(
            "{}: {}",
            scalar(facts::header(name)?),
            claim(value)
        ))
    };
    example.facts.iter().filter_map(field).collect()
}

fn body(example: &Example, endpoint: &Endpoint) -> Option<String> {
    let Named::Json(names) = endpoint.model else {
        return (endpoint.method != "GET").then(|| "{}".to_owned());
    };
    let mut value = Value::String(example.model.clone());
    for member in names.path.iter().rev() {
        value = match *member {
            "[]" => Value::Array(vec![value]),
            member => Value::Object(Map::from_iter([(member.to_owned(), value)])),
        };
    }
    Some(value.to_string())
}
