//! What Istio would do: a small evaluator of AuthorizationPolicy and RequestAuthentication over the YAML as it is, written from
//! Istio's reference (<https://istio.io/latest/docs/reference/config/security/authorization-policy/>) and knowing nothing of the importer.

use serde_json::Value;

/// A request as the sidecar of a workload sees it.
#[derive(Debug, Clone)]
pub struct Request {
    /// namespace of the workload
    pub namespace: String,
    /// its service
    pub service: String,
    /// labels of its pods
    pub labels: Vec<(String, String)>,
    /// `spiffe://` identity of the peer, without the scheme
    pub peer: Option<String>,
    /// claims of a token whose signature holds
    pub token: Option<Value>,
    /// HTTP method
    pub method: String,
    /// path without its query
    pub path: String,
    /// `:authority`
    pub host: String,
}

/// Every resource of a text.
///
/// # Errors
/// It is no YAML.
pub fn resources(text: &str) -> anyhow::Result<Vec<Value>> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(text)?;
    let items = |document: Value| match document["items"].as_array() {
        Some(items) => items.clone(),
        None => vec![document],
    };
    Ok(documents.into_iter().flat_map(items).collect())
}

/// Whether the request reaches the workload: through its sidecar, and before that through the waypoint of its service where a resource
/// is about the service. A policy of action `CUSTOM` is taken to deny what it matches.
#[must_use]
pub fn allows(resources: &[Value], request: &Request) -> bool {
    let (waypoint, sidecar): (Vec<&Value>, Vec<&Value>) = resources
        .iter()
        .filter(|resource| selects(resource, request))
        .partition(|resource| is_for_waypoint(resource));
    passes(&waypoint, request) && passes(&sidecar, request)
}

/// Whether a resource is about a service: a waypoint enforces it, and no sidecar.
#[must_use]
pub fn is_for_waypoint(resource: &Value) -> bool {
    resource["spec"]["targetRefs"].is_array()
}

