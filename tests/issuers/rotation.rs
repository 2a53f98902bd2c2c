//! oidc-provider changes its signing key while requests flow; and a first request comes before any key is there.

use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use policies::decision::Reason;
use tests::audit;
use tests::backend::Backend;
use tests::envoy::Proxy;
use tests::process::PAUSE;

use crate::failed;
use crate::provider::Provider;
use crate::traffic::{Sent, Traffic, predict};

/// A key that nobody knew is fetched within this time of its first use.
const ROTATED: Duration = Duration::from_secs(30);
/// Longest wait of a request for keys.
const WAITED: Duration = Duration::from_secs(5);
/// What the machine may take for everything else.
const SLACK: Duration = Duration::from_secs(20);
const PERSON: &str = "ana@example.com";

/// The rotation.
pub fn trials() -> Vec<Trial> {
    vec![Trial::test(
        "oidc-provider: a key is rotated while requests flow",
        || rotated().map_err(failed),
    )]
}

/// The first request.
pub fn cold_start() -> Trial {
    let name = "oidc-provider: the first request of a cold start waits for keys";
    Trial::test(name, || first().map_err(failed))
}

fn rotated() -> Result<()> {
    let mut provider = Provider::start("rotation")?;
    let backend = Backend::start()?;
    let proxy = provider.gate(&backend)?.start("rotation")?;
    let old = provider.identity.person(PERSON)?;
    let machine = provider.identity.workload("checkout")?;
    let traffic = Traffic::start(proxy.address, vec![("old", old), ("machine", machine)]);
    for caller in ["old", "machine"] {
        traffic.wait_for(SLACK, |sent| sent.caller == caller && sent.status == 200)?;
    }
    provider.rotate("people-2")?;
    traffic.add("new", provider.identity.person(PERSON)?);
    let used = traffic.wait_for(SLACK, |sent| sent.caller == "new")?;
    let taken = traffic.wait_for(ROTATED + SLACK, |sent| {
        sent.caller == "new" && sent.status == 200
    })?;
    traffic.wait_for(SLACK, |sent| sent.caller == "old" && sent.at > taken.at)?;
    check(&proxy, &traffic.end()?, &used, &taken)
}

/// The old key counts until the new one does, and then no more; the other realm notices nothing.
fn check(proxy: &Proxy, all: &[Sent], used: &Sent, taken: &Sent) -> Result<()> {
    let took = taken.at.duration_since(used.at);
    let of = |caller: &'static str| all.iter().filter(move |sent| sent.caller == caller);
    println!(
        "a new key counted {:.1} s after its first use; {} requests flowed, {} of them of the other realm",
        took.as_secs_f64(),
        all.len(),
        of("machine").count()
    );
    ensure!(took <= ROTATED, "the new key counted after {took:?}");
    // the keys were replaced after this one was refused, and before the first that was not
    let last_refused = of("new").rfind(|sent| sent.status == 401);
    let replacing =
        |sent: &Sent| sent.at < taken.at && last_refused.is_none_or(|last| sent.at > last.at);
    let wrong = all.iter().find(|sent| {
        let expected = match sent.caller {
            "machine" => 200,
            "old" if replacing(sent) => return ![200, 401].contains(&sent.status),
            "old" if sent.at < taken.at => 200,
            "new" if sent.at >= taken.at => 200,
            _ => 401,
        };
        sent.status != expected
    });
    ensure!(
        wrong.is_none(),
        "{wrong:?}, the new key counted at {:?}",
        taken.at
    );
    let refused = of("old").find(|sent| sent.at > taken.at);
    for sent in [
        refused.context("the old token was sent again")?,
        first_refused(all)?,
    ] {
        let event = audit::wait_for(proxy, &sent.id)?;
        ensure!(event.reason == Reason::KeyUnknown, "{event:?}");
    }
    Ok(())
}

/// A token of the new key that came too early, if one did: the fetch may have been due at that moment.
fn first_refused(all: &[Sent]) -> Result<&Sent> {
    let refused = all.iter().find(|sent| sent.status == 401);
    refused.context("some request was refused")
}

/// The proxy fetches keys as soon as it starts; this request comes as soon as it listens.
fn first() -> Result<()> {
    let provider = Provider::start("cold-start")?;
    let backend = Backend::start()?;
    let setup = provider.gate(&backend)?;
    let (token, address) = (provider.identity.person(PERSON)?, setup.address());
    let asking = thread::spawn(move || ask_at_once(address, &token));
    let proxy = setup.start("cold-start")?;
    let status = asking.join().ok().context("the client failed")??;
    let event = audit::wait_for(&proxy, "first")?;
    let waited = Duration::from_micros(event.duration_micros);
    println!(
        "the first request of a cold start took {:.1} ms",
        waited.as_secs_f64() * 1000.0
    );
    ensure!(
        status == 200
            && event.reason == Reason::Allowed
            && event.subject.as_deref() == Some(PERSON),
        "status {status}, {event:?}"
    );
    ensure!(waited < WAITED, "the first request waited {waited:?}");
    Ok(())
}

fn ask_at_once(address: SocketAddr, token: &str) -> Result<u16> {
    let start = Instant::now();
    while TcpStream::connect(address).is_err() {
        ensure!(
            start.elapsed() < SLACK * 3,
            "nothing listens at `{address}`"
        );
        thread::sleep(PAUSE / 10);
    }
    Ok(predict(token, "first").send(address)?.status)
}
