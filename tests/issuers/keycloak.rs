//! Tokens of a real Keycloak as they are, through the filter in a real Envoy and on the command line: `keycloak/cases.yaml`.

use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use libtest_mimic::Trial;
use policies::decision::Reason;
use serde::Deserialize;
use serde_json::{Value, json};
use tests::cases::Expect;
use tests::cases::native::compare;
use tests::process::PAUSE;
use tests::token::{decode, encode};

use crate::failed;

mod server;
mod world;

use world::{Gate, World};

/// A token of the client `brief` has expired by then; it lives for three seconds.
const EXPIRED: Duration = Duration::from_secs(20);
const CASES: &str = include_str!("keycloak/cases.yaml");

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    gate: Gate,
    who: Who,
    expect: Expect,
    #[serde(default)]
    whoami: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Who {
    person: Option<String>,
    client: String,
    tamper: Option<Tamper>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Tamper {
    Group,
    Signature,
}

/// What a trial does with what runs.
type Run = Box<dyn Fn(&World) -> Result<()> + Send>;

/// Started by the trial that needs it first; ended with the last.
#[derive(Default)]
struct Shared(OnceLock<Result<World, String>>);

impl Shared {
    fn world(&self) -> Result<&World> {
        let world = self
            .0
            .get_or_init(|| World::start().map_err(|error| format!("{error:#}")));
        world.as_ref().map_err(|error| anyhow!("{error}"))
    }
}

impl World {
    fn run(&self, case: &Case, id: &str) -> Result<()> {
        let guarded = self.guarded(case.gate);
        let token = self.token(&case.who)?;
        let (status, event) = guarded.ask(&token, id)?;
        ensure!(status == case.expect.status, "status {status}, {event:?}");
        compare(&case.expect, &event)?;
        let session = guarded.whoami(&token);
        // what the rules say is not asked here
        let first = match (status, event.reason) {
            (401, reason) => format!("refused: {}", reason.code()),
            _ => String::from("accepted"),
        };
        for line in case.whoami.iter().chain([&first]) {
            ensure!(
                session.output.lines().any(|found| found == line),
                "`{line}`: {session:?}"
            );
        }
        Ok(())
    }

    fn token(&self, who: &Who) -> Result<String> {
        let token = self.keycloak.token(&who.client, who.person.as_deref())?;
        match who.tamper {
            Some(tamper) => tampered(&token, tamper),
            None => Ok(token),
        }
    }

    /// One token, before and after its end; it was remembered in between.
    fn expires(&self) -> Result<()> {
        let guarded = self.guarded(Gate::Groups);
        let token = self.keycloak.token("brief", Some("ana"))?;
        let (status, event) = guarded.ask(&token, "brief-0")?;
        ensure!(status == 200, "{event:?}");
        let start = Instant::now();
        for number in 1.. {
            let id = format!("brief-{number}");
            let (status, event) = guarded.ask(&token, &id)?;
            if status != 200 {
                ensure!(event.reason == Reason::TokenExpired, "{event:?}");
                break;
            }
            ensure!(start.elapsed() < EXPIRED, "still good after {EXPIRED:?}");
            thread::sleep(PAUSE);
        }
        let session = guarded.whoami(&token);
        ensure!(
            session.output.starts_with("refused: token_expired\n"),
            "{session:?}"
        );
        Ok(())
    }

    /// What makes the other trials say something about such a set.
    fn encrypts(&self) -> Result<()> {
        let keys = self.keycloak.keys()?;
        let found = |name: &str, value: &str| keys.iter().any(|key| key[name] == value);
        ensure!(found("use", "enc") && found("alg", "RSA-OAEP"), "{keys:?}");
        ensure!(found("alg", "RS256") && found("alg", "ES256"), "{keys:?}");
        self.guarded(Gate::Groups).proxy.no_machine_failed()
    }
}

/// One trial for each case, and those that are more than one request.
pub fn trials() -> Result<Vec<Trial>> {
    let cases: Vec<Case> = serde_saphyr::from_str(CASES)?;
    let mut runs: Vec<(String, Run)> = vec![
        (
            String::from("keycloak: a token counts until it expires, and no longer"),
            Box::new(World::expires),
        ),
        (
            String::from("keycloak: the keys hold one that encrypts, which is passed over"),
            Box::new(World::encrypts),
        ),
    ];
    for (number, case) in cases.into_iter().enumerate() {
        let name = format!("keycloak, gate {}: {}", case.gate.name(), case.name);
        let run = move |world: &World| world.run(&case, &format!("case-{number}"));
        runs.push((name, Box::new(run)));
    }
    let shared = Arc::new(Shared::default());
    let trial = |(name, run): (String, Run)| {
        let shared = Arc::clone(&shared);
        Trial::test(name, move || shared.world().and_then(run).map_err(failed))
    };
    Ok(runs.into_iter().map(trial).collect())
}

fn tampered(token: &str, tamper: Tamper) -> Result<String> {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, payload, signature] = parts[..] else {
        anyhow::bail!("the token has {} parts", parts.len());
    };
    match tamper {
        Tamper::Group => {
            let mut claims: Value = serde_json::from_slice(&decode(payload)?)?;
            claims["groups"] = json!(["risk-analytics"]);
            let payload = encode(claims.to_string().as_bytes());
            Ok(format!("{header}.{payload}.{signature}"))
        }
        Tamper::Signature => {
            let mut bytes = decode(signature)?;
            *bytes.last_mut().context("there is a signature")? ^= 1;
            Ok(format!("{header}.{payload}.{}", encode(&bytes)))
        }
    }
}
