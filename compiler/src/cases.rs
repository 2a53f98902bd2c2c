//! `AccessTest` documents, run on the emitted bundle read back from its bytes, by the machine that the filter runs.
//!
//! A test asserts an identity instead of bringing a token: the runner writes the token that the issuer would have written,
//! and answers its signature check with yes. Everything else is as in the proxy.

use std::collections::BTreeMap;

use policies::bundle::{Issuer, ServiceAccountClaim};
use policies::decision::{Reason, Verdict};
use policies::engine::{Engine, LoadError};
use policies::guard::Guard;
use policies::offline::{self, Asserted, Judgement};
use policies::principal::{Claims, Subject, Workload};
use policies::time::UnixTime;

use crate::source::Span;
use crate::syntax::AccessTest;
use crate::syntax::test::{Case, Claim, Who};

/// When a test happens that does not say: a Monday, at noon UTC.
pub const DEFAULT_TIME: UnixTime = UnixTime::from_secs(1_767_614_400);

/// How one test went.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// `NAMESPACE/NAME` of the document
    pub document: String,
    /// the test's name
    pub name: String,
    /// where it stands
    pub span: Span,
    /// what came out
    pub got: Answer,
    /// `None` where it came out as expected
    pub failure: Option<String>,
}

/// What the machine said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// allow or deny
    pub verdict: Verdict,
    /// stable code
    pub reason: Reason,
    /// 200 or the denial's
    pub status: u16,
    /// ids of the rules that decided
    pub rules: Vec<String>,
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
    let mut guards = BTreeMap::new();
    for (target, bytes) in bundles {
        guards.insert(target.as_str(), Guard::new(Engine::load(bytes)?));
    }
    let cases = tests
        .iter()
        .flat_map(|test| test.tests.iter().map(move |case| (test, case)));
    Ok(cases
        .map(|(test, case)| outcome(test, case, &mut guards, default_issuer))
        .collect())
}

fn outcome(
    test: &AccessTest,
    case: &Case,
    guards: &mut BTreeMap<&str, Guard>,
    default_issuer: Option<&str>,
) -> Outcome {
    let target = test.target.as_ref().map(|target| target.value.as_str());
    let judged = choose(guards, target, &case.request.host.value)
        .ok_or_else(|| String::from("no such install target"))
        .and_then(|guard| judge(guard, case, default_issuer));
    let (got, failure) = match judged {
        Ok(judgement) => {
            let got = answer(&judgement);
            let failure = unexpected(case, &got);
            (got, failure)
        }
        Err(problem) => {
            let got = Answer {
                verdict: Verdict::Deny,
                reason: Reason::Internal,
                status: 500,
                rules: vec![],
            };
            (got, Some(problem))
        }
    };
    let document = format!("{}/{}", test.namespace.value, test.name.value);
    Outcome {
        document,
        name: case.name.value.clone(),
        span: case.span,
        got,
        failure,
    }
}

/// The named target's guard, else the first one that routes the host, else the first.
fn choose<'a>(
    guards: &'a mut BTreeMap<&str, Guard>,
    target: Option<&str>,
    host: &str,
) -> Option<&'a mut Guard> {
    if let Some(target) = target {
        return guards.get_mut(target);
    }
    let routing = guards
        .iter()
        .find(|(_, guard)| guard.engine().routes(host).next().is_some());
    let name = routing
        .or_else(|| guards.iter().next())
        .map(|(name, _)| (*name).to_owned())?;
    guards.get_mut(name.as_str())
}

fn judge(
    guard: &mut Guard,
    case: &Case,
    default_issuer: Option<&str>,
) -> Result<Judgement, String> {
    let now = case.request.at.map_or(DEFAULT_TIME, UnixTime::from_secs);
    let mut fields = head(case);
    if let Some(token) = token(&case.who, guard, default_issuer, now)? {
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
        peer: peer.map(|(namespace, name)| {
            format!("spiffe://{trust_domain}/ns/{namespace}/sa/{name}").into_bytes()
        }),
    };
    Ok(offline::judge(guard, request, now, &mut |_| true))
}

/// The token that the issuer would have written; the guard gets the keys that it needs. `None` for who brings no token.
fn token(
    who: &Who,
    guard: &mut Guard,
    default_issuer: Option<&str>,
    now: UnixTime,
) -> Result<Option<String>, String> {
    let Some((position, subject)) = subject(who, guard, default_issuer)? else {
        return Ok(None);
    };
    let issuers = &guard.engine().bundle().issuers;
    let issuer = issuers.get(position).cloned().ok_or("no such issuer")?;
    let groups: Vec<String> = who.groups.iter().map(|group| group.value.clone()).collect();
    let asserted = Asserted {
        subject: &subject,
        groups: &groups,
        client: who.client.as_ref().map(|client| client.value.as_str()),
        claims: &claims(who, &issuer)?,
    };
    if let Some(keys) = Asserted::keys(&issuer) {
        let installed = guard.install_keys(position, &keys, now);
        installed.map_err(|error| error.to_string())?;
    }
    Ok(Some(asserted.token(&issuer, now)))
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

fn answer(judgement: &Judgement) -> Answer {
    let event = &judgement.event;
    let status = judgement
        .denial
        .as_ref()
        .map_or(200, |denial| denial.status);
    Answer {
        verdict: event.verdict,
        reason: event.reason,
        status,
        rules: event.rules.clone(),
    }
}

fn unexpected(case: &Case, got: &Answer) -> Option<String> {
    let expect = &case.expect;
    let verdict = expect
        .verdict
        .is_none_or(|expected| expected.value == got.verdict);
    let reason = expect
        .reason
        .is_none_or(|expected| expected.value == got.reason);
    let status = expect.status.is_none_or(|expected| expected == got.status);
    if verdict && reason && status {
        return None;
    }
    let verdict = if got.verdict == Verdict::Allow {
        "allow"
    } else {
        "deny"
    };
    let rules = if got.rules.is_empty() {
        String::new()
    } else {
        format!(" by {}", got.rules.join(", "))
    };
    Some(format!(
        "got {verdict}, {} ({}){rules}",
        got.reason.code(),
        got.status
    ))
}

#[cfg(test)]
mod tests;
