//! Tokens in large numbers and of every algorithm, through the filter in a real Envoy.

use std::fs;
use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use policies::algorithm::{Algorithm, Family};
use serde_json::{Value, json};
use tests::cases::Case;
use tests::cases::fixture::{Mode, compile};
use tests::cases::message::Message;
use tests::envoy::{Proxy, Setup, manager, portable};
use tests::mutation::{Dice, mutated};
use tests::token::{Key, Scheme, mint};
use wasmparser::{Parser, Payload};

use crate::backend::Backend;
use crate::client::send;
use crate::corpus::{failed, now};
use crate::flood::flood;

const MUTATED: usize = 10_000;
const SEED: u64 = 24_112_026;

/// What is signed with which key and scheme for an algorithm.
const SIGNED: [(Algorithm, Key, Scheme); 9] = [
    (Algorithm::RS256, Key::Rsa1, Scheme::RS256),
    (Algorithm::RS384, Key::Rsa1, Scheme::RS384),
    (Algorithm::RS512, Key::Rsa1, Scheme::RS512),
    (Algorithm::PS256, Key::Rsa1, Scheme::PS256),
    (Algorithm::PS384, Key::Rsa1, Scheme::PS384),
    (Algorithm::PS512, Key::Rsa1, Scheme::PS512),
    (Algorithm::ES256, Key::Ec1, Scheme::ES256),
    (Algorithm::ES384, Key::P384, Scheme::ES384),
    (Algorithm::EdDSA, Key::Ed25519, Scheme::EdDSA),
];

/// All of them.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test(
            "tokens: ten thousand that are almost good, none is accepted",
            || almost_good().map_err(failed),
        ),
        Trial::test(
            "tokens: every algorithm, verified by the host or by the module",
            || algorithms("by-host", false).map_err(failed),
        ),
        Trial::test(
            "tokens: every algorithm, with a host that verifies nothing",
            || algorithms("by-module", true).map_err(failed),
        ),
        Trial::test(
            "tokens: a host that cannot verify what the gate accepts stops the start",
            || nobody_verifies().map_err(failed),
        ),
        Trial::test(
            "tokens: verified by Envoy's own check, as Istio configures it",
            || crate::jwt_authn::by_istio().map_err(failed),
        ),
    ]
}

fn almost_good() -> Result<()> {
    let backend = Backend::start()?;
    let setup = Setup::new(Mode::Hold.compiled(), backend.address, backend.address)?;
    let proxy = setup.start("almost-good")?;
    let good = [token("ana")?, token("ana-ec")?];
    let statuses = flood(proxy.address, MUTATED, |number| {
        let mut dice = Dice::new(SEED + u64::try_from(number).unwrap_or(0));
        let token = mutated(&good[dice.below(good.len())], &mut dice);
        request(&token)
    })?;
    // 400: bytes that Envoy itself does not take for a header
    let refused: usize = [400, 401]
        .iter()
        .filter_map(|status| statuses.get(status))
        .sum();
    ensure!(
        refused == MUTATED && statuses.get(&401) > Some(&(MUTATED / 2)),
        "{statuses:?}"
    );
    unharmed(&proxy, "ana")
}

/// The virtual machine is alive, and good tokens count.
fn unharmed(proxy: &Proxy, who: &str) -> Result<()> {
    let statuses = flood(proxy.address, 1, |_| {
        request(token(who).unwrap_or_default().as_bytes())
    })?;
    ensure!(statuses.get(&200) == Some(&1), "a good token: {statuses:?}");
    proxy.no_machine_failed()
}

/// The predict request with this token. Bytes that end a header line are sent as blanks.
fn request(token: &[u8]) -> Vec<u8> {
    let line: Vec<u8> = token
        .iter()
        .map(|byte| {
            if matches!(byte, b'\r' | b'\n') {
                b' '
            } else {
                *byte
            }
        })
        .collect();
    let path = "/seldon/fraud/fraud-detector/api/v1.0/predictions";
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: fraud.models.example.com\r\ncontent-length: 2\r\nauthorization: Bearer "
    );
    [head.as_bytes(), &line, b"\r\n\r\n{}"].concat()
}

/// A known caller's token.
pub fn token(who: &str) -> Result<String> {
    let text = format!("{{ name: any, who: {who}, expect: {{ verdict: allow, status: 200 }} }}");
    let case: Case = serde_saphyr::from_str(&text)?;
    let message = Message::of(&case, now()?, "any");
    let field = message
        .headers
        .iter()
        .find(|(name, _)| name == b"authorization");
    let (_, value) = field.context("there is a token")?;
    Ok(String::from_utf8_lossy(value)
        .trim_start_matches("Bearer ")
        .to_owned())
}

