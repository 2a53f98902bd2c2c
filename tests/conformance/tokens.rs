//! A hundred thousand tokens that are almost good, judged by the whole machine: none is accepted, none stops it.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use libtest_mimic::{Failed, Trial};
use policies::decision::Reason;
use policies::offline::{Request, judge};
use policies::time::UnixTime;
use policies::verify::verify;
use tests::cases::Case;
use tests::cases::fixture::{Mode, PARTNERS};
use tests::cases::message::Message;
use tests::mutation::{Dice, mutated};
use tests::token::{Key, jwks};

const TOKENS: u32 = 100_000;
const SEED: u64 = 20_261_124;
/// Noon of a Monday, UTC.
const NOON: u64 = 1_795_435_200;

/// All of them.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test(
            "a hundred thousand tokens that are almost good: none is accepted",
            || none_is_accepted().map_err(|error| Failed::from(format!("{error:#}"))),
        ),
        Trial::test(
            "keys that cannot be fetched anew are flagged, and then no longer used",
            || stale().map_err(|error| Failed::from(format!("{error:#}"))),
        ),
    ]
}

/// The partners' keys were fetched at noon and never again; a token that lives for days is shown every now and then.
fn stale() -> Result<()> {
    let mut guard = Mode::Hold.guard();
    guard.install_keys(PARTNERS, jwks(&[Key::Rsa2]).to_string().as_bytes(), now())?;
    let token = good("{ like: pia, claims: { exp: now+999999 } }")?;
    for (later, stale, reason) in [
        (0, false, Reason::Allowed),
        (719, false, Reason::Allowed),
        (721, true, Reason::Allowed),
        (86_400, true, Reason::Allowed),
        (86_401, false, Reason::JwksUnavailable),
    ] {
        let at = UnixTime::from_secs(NOON + later);
        let event = judge(&mut guard, request(token.as_bytes())?, at, &mut verify).event;
        ensure!(
            event.stale_keys == stale && event.reason == reason,
            "after {later} s: {event:?}"
        );
    }
    Ok(())
}

fn none_is_accepted() -> Result<()> {
    let mut guard = Mode::Hold.guard();
    let mut dice = Dice::new(SEED);
    let good = [good("ana")?, good("ana-ec")?];
    for token in &good {
        let judgement = judge(&mut guard, request(token.as_bytes())?, now(), &mut verify);
        ensure!(judgement.denial.is_none(), "the good token is refused");
    }
    let mut reasons: BTreeMap<&str, u32> = BTreeMap::new();
    for turn in 0..TOKENS {
        let token = mutated(&good[dice.below(good.len())], &mut dice);
        let judgement = judge(&mut guard, request(&token)?, now(), &mut verify);
        let status = judgement.denial.map(|denial| denial.status);
        ensure!(
            status == Some(401),
            "token {turn}: {status:?} {:?} for {:?}",
            judgement.event.reason,
            String::from_utf8_lossy(&token)
        );
        *reasons.entry(judgement.event.reason.code()).or_default() += 1;
    }
    // the generator reaches every check, not only the first
    for reason in [
        "token_malformed",
        "signature_invalid",
        "algorithm_refused",
        "key_unknown",
        "claim_malformed",
    ] {
        ensure!(
            reasons.get(reason).is_some_and(|count| *count > 500),
            "{reason}: {reasons:?}"
        );
    }
    Ok(())
}

const fn now() -> UnixTime {
    UnixTime::from_secs(NOON)
}

fn good(who: &str) -> Result<String> {
    let message = message(who)?;
    let field = message
        .headers
        .iter()
        .find(|(name, _)| name == b"authorization");
    let value = field.map(|(_, value)| String::from_utf8_lossy(value).into_owned());
    Ok(value
        .unwrap_or_default()
        .trim_start_matches("Bearer ")
        .to_owned())
}

fn message(who: &str) -> Result<Message> {
    let text = format!("{{ name: any, who: {who}, expect: {{ verdict: allow, status: 200 }} }}");
    let case: Case = serde_saphyr::from_str(&text)?;
    Ok(Message::of(&case, NOON, "mutated"))
}

fn request(token: &[u8]) -> Result<Request> {
    let message = message("nobody")?;
    let pseudo = [
        (b":method".to_vec(), message.method),
        (b":authority".to_vec(), message.authority),
        (b":path".to_vec(), message.path),
    ];
    let credential = (b"authorization".to_vec(), [b"Bearer ", token].concat());
    Ok(Request {
        fields: pseudo.into_iter().chain([credential]).collect(),
        body: Some(message.body.unwrap_or_default().concat()),
        address: Some(b"127.0.0.1:40000".to_vec()),
        ..Request::default()
    })
}
