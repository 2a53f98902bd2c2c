//! A request that nobody sent, judged once when a configuration is loaded: the virtual machine translates what it has not run yet,
//! and that should not wait for the first caller.

use crate::action::Action;
use crate::audit::Ending;
use crate::authorize::Question;
use crate::base64url::encode;
use crate::exchange::{Exchange, ResponseHead};
use crate::guard::Guard;
use crate::head::Head;
use crate::principal::Caller;
use crate::signature::Verification;
use crate::step::Step;
use crate::time::UnixTime;

/// Goes through the machine as a caller with a token would. Its signature never holds, whatever `verify` does besides, so that
/// nothing is remembered; what was counted is forgotten. Says how long its audit event is, which is thrown away.
pub fn rehearse(guard: &mut Guard, now: UnixTime, mut verify: impl FnMut(&Verification)) -> usize {
    let head = head(guard, now);
    let mut exchange = Exchange::new(now);
    let mut step = exchange.request_head(guard, &head, None, true);
    while let Step::Verify(verification) = step {
        verify(&verification);
        step = exchange.signature(guard, false);
    }
    let _status = exchange.response_head(&ResponseHead::default());
    decide(guard, now);
    let ending = Ending {
        now,
        ..Ending::default()
    };
    let length = exchange.finish_line(guard, &ending).len();
    let _forgotten = guard.take_token_counts();
    length
}

fn head(guard: &Guard, now: UnixTime) -> Head {
    let bundle = guard.engine().bundle();
    let route = bundle.routes.first();
    let host = route.and_then(|route| route.hosts.first());
    let path = route.map(|route| format!("{}/v2/models/rehearsal", route.prefix));
    let field = |name: &str, value: &str| (name.as_bytes().to_vec(), value.as_bytes().to_vec());
    Head::new([
        field(":method", "GET"),
        field(":authority", host.map_or("rehearsal", String::as_str)),
        field(":path", path.as_deref().unwrap_or("/")),
        field("x-request-id", "rehearsal"),
        field("authorization", &format!("Bearer {}", token(guard, now))),
    ])
}

/// Of the first issuer, as far as that can be known; its signature is none.
fn token(guard: &Guard, now: UnixTime) -> String {
    let issuer = guard.engine().bundle().issuers.first();
    let (iss, aud) = issuer.map_or(("", ""), |issuer| {
        let audience = issuer.audiences.first();
        (issuer.issuer.as_str(), audience.map_or("", String::as_str))
    });
    let algorithm = issuer.and_then(|issuer| issuer.algorithms.first());
    let algorithm = algorithm.map_or("RS256", |algorithm| algorithm.name());
    let (from, until) = (now.secs(), now.secs().saturating_add(60));
    let header = format!(r#"{{"alg":"{algorithm}","typ":"JWT"}}"#);
    let payload = format!(
        r#"{{"iss":"{iss}","aud":"{aud}","sub":"rehearsal","email":"rehearsal","email_verified":true,"groups":["rehearsal"],"iat":{from},"exp":{until}}}"#
    );
    let signature = [0; 256];
    let parts = [header.as_bytes(), payload.as_bytes(), &signature];
    parts.map(encode).join(".")
}

fn decide(guard: &Guard, now: UnixTime) {
    let bundle = guard.engine().bundle();
    if let Some(model) = bundle.models.first() {
        let question = Question {
            namespace: &model.namespace,
            model: &model.name,
            api: model.api,
            action: Action::Predict,
            method: "POST",
            now,
        };
        let _unused = guard.engine().decide(&Caller::default(), question);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::{BodyMode, BodyPolicy, Bundle, Reselecting, VERSION};
    use crate::engine::Engine;
    use crate::guard::TokenCounts;

    #[test]
    fn a_rehearsal_leaves_nothing_behind() {
        let bundle = Bundle {
            version: VERSION,
            target: "edge".into(),
            trust_domain: "cluster.local".into(),
            body: BodyPolicy {
                mode: BodyMode::Stream,
                limit: 1,
            },
            issuers: Vec::new(),
            identity_headers: None,
            reselecting_headers: Reselecting::default(),
            hide_models: false,
            routes: Vec::new(),
            models: Vec::new(),
            terms: Vec::new(),
            scopes: 1,
            rules: Vec::new(),
        };
        let bundle = serde_json::to_string(&bundle).unwrap();
        let mut guard = Guard::new(Engine::load(bundle.as_bytes()).unwrap());
        let before = format!("{guard:?}");
        assert!(rehearse(&mut guard, UnixTime::from_secs(1_795_472_645), |_| {}) > 100);
        assert_eq!(format!("{guard:?}"), before);
        let none = TokenCounts { hits: 0, misses: 0 };
        assert_eq!(guard.take_token_counts(), none);
    }
}
