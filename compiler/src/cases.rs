//! `AccessTest` documents, run on the emitted bundle read back from its bytes, by the machine that the filter runs.
//!
//! A test asserts an identity instead of bringing a token: the runner writes the token that the issuer would have written,
//! and answers its signature check with yes. Everything else is as in the proxy.

mod outcome;
mod trial;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use policies::bundle::{Issuer, Route, ServiceAccountClaim};
use policies::engine::{Engine, LoadError};
use policies::facts;
use policies::guard::Guard;
use policies::offline::{self, Asserted, Judgement};
use policies::principal::{Claims, Subject, Workload};
use policies::time::UnixTime;

use crate::analysis::recorded::Callers;
use crate::analysis::{Example, USUAL};
use crate::diagnostic::one_line;
use crate::syntax::AccessTest;
use crate::syntax::test::{Case, Claim, Who};

pub use outcome::{Answer, Outcome};
use outcome::{is_vain, unexpected};
pub(crate) use trial::Switchboard;

/// When a test happens that does not say: a Monday, at noon UTC.
pub const DEFAULT_TIME: UnixTime = UnixTime::from_secs(1_767_614_400);

/// The proxies that tests run on: one guard an install target.
#[derive(Debug, Default)]
pub struct Bench {
    /// by install target, in the order of the gate
    guards: Vec<(String, Guard)>,
    default_issuer: Option<String>,
}

impl Bench {
    /// From the emitted bytes by install target; `default_issuer` is the gate's.
    ///
    /// # Errors
    /// When a bundle does not load, which would be our mistake.
    pub fn load<'a>(
        bundles: impl IntoIterator<Item = (&'a str, &'a [u8])>,
        default_issuer: Option<&str>,
    ) -> Result<Self, LoadError> {
        let guard = |(target, bytes): (&str, &[u8])| {
            Ok((target.to_owned(), Guard::new(Engine::load(bytes)?)))
        };
        let guards: Result<_, LoadError> = bundles.into_iter().map(guard).collect();
        Ok(Self {
            guards: guards?,
            default_issuer: default_issuer.map(str::to_owned),
        })
    }

    /// The namespaces that a request to this host can be about, wherever it arrives.
    #[must_use]
    pub fn namespaces(&self, host: &str) -> BTreeSet<String> {
        let guards = self.guards.iter();
        let routes = guards.flat_map(|(_, guard)| guard.engine().routes(host));
        routes.map(|route| route.namespace.clone()).collect()
    }

    /// The routes that lead to a namespace, wherever they are.
    pub fn routes(&self, namespace: &str) -> impl Iterator<Item = &Route> {
        let guards = self.guards.iter();
        let all = guards.flat_map(|(_, guard)| &guard.engine().bundle().routes);
        all.filter(move |route| route.namespace == namespace)
    }

    /// Runs one test.
    pub fn run(&mut self, test: &AccessTest, case: &Case) -> Outcome {
        let target = test.target.as_ref().map(|target| target.value.as_str());
        let default = self.default_issuer.clone();
        let judged = choose(&mut self.guards, target, &case.request.host.value)
            .ok_or_else(|| String::from("no such install target"))
            .and_then(|guard| {
                let (judgement, claims) = judge(guard, case, default.as_deref())?;
                let callers = Callers::from(guard.engine().bundle());
                let asked = asked(case, &judgement, &callers, &claims);
                Ok((judgement, asked))
            });
        let (got, failure, asked, event) = match judged {
            Ok((judgement, asked)) => {
                let got = Answer::of(&judgement);
                let failure = unexpected(case, &got);
                (got, failure, asked, Some(Box::new(judgement.event)))
            }
            Err(problem) => (Answer::none(), Some(problem), Vec::new(), None),
        };
        Outcome {
            document: format!("{}/{}", test.namespace.value, test.name.value),
            name: one_line(case.name.value.clone()),
            span: case.span,
            vain: failure.is_none() && is_vain(case, got.reason),
            got,
            failure,
            asked,
            event,
        }
    }
}

/// Runs every test. `bundles` are the emitted bytes by install target, `default_issuer` is the gate's.
///
/// # Errors
/// When a bundle does not load, which would be our mistake.
pub fn run(
    tests: &[AccessTest],
    bundles: &BTreeMap<String, Vec<u8>>,
    default_issuer: Option<&str>,
) -> Result<Vec<Outcome>, LoadError> {
    let bundles = bundles
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    let mut bench = Bench::load(bundles, default_issuer)?;
    let cases = tests
        .iter()
        .flat_map(|test| test.tests.iter().map(move |case| (test, case)));
    Ok(cases.map(|(test, case)| bench.run(test, case)).collect())
}

/// What the rules were asked, once for each model that the request names; empty where it did not come to that.
fn asked(
    case: &Case,
    judgement: &Judgement,
    callers: &Callers<'_>,
    claims: &Claims,
) -> Vec<Example> {
    let event = &judgement.event;
    let groups = case.who.groups.iter().map(|group| group.value.clone());
    let facts = facts::said(&judgement.facts);
    let token = (groups, claims);
    let Some(first) = Example::recorded(event, callers, token, facts, time(case)) else {
        return Vec::new();
    };
    let others = event.other_models.iter().map(|model| Example {
        model: model.clone(),
        ..first.clone()
    });
    let others: Vec<Example> = others.collect();
    std::iter::once(first).chain(others).collect()
}

fn time(case: &Case) -> UnixTime {
    case.request.at.map_or(DEFAULT_TIME, UnixTime::from_secs)
}

