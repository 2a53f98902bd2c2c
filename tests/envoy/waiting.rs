//! The room where requests wait for keys, full: of forged tokens and of good ones, when keys come and when they never do. The machine
//! lives on, and answers others.

use std::collections::BTreeMap;
use std::io::{BufReader, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use serde_json::json;
use tests::cases::fixture::compile;
use tests::envoy::{Proxy, Setup};
use tests::memory;
use tests::process::allow_many_files;
use tests::token::Key;

use crate::client::{parts, send};
use crate::corpus::failed;
use crate::flood::{ask, connect};
use crate::keys::{KeyServer, Serving, message, partners_over_plain_http, proxy};

/// So many wait, and no more.
const ROOM: usize = 1000;
/// More than the proxy could answer one inside the other.
const MANY: usize = 400;
const GOOD: &str = "pia";
const FORGED: &str = "{ like: pia, key: rsa-1, header: { kid: rsa-2 } }";
/// What the machine of a room that is full of great tokens takes at most.
const MOST: u64 = 16 << 20;
const DUE: Duration = Duration::from_secs(10);

/// One for each way.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test(
            "waiting: a room full of forged tokens, and keys come",
            || forged().map_err(failed),
        ),
        Trial::test("waiting: many, and no keys come", || {
            in_vain().map_err(failed)
        }),
        Trial::test("waiting: many whom the proxy answers itself", || {
            without_a_server().map_err(failed)
        }),
        Trial::test(
            "waiting: great tokens, no more than there is room for",
            || great().map_err(failed),
        ),
    ]
}

fn forged() -> Result<()> {
    let server = KeyServer::start(Serving::Nothing)?;
    let mut proxy = proxy("room", server.address)?;
    let mut waiting = crowd(&mut proxy, &server, FORGED, ROOM + 10)?;
    server.now_serve(Serving::keys(&[Key::Rsa2]));
    let expected = BTreeMap::from([(401, ROOM), (503, 10)]);
    let statuses = statuses(&mut waiting)?;
    ensure!(statuses == expected, "{statuses:?}");
    unharmed(&proxy)
}

fn in_vain() -> Result<()> {
    let server = KeyServer::start(Serving::Nothing)?;
    let mut proxy = proxy("in-vain", server.address)?;
    let mut waiting = crowd(&mut proxy, &server, GOOD, MANY)?;
    let statuses = statuses(&mut waiting)?;
    ensure!(statuses == BTreeMap::from([(503, MANY)]), "{statuses:?}");
    unharmed(&proxy)
}

fn without_a_server() -> Result<()> {
    let server = KeyServer::start(Serving::Nothing)?;
    let compiled = compile(partners_over_plain_http)?;
    let nobody = (Ipv4Addr::LOCALHOST, 1).into();
    let mut setup = Setup::new(&compiled, nobody, server.address)?;
    let clusters = setup.bootstrap["static_resources"]["clusters"].as_array_mut();
    for cluster in clusters.context("clusters")? {
        // to a server that is not there it would go on later: here it answers in the same moment
        if !cluster["name"].to_string().contains("partners") {
            let none = json!([{ "max_connections": 1, "max_pending_requests": 0 }]);
            cluster["circuit_breakers"] = json!({ "thresholds": none });
        }
    }
    let mut proxy = setup.start("keys-no-server")?;
    let mut waiting = crowd(&mut proxy, &server, GOOD, MANY)?;
    server.now_serve(Serving::keys(&[Key::Rsa2]));
    let statuses = statuses(&mut waiting)?;
    ensure!(statuses == BTreeMap::from([(503, MANY)]), "{statuses:?}");
    let answer = send(proxy.address, &message("ana", "after")?, true)?;
    ensure!(answer.status == 503, "{answer:?}");
    proxy.no_machine_failed()
}

/// Bounded in bytes, too.
fn great() -> Result<()> {
    let server = KeyServer::start(Serving::Nothing)?;
    let mut proxy = proxy("great", server.address)?;
    let roles: Vec<String> = (0..380).map(|number| format!("partner-{number}")).collect();
    let roles = roles.join(", ");
    let who = format!("{{ like: pia, claims: {{ realm_access: {{ roles: [{roles}] }} }} }}");
    let mut waiting = crowd(&mut proxy, &server, &who, ROOM)?;
    let statuses = statuses(&mut waiting)?;
    ensure!(statuses == BTreeMap::from([(503, ROOM)]), "{statuses:?}");
    let machines = memory::of_machines(proxy.pid())?;
    eprintln!("a room of great tokens: machines {machines:?}");
    ensure!(machines.iter().all(|size| *size <= MOST), "{machines:?}");
    unharmed(&proxy)
}

/// So many requests on connections of their own, when a fetch of keys is under way.
fn crowd(
    proxy: &mut Proxy,
    server: &KeyServer,
    who: &str,
    count: usize,
) -> Result<Vec<BufReader<TcpStream>>> {
    allow_many_files()?;
    proxy.wait_until(DUE, || server.fetches() > 0)?;
    let request = parts(&message(who, "crowd")?).concat();
    let send = |_| {
        let mut connection = connect(proxy.address)?;
        connection.get_mut().write_all(&request)?;
        Ok(connection)
    };
    let crowd = (0..count).map(send).collect::<Result<Vec<_>>>()?;
    // those that came too late are answered at once, the others when something happens
    std::thread::sleep(Duration::from_millis(500));
    Ok(crowd)
}

fn statuses(waiting: &mut [BufReader<TcpStream>]) -> Result<BTreeMap<u16, usize>> {
    let mut statuses = BTreeMap::new();
    for connection in waiting {
        let (status, _) = ask(connection, b"")?;
        *statuses.entry(status).or_default() += 1;
    }
    Ok(statuses)
}

/// Whoever needs no keys of that issuer is let in.
fn unharmed(proxy: &Proxy) -> Result<()> {
    let answer = send(proxy.address, &message("ana", "after")?, true)?;
    ensure!(answer.status == 200, "{answer:?}");
    proxy.no_machine_failed()
}
