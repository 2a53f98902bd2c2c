//! Bearer tokens: what is taken apart without a complaint is what RFC 7519 calls a token, of an issuer of the gate, and valid now.

use std::cell::LazyCell;

use policies::base64url::{decode, encode};
use policies::engine::Engine;
use policies::mesh;
use policies::principal::{MAX_GROUPS, MAX_NAME, Subject};
use policies::time::UnixTime;
use policies::token::{MAX_BYTES, Proof, Unverified, read};
use serde_json::Value;
use tests::cases::fixture::Mode;

use super::NOON;
use crate::input::Input;
use crate::memory;

/// Most bytes of memory for each byte of a token, about, and beside them.
const MEMORY: (usize, usize) = (64, 64 * 1024);

thread_local! {
    static ENGINE: LazyCell<Engine> = LazyCell::new(|| {
        Engine::load(Mode::Hold.compiled().bundle.as_bytes()).expect("the bundle loads")
    });
}

/// `r`: a token as it is. `m`: a payload, a line feed, what the proxy says of it. Else header, payload and signature, line by line.
pub fn run(data: &[u8]) {
    let mut input = Input(data);
    let kind = input.byte();
    let now = UnixTime::from_secs(NOON + 60 * u64::from(input.byte()));
    match kind {
        b'r' => judge(input.0, now),
        b'm' => compare(&mut input),
        _ => {
            let parts = [input.until(b"\n"), input.until(b"\n"), input.0];
            judge(parts.map(encode).join(".").as_bytes(), now);
        }
    }
}

fn judge(token: &[u8], now: UnixTime) {
    ENGINE.with(|engine| {
        let engine: &Engine = engine;
        let before = memory::held();
        let taken = read(engine, token, now);
        let grown = usize::try_from(memory::held() - before).unwrap_or_default();
        assert!(grown <= MEMORY.0 * token.len() + MEMORY.1, "{grown} bytes");
        assert_eq!(
            taken,
            read(engine, token, now),
            "the same token is the same"
        );
        match taken {
            Ok(unverified) => accepted(engine, token, now, &unverified),
            Err(refusal) => {
                assert!(refusal.reason.status() == 401, "{refusal:?}");
                assert!(refusal.detail.len() < 1024, "{refusal:?}");
            }
        }
    });
}

fn accepted(engine: &Engine, token: &[u8], now: UnixTime, unverified: &Unverified) {
    assert!(token.len() <= MAX_BYTES);
    let parts: Vec<&[u8]> = token.split(|byte| *byte == b'.').collect();
    let [header, payload, _] = parts.as_slice() else {
        panic!("three parts")
    };
    let value = |part: &[u8]| -> Value {
        serde_json::from_slice(&decode(part).expect("base64url")).expect("JSON")
    };
    let (header, payload) = (value(header), value(payload));
    let issuer = &engine.bundle().issuers[unverified.issuer];
    assert_eq!(payload["iss"], issuer.issuer.as_str());
    assert_eq!(header["alg"], unverified.algorithm.name());
    assert!(issuer.algorithms.contains(&unverified.algorithm));
    assert_eq!(header["kid"].as_str(), unverified.kid.as_deref());
    assert!(header.get("crit").is_none() && header.get("b64").is_none());
    let audiences = match &payload["aud"] {
        Value::Array(several) => several.clone(),
        one => vec![one.clone()],
    };
    assert!(
        issuer
            .audiences
            .iter()
            .any(|known| audiences.contains(&Value::from(known.as_str())))
    );
    let identity = &unverified.identity;
    assert!(identity.valid_until > now.secs(), "it is valid now");
    assert!(identity.groups.len() <= MAX_GROUPS);
    let name = match &identity.subject {
        Subject::User(name) | Subject::ServiceAccount(name) => name.clone(),
        Subject::Workload(workload) => workload.name(),
    };
    let names = identity.groups.iter().chain([&name]);
    names.for_each(|name| assert!(!name.is_empty() && !name.chars().any(char::is_control)));
    assert!(name.len() <= 2 * MAX_NAME + 1);
    if let Proof::Signature { signing_input, .. } = &unverified.proof {
        assert!(
            token.starts_with(signing_input),
            "what was signed is the token"
        );
    }
}

/// Whatever the proxy's text is, it is read without harm, and a payload is not every text's.
fn compare(input: &mut Input<'_>) {
    let payload = input.until(b"\n");
    if let Ok(Value::Object(claims)) = serde_json::from_slice(payload) {
        let same = mesh::is_payload(&claims, input.0);
        assert!(
            !same || !mesh::is_payload(&claims, &[input.0, b"\0"].concat()) || claims.is_empty()
        );
    }
}
