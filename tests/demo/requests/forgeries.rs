//! Requests with a token that is missing, forged, or in the wrong place.

use anyhow::Result;
use policies::decision::Reason::{
    AlgorithmRefused, AudienceMismatch, IssuerUnknown, KeyUnknown, SignatureInvalid, TokenExpired,
    TokenInQuery, TokenMissing, TokenRepeated,
};
use serde_json::json;
use tests::identity::Identity;

use super::{Case, PREDICTIONS, predict, predict_at};
use crate::forge::Forgery;
use crate::tokens::Tokens;

const WORKLOADS: &str = "https://id.example.com/realms/workloads";
const ELSEWHERE: &str = "https://id.example.net/realms/people";

pub fn all(tokens: &Tokens, identity: &Identity) -> Result<Vec<Case>> {
    let Tokens {
        analyst, support, ..
    } = tokens;
    let in_query = predict_at(&format!("{PREDICTIONS}?access_token={analyst}"));
    let two = predict().bearer(support).bearer(analyst);
    let mut cases = vec![Case::new("nobody", "no token", predict(), TokenMissing)];
    cases.extend(signed_by_the_provider(tokens, identity)?);
    cases.extend(forged(tokens, identity)?);
    cases.push(Case::new("support", "two tokens", two, TokenRepeated));
    cases.push(Case::new(
        "analyst",
        "the token in the query",
        in_query,
        TokenInQuery,
    ));
    Ok(cases)
}

/// With the provider's own key: only the claims are wrong.
fn signed_by_the_provider(tokens: &Tokens, identity: &Identity) -> Result<Vec<Case>> {
    let key = identity.private_key("people")?;
    let good = || Forgery::of(&tokens.analyst);
    let expired = good()?
        .claim("iat", 1_700_000_000)
        .claim("exp", 1_700_003_600)
        .signed_rs256(&key)?;
    let audience = good()?.claim("aud", "billing").signed_rs256(&key)?;
    let issuer = good()?.claim("iss", WORKLOADS).signed_rs256(&key)?;
    let stranger = good()?.claim("iss", ELSEWHERE).signed_rs256(&key)?;
    Ok(vec![
        Case::new(
            "analyst",
            "an expired token",
            predict().bearer(&expired),
            TokenExpired,
        ),
        Case::new(
            "analyst",
            "a token for another audience",
            predict().bearer(&audience),
            AudienceMismatch,
        ),
        Case::new(
            "analyst",
            "a key of people, `iss` of workloads",
            predict().bearer(&issuer),
            KeyUnknown,
        ),
        Case::new(
            "stranger",
            "a token of an unknown issuer",
            predict().bearer(&stranger),
            IssuerUnknown,
        ),
    ])
}

fn forged(tokens: &Tokens, identity: &Identity) -> Result<Vec<Case>> {
    let key = identity.private_key("people")?;
    let good = || Forgery::of(&tokens.support);
    let none = good()?.header("alg", "none").unsigned();
    let secret = good()?.signed_hs256(&key)?;
    let changed = good()?
        .claim("groups", json!(["risk-analytics"]))
        .with_old_signature();
    Ok(vec![
        Case::new(
            "forger",
            "`alg` none, no signature",
            predict().bearer(&none),
            AlgorithmRefused,
        ),
        Case::new(
            "forger",
            "HS256 with the public key",
            predict().bearer(&secret),
            AlgorithmRefused,
        ),
        Case::new(
            "forger",
            "other groups, old signature",
            predict().bearer(&changed),
            SignatureInvalid,
        ),
    ])
}
