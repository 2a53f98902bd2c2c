//! `whoami` on tokens that are refused: one sentence that says what is wrong and what to do, and never the token.

use cli::Exit;
use libtest_mimic::Failed;
use tests::cases::caller::Caller;

use super::Test;
use super::session::{expect, run};

/// These tests.
pub const TESTS: &[Test] = &[
    (
        "whoami: every refusal says in a sentence what to do",
        every_refusal,
    ),
    (
        "whoami: an identity with its application and claims",
        everything_accepted,
    ),
];

const AT: u64 = 1_770_000_000;
const POLICY: &str = "cases/policy";

/// Who asks, the code, and the sentence.
const REFUSALS: [(&str, &str, &str); 19] = [
    (
        "{ like: ana, claims: { exp: now-7300 } }",
        "token_expired",
        "the token expired 2 hours ago, at 2026-02-02T00:38:20.000Z: get a new one",
    ),
    (
        "{ like: ana, claims: { nbf: now+90 } }",
        "token_not_yet_valid",
        "the token's `nbf` is 1 minute ahead: wait, or have the clocks compared",
    ),
    (
        "{ like: ana, claims: { aud: account } }",
        "audience_mismatch",
        "the token is for someone else (`aud`): ask issuer `people` for a token for `ml-models`, `ml-batch`",
    ),
    (
        "{ like: ana, without: [aud] }",
        "claim_missing",
        "the token has no `aud`: have the issuer put it in",
    ),
    (
        "{ like: ana, without: [email] }",
        "claim_missing",
        "the token has no `email`: have the issuer put it in",
    ),
    (
        "{ like: ana, claims: { email: 7 } }",
        "claim_malformed",
        "the token's `email` is not a name of at most 256 bytes",
    ),
    (
        "{ like: ana, without: [email_verified] }",
        "email_unverified",
        "the token's `email` is not verified (`email_verified` is not true): verify the address at the issuer",
    ),
    (
        "{ like: ana, claims: { _claim_names: { groups: a } } }",
        "groups_overage",
        "the user is in too many groups for the token (`_claim_names`): have the issuer put in only the groups that are assigned to the application",
    ),
    (
        "{ like: lea, claims: { exp: now+7200 } }",
        "lifetime_refused",
        "the token lives for 2 hours, the most is 1 hour: ask for a shorter one",
    ),
    (
        "{ like: lea, claims: { tid: tenant-9 } }",
        "claim_refused",
        "the token's `tid` has none of `tenant-1`, `tenant-2`",
    ),
    (
        "{ like: lea, claims: { acr_level: high } }",
        "claim_malformed",
        "the token's `acr_level` is not an integer",
    ),
    (
        "{ like: lea, header: { typ: JWT } }",
        "type_refused",
        "the token's `typ` is none of `at+jwt`: send an access token",
    ),
    (
        "{ like: lea, key: rsa-1, scheme: RS256, header: { alg: RS256 } }",
        "algorithm_refused",
        "the token's `alg` is RS256, tokens of issuer `labs` are accepted with RS384, RS512, ES384, EdDSA",
    ),
    (
        "{ like: ana, header: { alg: none } }",
        "algorithm_refused",
        "the token's `alg` is none that could be accepted",
    ),
    (
        "{ like: ana, header: { crit: [a] } }",
        "header_parameter_refused",
        "the token's header has `crit`, which is not accepted",
    ),
    (
        "{ like: ana, header: { kid: nobody } }",
        "key_unknown",
        "issuer `people` has no key that the token names (`kid` and `alg`): get a new token",
    ),
    (
        "{ like: ana, mutate: flip_signature }",
        "signature_invalid",
        "the token is not signed by a key of issuer `people`: it was changed, or made by someone else",
    ),
    (
        "pia",
        "jwks_unavailable",
        "the keys of issuer `partners` are not known here: add `--jwks partners=FILE` or `--fetch-jwks`",
    ),
    (
        "{ issuer: meshed, claims: { sub: mia } }",
        "unverified_by_mesh",
        "only a proxy can say whether Istio accepts tokens of issuer `meshed`",
    ),
];

fn every_refusal() -> Result<(), Failed> {
    for (who, reason, sentence) in REFUSALS {
        let token = token(who)?;
        let session = run(&format!("whoami {POLICY} --at {AT}"), token.as_bytes());
        let expected = format!("refused: {reason}\n{sentence}\n");
        expect(
            session.exit == Exit::Problems && session.output == expected,
            &session,
        )?;
        expect(!session.errors.contains(&token), &session)?;
    }
    Ok(())
}

fn everything_accepted() -> Result<(), Failed> {
    let who =
        "{ like: lea, claims: { amr: [pwd, otp], acr_level: 2, scope: 'a b', intern: false } }";
    let session = run(
        &format!("whoami {POLICY} --at {AT}"),
        token(who)?.as_bytes(),
    );
    let expected = "accepted\nissuer: labs\nuser: lea\ngroups: scientists\nthrough: notebook\nclaim desk: d7\nclaim intern: false\n\
                    claim level: 2\nclaim mfa: otp, pwd\nclaim scope: a, b\nvalid until: 2026-02-02T02:46:00.000Z\n";
    expect(
        session.exit == Exit::Clean && session.output == expected,
        &session,
    )?;
    let session = run(
        &format!("whoami {POLICY} --at {AT}"),
        token("checkout-pod")?.as_bytes(),
    );
    let account = "accepted\nissuer: cluster\nservice account: payments/checkout\n";
    expect(
        session.exit == Exit::Clean && session.output.starts_with(account),
        &session,
    )
}

fn token(who: &str) -> Result<String, Failed> {
    let caller: Caller = serde_saphyr::from_str(who)?;
    let value = caller.authorization(AT).into_iter().next();
    let value = value.ok_or("a caller without a token")?;
    Ok(value.trim_start_matches("Bearer ").to_owned())
}
