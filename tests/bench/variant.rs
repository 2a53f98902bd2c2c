//! The Envoys that are compared: the same listener, and an answer from the listener itself, with different filters before it.

use std::fs;
use std::net::Ipv4Addr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tests::cases::Case;
use tests::cases::fixture::Mode;
use tests::cases::message::Message;
use tests::envoy::{Proxy, Setup, manager};
use tests::http::exchange;
use tests::token::{Key, jwks};

use crate::load;

/// Clock ticks of `/proc/PID/stat` in a second: `USER_HZ` is 100 on every architecture that Linux runs Envoy on.
const TICKS: f64 = 100.0;
/// A person with a token that lasts longer than the bench.
const CASE: &str = "{ name: bench, who: { like: lena, claims: { exp: now+36000 } }, request: { method: GET, path: /seldon/fraud/fraud-detector/api/v1.0/metadata, bodiless: true }, expect: { verdict: allow, status: 200, reason: allowed } }";
const WARM_UP: Duration = Duration::from_secs(1);

/// Which filters a request passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// none
    Bare,
    /// what Istio emits for a RequestAuthentication and an AuthorizationPolicy with one rule
    Native,
    /// ours, with a token that it has seen before
    Filter,
}

/// A running Envoy and what was measured of it.
pub struct Running {
    /// which one
    pub variant: Variant,
    proxy: Proxy,
    request: Vec<u8>,
    rounds: Vec<Round>,
}

struct Round {
    micros: f64,
    rate: f64,
}

impl Variant {
    /// In the order of the table.
    pub const ALL: [Self; 3] = [Self::Bare, Self::Native, Self::Filter];

    /// As the table has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bare => "none",
            Self::Native => "jwt_authn and RBAC, one policy",
            Self::Filter => "modelgate, known token",
        }
    }

    fn setup(self) -> Result<Setup> {
        let unused = (Ipv4Addr::LOCALHOST, 1).into();
        let mut setup = Setup::new(Mode::Stream.compiled(), unused, unused)?;
        let manager = manager(setup.listener())?;
        let filters = manager["http_filters"]
            .as_array_mut()
            .context("there are filters")?;
        match self {
            Self::Bare => drop(filters.remove(0)),
            Self::Native => drop(filters.splice(0..1, [jwt_authn(), rbac()])),
            Self::Filter => {}
        }
        manager["route_config"] = json!({ "virtual_hosts": [{ "name": "any", "domains": ["*"], "routes": [
            { "match": { "prefix": "/" }, "direct_response": { "status": 200 } }] }] });
        Ok(setup)
    }
}

impl Running {
    /// Starts it and warms it up.
    pub fn start(variant: Variant) -> Result<Self> {
        let case: Case = serde_saphyr::from_str(CASE)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let proxy = variant
            .setup()?
            .start(&format!("bench-{variant:?}").to_lowercase())?;
        let request = text(&Message::of(&case, now, "bench"));
        if variant != Variant::Bare {
            let nobody: Vec<u8> = String::from_utf8_lossy(&request)
                .replace("authorization", "x-nothing")
                .into();
            let status = exchange(proxy.address, &nobody)?.status;
            ensure!(matches!(status, 401 | 403), "nobody gets {status}");
        }
        load::run(proxy.address, &request, "HTTP/1.1 200", WARM_UP)?;
        Ok(Self {
            variant,
            proxy,
            request,
            rounds: Vec::new(),
        })
    }

    /// One round.
    pub fn measure(&mut self, window: Duration) -> Result<()> {
        let before = ticks(self.proxy.pid())?;
        let load = load::run(self.proxy.address, &self.request, "HTTP/1.1 200", window)?;
        let ticks = ticks(self.proxy.pid())? - before;
        let requests = load.requests as f64;
        self.rounds.push(Round {
            micros: ticks / TICKS * 1e6 / requests,
            rate: requests / load.elapsed.as_secs_f64(),
        });
        Ok(())
    }

    /// Microseconds of CPU a request, of each round.
    pub fn costs(&self) -> Vec<f64> {
        self.rounds.iter().map(|round| round.micros).collect()
    }

    /// Their median.
    pub fn cost(&self) -> f64 {
        median(self.costs())
    }

    /// The least and the most.
    pub fn spread(&self) -> (f64, f64) {
        let costs = self.costs();
        (
            costs.iter().copied().fold(f64::INFINITY, f64::min),
            costs.iter().copied().fold(0.0, f64::max),
        )
    }

    /// Requests in a second, the median.
    pub fn rate(&self) -> f64 {
        median(self.rounds.iter().map(|round| round.rate).collect())
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// User and system time of a process so far, see proc(5).
fn ticks(pid: i32) -> Result<f64> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let fields: Vec<&str> = text
        .rsplit_once(')')
        .context("a name")?
        .1
        .split_whitespace()
        .collect();
    let field = |at: usize| -> Result<f64> { Ok(fields.get(at).context("a field")?.parse()?) };
    Ok(field(11)? + field(12)?)
}

fn text(message: &Message) -> Vec<u8> {
    let mut text = [
        &message.method,
        b" ".as_slice(),
        &message.path,
        b" HTTP/1.1\r\nhost: ",
        &message.authority,
        b"\r\n",
    ]
    .concat();
    for (name, value) in &message.headers {
        text.extend([name, b": ".as_slice(), value, b"\r\n"].concat());
    }
    text.extend(b"\r\n");
    text
}

/// As istiod writes it for one issuer: keys inline, no cache.
fn jwt_authn() -> Value {
    json!({ "name": "envoy.filters.http.jwt_authn", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
        "providers": { "origins-0": {
            "issuer": "https://id.example.com/realms/people",
            "audiences": ["ml-models"],
            "local_jwks": { "inline_string": jwks(&[Key::Rsa1, Key::Ec1]).to_string() },
            "payload_in_metadata": "payload",
            "forward": true,
        } },
        "rules": [{ "match": { "prefix": "/" }, "requires": { "requires_any": { "requirements": [
            { "provider_name": "origins-0" }, { "allow_missing": {} }] } } }],
        "bypass_cors_preflight": true,
    } })
}

/// As istiod writes it for one rule: a group may use the paths of one deployment.
fn rbac() -> Value {
    let group = json!({ "metadata": {
        "filter": "envoy.filters.http.jwt_authn",
        "path": [{ "key": "payload" }, { "key": "groups" }],
        "value": { "list_match": { "one_of": { "string_match": { "exact": "leads" } } } },
    } });
    let path = json!({ "url_path": { "path": { "prefix": "/seldon/fraud/fraud-detector/" } } });
    json!({ "name": "envoy.filters.http.rbac", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC",
        "rules": { "action": "ALLOW", "policies": { "ns[fraud]-policy[fraud-models]-rule[0]": {
            "permissions": [{ "and_rules": { "rules": [{ "or_rules": { "rules": [path] } }] } }],
            "principals": [{ "and_ids": { "ids": [{ "or_ids": { "ids": [group] } }] } }],
        } } },
        "shadow_rules_stat_prefix": "istio_dry_run_allow_",
    } })
}