/// Whether the request passes one proxy.
fn passes(resources: &[&Value], request: &Request) -> bool {
    let about = |kind: &'static str| resources.iter().filter(move |it| it["kind"] == kind);
    let rules =
        about("RequestAuthentication").flat_map(|resource| items(&resource["spec"]["jwtRules"]));
    let rules: Vec<&Value> = rules.collect();
    let claims = match &request.token {
        // without a RequestAuthentication nobody looks at tokens
        Some(token) if !rules.is_empty() => match rules.iter().any(|rule| accepts(rule, token)) {
            true => Some(token),
            false => return false,
        },
        _ => None,
    };
    let enforced: Vec<&Value> = about("AuthorizationPolicy")
        .filter(|policy| policy["metadata"]["annotations"]["istio.io/dry-run"] != "true")
        .copied()
        .collect();
    let of = |action: &str| -> Vec<&Value> {
        let is = |policy: &&&Value| policy["spec"]["action"].as_str().unwrap_or("ALLOW") == action;
        enforced.iter().filter(is).copied().collect()
    };
    let hits = |policy: &&Value| {
        items(&policy["spec"]["rules"]).any(|rule| matches(rule, policy, request, claims))
    };
    if of("CUSTOM").iter().any(hits) || of("DENY").iter().any(hits) {
        return false;
    }
    let allow = of("ALLOW");
    allow.is_empty() || allow.iter().any(hits)
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn selects(resource: &Value, request: &Request) -> bool {
    let namespace = resource["metadata"]["namespace"]
        .as_str()
        .unwrap_or_default();
    if namespace != "istio-system" && namespace != request.namespace {
        return false;
    }
    let spec = &resource["spec"];
    if spec["targetRefs"].is_array() {
        return namespace == request.namespace
            && items(&spec["targetRefs"]).any(|target| {
                target["kind"] == "Service" && target["name"] == request.service.as_str()
            });
    }
    let labels = spec["selector"]["matchLabels"].as_object();
    labels.into_iter().flatten().all(|(name, value)| {
        request
            .labels
            .iter()
            .any(|(known, given)| known == name && value == given)
    })
}

/// Every test request brings its token as `Authorization: Bearer`.
fn accepts(rule: &Value, token: &Value) -> bool {
    let elsewhere = ["fromHeaders", "fromParams", "fromCookies"];
    if elsewhere.iter().any(|place| rule[place].is_array()) {
        return false;
    }
    let audiences = rule["audiences"].as_array();
    let given = |audience: &Value| match &token["aud"] {
        Value::Array(all) => all.contains(audience),
        one => one == audience,
    };
    rule["issuer"] == token["iss"] && audiences.is_none_or(|audiences| audiences.iter().any(given))
}

fn matches(rule: &Value, policy: &Value, request: &Request, claims: Option<&Value>) -> bool {
    let any = |list: &Value, inner: &str, fits: &dyn Fn(&Value) -> bool| {
        list.as_array()
            .is_none_or(|list| list.iter().any(|item| fits(&item[inner])))
    };
    let own = policy["metadata"]["namespace"].as_str().unwrap_or_default();
    any(&rule["from"], "source", &|source| {
        source_fits(source, own, request, claims)
    }) && any(&rule["to"], "operation", &|operation| {
        operation_fits(operation, request)
    }) && items(&rule["when"]).all(|condition| condition_fits(condition, request, claims))
}

/// Values that one of must fit, and values that none may.
fn both(group: &Value, name: &str, not: &str, fits: &dyn Fn(&str) -> bool) -> bool {
    let texts = |name: &str| {
        items(&group[name])
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
    };
    (texts(name).is_empty() || texts(name).into_iter().any(fits))
        && !texts(not).into_iter().any(fits)
}

fn source_fits(source: &Value, own: &str, request: &Request, claims: Option<&Value>) -> bool {
    let peer = request.peer.as_deref();
    let part = |from: &str, to: char| -> Option<String> {
        let (_, rest) = peer?.split_once(from)?;
        Some(rest.split(to).next()?.to_owned())
    };
    let account = || Some(format!("{}/{}", part("/ns/", '/')?, part("/sa/", '/')?));
    let qualified = |value: &str| {
        if value.contains('/') {
            value.to_owned()
        } else {
            format!("{own}/{value}")
        }
    };
    both(source, "principals", "notPrincipals", &|value| peer.is_some_and(|peer| text(value, peer)))
        && both(source, "serviceAccounts", "notServiceAccounts", &|value| account() == Some(qualified(value)))
        && both(source, "namespaces", "notNamespaces", &|value| part("/ns/", '/').is_some_and(|name| text(value, &name)))
        && both(source, "requestPrincipals", "notRequestPrincipals", &|value| principal(value, claims))
        // every test request comes from 10.1.1.1
        && both(source, "ipBlocks", "notIpBlocks", &|value| value == "10.0.0.0/8")
}

/// `ISS/SUB`, divided at the last `/`.
fn principal(value: &str, claims: Option<&Value>) -> bool {
    let Some(claims) = claims else {
        return false;
    };
    let (Some(iss), Some(sub)) = (claims["iss"].as_str(), claims["sub"].as_str()) else {
        return false;
    };
    match value.rsplit_once('/') {
        _ if value == "*" => true,
        Some((of, subject)) => text(of, iss) && text(subject, sub),
        None => false,
    }
}

fn operation_fits(operation: &Value, request: &Request) -> bool {
    let host = request.host.to_lowercase();
    both(operation, "paths", "notPaths", &|value| {
        path(value, &request.path)
    }) && both(operation, "methods", "notMethods", &|value| {
        text(value, &request.method)
    }) && both(operation, "hosts", "notHosts", &|value| {
        text(&value.to_lowercase(), &host)
    }) && both(operation, "ports", "notPorts", &|value| value == "8080")
}

fn condition_fits(condition: &Value, request: &Request, claims: Option<&Value>) -> bool {
    let key = condition["key"].as_str().unwrap_or_default();
    let fits = |value: &str| match key {
        "source.principal" => request
            .peer
            .as_deref()
            .is_some_and(|peer| text(value, peer)),
        "request.auth.principal" => principal(value, claims),
        _ => key
            .strip_prefix("request.auth.claims")
            .is_some_and(|steps| claim(steps, value, claims)),
    };
    both(condition, "values", "notValues", &fits)
}

/// A text claim, or an item of a list; `scope` is a list of words.
fn claim(steps: &str, value: &str, claims: Option<&Value>) -> bool {
    let mut found = claims.unwrap_or(&Value::Null);
    for step in steps
        .trim_start_matches('[')
        .trim_end_matches(']')
        .split("][")
    {
        found = &found[step];
    }
    match found {
        Value::String(words) if steps == "[scope]" => {
            words.split(' ').any(|word| text(value, word))
        }
        Value::String(only) => text(value, only),
        Value::Array(all) => all
            .iter()
            .filter_map(Value::as_str)
            .any(|one| text(value, one)),
        _ => false,
    }
}

fn text(pattern: &str, given: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        _ if pattern == "*" => !given.is_empty(),
        (Some(end), _) => given.ends_with(end),
        (None, Some(beginning)) => given.starts_with(beginning),
        (None, None) => given == pattern,
    }
}

/// With `{*}` for one segment.
fn path(pattern: &str, given: &str) -> bool {
    if !pattern.contains("{*}") {
        return text(pattern, given);
    }
    let (wanted, given): (Vec<&str>, Vec<&str>) =
        (pattern.split('/').collect(), given.split('/').collect());
    wanted.len() == given.len()
        && wanted
            .iter()
            .zip(given)
            .all(|(wanted, given)| *wanted == "{*}" || *wanted == given)
}