/// As a proxy would say it.
fn address(case: &Case) -> String {
    let address = case.request.address.as_ref();
    let address = address.and_then(|address| address.value.parse().ok());
    let address: IpAddr = address.unwrap_or(USUAL);
    SocketAddr::new(address, 0).to_string()
}

/// The named target's guard, else the first one that routes the host, else the first.
fn choose<'a>(
    guards: &'a mut [(String, Guard)],
    target: Option<&str>,
    host: &str,
) -> Option<&'a mut Guard> {
    let at = match target {
        Some(target) => guards.iter().position(|(name, _)| name == target)?,
        None => {
            let routes =
                |(_, guard): &(String, Guard)| guard.engine().routes(host).next().is_some();
            guards.iter().position(routes).unwrap_or(0)
        }
    };
    guards.get_mut(at).map(|(_, guard)| guard)
}

fn judge(
    guard: &mut Guard,
    case: &Case,
    default_issuer: Option<&str>,
) -> Result<(Judgement, Claims), String> {
    let now = time(case);
    let mut fields = head(case);
    let mut given = Claims::new();
    if let Some((token, claims)) = token(&case.who, guard, default_issuer, now)? {
        given = claims;
        fields.push((
            b"authorization".to_vec(),
            format!("Bearer {token}").into_bytes(),
        ));
    }
    let trust_domain = &guard.engine().bundle().trust_domain;
    let peer = case
        .who
        .peer
        .as_ref()
        .and_then(|peer| peer.value.split_once('/'));
    let request = offline::Request {
        fields,
        body: case.request.body.clone().map(String::into_bytes),
        trailers: false,
        address: Some(address(case).into_bytes()),
        peer: peer.map(|(namespace, name)| {
            format!("spiffe://{trust_domain}/ns/{namespace}/sa/{name}").into_bytes()
        }),
    };
    Ok((offline::judge(guard, request, now, &mut |_| true), given))
}

/// The token that the issuer would have written, and its attributes; the guard gets the keys that it needs. `None` for who brings no token.
fn token(
    who: &Who,
    guard: &mut Guard,
    default_issuer: Option<&str>,
    now: UnixTime,
) -> Result<Option<(String, Claims)>, String> {
    let Some((position, subject)) = subject(who, guard, default_issuer)? else {
        return Ok(None);
    };
    let issuers = &guard.engine().bundle().issuers;
    let issuer = issuers.get(position).cloned().ok_or("no such issuer")?;
    let groups: Vec<String> = who.groups.iter().map(|group| group.value.clone()).collect();
    let claims = claims(who, &issuer)?;
    let asserted = Asserted {
        subject: &subject,
        groups: &groups,
        client: who.client.as_ref().map(|client| client.value.as_str()),
        claims: &claims,
    };
    if let Some(keys) = Asserted::keys(&issuer) {
        let installed = guard.install_keys(position, &keys, now);
        installed.map_err(|error| error.to_string())?;
    }
    let token = asserted.token(&issuer, now);
    Ok(Some((token, claims)))
}

fn claims(who: &Who, issuer: &Issuer) -> Result<Claims, String> {
    let attributes = &issuer.claims.attributes;
    let typed = |claim: &Claim| {
        let name = &claim.name.value;
        let attribute = attributes.iter().find(|known| known.name == *name)?;
        Some((name.clone(), claim.given.as_kind(attribute.kind)?))
    };
    let claims: Option<Claims> = who.claims.iter().map(typed).collect();
    claims.ok_or_else(|| format!("a claim is no attribute of issuer `{}`", issuer.name))
}

fn head(case: &Case) -> Vec<(Vec<u8>, Vec<u8>)> {
    let request = &case.request;
    let pseudo = [
        (":method", &request.method),
        (":authority", &request.host.value),
        (":path", &request.path.value),
    ];
    let own = request
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value));
    let field =
        |(name, value): (&str, &String)| (name.as_bytes().to_vec(), value.clone().into_bytes());
    pseudo.into_iter().chain(own).map(field).collect()
}

/// The token's principal and the position of its issuer; `None` for who brings no token.
fn subject(
    who: &Who,
    guard: &Guard,
    default_issuer: Option<&str>,
) -> Result<Option<(usize, Subject)>, String> {
    let (written, is_user) = match (&who.user, &who.service_account) {
        (Some(user), _) => (&user.value, true),
        (None, Some(account)) => (&account.value, false),
        (None, None) => return Ok(None),
    };
    let issuers = &guard.engine().bundle().issuers;
    let position = |name: &str| issuers.iter().position(|issuer| issuer.name == name);
    let prefixed = written
        .split_once('/')
        .and_then(|(issuer, name)| Some((position(issuer)?, name)));
    let named = who
        .issuer
        .as_ref()
        .map(|issuer| issuer.value.as_str())
        .or(default_issuer);
    let plain = || Some((position(named?)?, written.as_str()));
    let (issuer, name) = prefixed
        .or_else(plain)
        .ok_or_else(|| format!("`{written}` belongs to no issuer"))?;
    let kubernetes = issuers.get(issuer).is_some_and(is_kubernetes);
    let subject = match name.split_once('/') {
        _ if is_user => Subject::User(name.to_owned()),
        Some((namespace, name)) if kubernetes => Workload::new(namespace, name)
            .map(Subject::Workload)
            .ok_or_else(|| format!("`{written}` is no service account of Kubernetes"))?,
        _ => Subject::ServiceAccount(name.to_owned()),
    };
    Ok(Some((issuer, subject)))
}

fn is_kubernetes(issuer: &Issuer) -> bool {
    issuer.claims.service_account == Some(ServiceAccountClaim::Kubernetes)
}

#[cfg(test)]
mod tests;
