//! What the compiled bundle says of a request, beside what Istio would do.

use compiler::import::{Imported, import};
use libtest_mimic::Failed;
use policies::base64url;
use policies::engine::Engine;
use policies::guard::Guard;
use policies::offline::{self, Asserted};
use policies::time::UnixTime;
use serde_json::{Value, json};
use tests::import::requests::{Numbers, Words};
use tests::import::{Drawn, cases, compiled, draw, istio};

/// When every request comes.
const NOW: UnixTime = UnixTime::from_secs(1_767_614_400);
/// Requests for each policy.
const REQUESTS: usize = 2000;
/// What is told and changes nothing about who may call.
const WITHOUT_EFFECT: [&str; 2] = ["MG0703", "MG0714"];

/// The proxy that would run what was imported; none where nothing was.
fn proxy(imported: &Imported) -> Result<Option<Guard>, Failed> {
    if imported.files.is_empty() {
        return Ok(None);
    }
    let compiled = compiled(&imported.files)?;
    let mut guard = Guard::new(Engine::load(compiled.bundle.as_bytes())?);
    let issuers = guard.engine().bundle().issuers.clone();
    for (position, issuer) in issuers.iter().enumerate() {
        if let Some(keys) = Asserted::keys(issuer) {
            guard.install_keys(position, &keys, NOW)?;
        }
    }
    Ok(Some(guard))
}

fn token(claims: &Value) -> String {
    let part = |value: &Value| base64url::encode(value.to_string().as_bytes());
    let header = part(&json!({ "alg": "RS256", "typ": "JWT" }));
    format!("{header}.{}.{}", part(claims), base64url::encode(&[1; 256]))
}

/// Never more than Istio, and the same where nothing is told.
pub fn compared() -> Result<(), Failed> {
    let (mut allowed, mut same) = (0, 0);
    for (number, case) in cases()?.into_iter().enumerate() {
        let wish = case.wish()?;
        let imported = import(&[case.source()], &wish);
        if imported
            .diagnostics
            .iter()
            .any(|diagnostic| diagnostic.code == "MG0701")
        {
            continue;
        }
        let exact = imported
            .diagnostics
            .iter()
            .all(|diagnostic| WITHOUT_EFFECT.contains(&diagnostic.code));
        let mut guard = proxy(&imported)?;
        let resources = istio::resources(&case.text)?;
        let words = Words::of(&resources);
        let mut numbers = Numbers(number as u64 + 1);
        for _ in 0..REQUESTS {
            let drawn = draw(&mut numbers, &wish, &words);
            let ours = guard.as_mut().is_some_and(|guard| allows(guard, &drawn));
            let theirs = istio::allows(&resources, &drawn.request);
            if ours && !theirs || exact && ours != theirs {
                return Err(format!(
                    "{}: imported {ours}, Istio {theirs}: {:#?}",
                    case.name, drawn.request
                )
                .into());
            }
            allowed += usize::from(ours);
        }
        same += usize::from(exact);
    }
    // otherwise nothing was compared
    if allowed > 2500 && same > 8 {
        Ok(())
    } else {
        Err(format!(
            "only {allowed} requests were allowed, {same} policies are carried over as a whole"
        )
        .into())
    }
}

/// Whether the imported files allow the request, as the machine gets it.
fn allows(guard: &mut Guard, drawn: &Drawn) -> bool {
    let request = &drawn.request;
    let head = [&request.method, &request.host, &request.path, drawn.kind];
    let names = [":method", ":authority", ":path", "content-type"];
    let pairs = names.into_iter().zip(head);
    let mut fields: Vec<(Vec<u8>, Vec<u8>)> = pairs
        .map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec()))
        .collect();
    if let Some(claims) = &request.token {
        let value = format!("Bearer {}", token(claims));
        fields.push((b"authorization".to_vec(), value.into_bytes()));
    }
    let peer = request.peer.as_ref();
    let offline = offline::Request {
        fields,
        body: (request.method != "GET").then(|| drawn.body.clone()),
        trailers: false,
        address: None,
        peer: peer.map(|peer| format!("spiffe://{peer}").into_bytes()),
    };
    offline::judge(guard, offline, NOW, &mut |_| true)
        .denial
        .is_none()
}