/// The issuer `people` with every algorithm and its keys, and the module that has all of them.
fn setup(limited: bool) -> Result<Setup> {
    let names = SIGNED.map(|(algorithm, ..)| algorithm.name()).join(", ");
    let keys = [Key::P384, Key::Ed25519].map(|key| format!("          - {}\n", key.jwk()));
    let compiled = compile(|gate| {
        gate.replacen(
            "algorithms: [RS256, ES256]",
            &format!("algorithms: [{names}]"),
            1,
        )
        .replacen("kid: rsa-1, alg: RS256,", "kid: rsa-1,", 1)
        .replacen(
            "        keys:\n",
            &format!("        keys:\n{}", keys.concat()),
            1,
        )
    })?;
    let backend = Backend::start()?;
    let mut setup = Setup::new(&compiled, backend.address, backend.address)?;
    let plugin = plugin(&mut setup)?;
    plugin["vm_config"]["code"]["local"]["filename"] = json!(portable()?);
    if limited {
        withhold_foreign_functions(plugin)?;
    }
    Ok(setup)
}

fn plugin(setup: &mut Setup) -> Result<&mut Value> {
    let plugin = manager(setup.listener())?.pointer_mut("/http_filters/0/typed_config/config");
    plugin.context("the listener has no filter")
}

/// Envoy gives a plugin only what it is listed for: here all but the call of foreign functions.
fn withhold_foreign_functions(plugin: &mut Value) -> Result<()> {
    let path = plugin["vm_config"]["code"]["local"]["filename"].as_str();
    let module = fs::read(path.context("the plugin has a file")?)?;
    let mut allowed = serde_json::Map::new();
    for part in Parser::new(0).parse_all(&module) {
        match part? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    allowed.insert(import?.name.to_owned(), json!({}));
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    allowed.insert(export?.name.to_owned(), json!({}));
                }
            }
            _ => {}
        }
    }
    let withheld = allowed.remove("proxy_call_foreign_function");
    ensure!(withheld.is_some(), "the filter calls no foreign function");
    plugin["capability_restriction_config"] = json!({ "allowed_capabilities": allowed });
    Ok(())
}

fn algorithms(name: &str, limited: bool) -> Result<()> {
    let proxy = setup(limited)?.start(name)?;
    for (algorithm, key, scheme) in SIGNED {
        let answer = |said: Algorithm| -> Result<u16> {
            let header = json!({ "alg": said.name(), "typ": "JWT", "kid": key.id() });
            let claims = json!({
                "iss": "https://id.example.com/realms/people", "aud": "ml-models", "exp": now()? + 300,
                "email": "ana@example.com", "email_verified": true, "groups": ["analysts"],
            });
            let token = mint(&header.to_string(), &claims.to_string(), key, scheme);
            let statuses = flood(proxy.address, 1, |_| request(token.as_bytes()))?;
            statuses.into_keys().next().context("one answer")
        };
        ensure!(answer(algorithm)? == 200, "{} is refused", algorithm.name());
        let others = SIGNED
            .iter()
            .filter(|(other, ..)| *other != algorithm && other.family() == algorithm.family());
        for (other, ..) in others {
            ensure!(
                answer(*other)? == 401,
                "{} counts as {}",
                algorithm.name(),
                other.name()
            );
        }
    }
    ensure!(
        SIGNED
            .iter()
            .all(|(algorithm, ..)| algorithm.family() != Family::Secret),
        "secrets are in the corpus"
    );
    unharmed(&proxy, "ana")
}

fn nobody_verifies() -> Result<()> {
    let backend = Backend::start()?;
    let mut setup = Setup::new(Mode::Hold.compiled(), backend.address, backend.address)?;
    withhold_foreign_functions(plugin(&mut setup)?)?;
    let Err(error) = setup.start("nobody-verifies") else {
        anyhow::bail!("Envoy started");
    };
    let error = format!("{error:#}");
    ensure!(
        error.contains("needs the filter's build feature `portable`"),
        "{error}"
    );
    Ok(())
}

/// Sends one known caller's request; for other trials.
pub fn status(proxy: &Proxy, who: &str, id: &str) -> Result<u16> {
    status_at(proxy.address, who, id)
}

/// The same, where the proxy is waited for.
pub fn status_at(address: SocketAddr, who: &str, id: &str) -> Result<u16> {
    let text = format!("{{ name: any, who: {who}, expect: {{ verdict: allow, status: 200 }} }}");
    let case: Case = serde_saphyr::from_str(&text)?;
    Ok(send(address, &Message::of(&case, now()?, id), true)?.status)
}
