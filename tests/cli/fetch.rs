//! `--fetch-jwks`: keys and discovery documents from servers on loopback, good ones and bad ones.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use cli::Exit;
use libtest_mimic::Failed;
use serde_json::json;
use tests::token::{Key, jwks, mint};

use super::Test;
use super::session::{expect, run};

/// These tests.
pub const TESTS: &[Test] = &[
    (
        "fetch: keys are found by the issuer's discovery document",
        discovered,
    ),
    ("fetch: an issuer whose keys are given is not asked", given),
    (
        "fetch: a bundle holds the address that discovery led to",
        resolved,
    ),
    (
        "fetch: whatever a proxy would not take stops the command, and nothing is written",
        refused,
    ),
];

const AT: u64 = 1_770_000_000;

/// Serves the documents that `content` makes of its own address, by path; a `Location` leads to the first.
fn serve(
    content: impl FnOnce(SocketAddr) -> Vec<(&'static str, u16, String)>,
) -> Result<SocketAddr, Failed> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let documents = content(address);
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut line = String::new();
            let mut input = BufReader::new(&stream);
            if input.read_line(&mut line).is_err() {
                continue;
            }
            let mut field = String::from("-");
            while !field.trim().is_empty() {
                field.clear();
                if input.read_line(&mut field).is_err() {
                    break;
                }
            }
            let path = line.split(' ').nth(1).unwrap_or_default();
            let found = documents.iter().find(|(known, ..)| *known == path);
            let (status, body) =
                found.map_or((404, ""), |(_, status, body)| (*status, body.as_str()));
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status} x\r\nlocation: /keys\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
            );
            // whoever breaks off has seen enough
            let _ = stream.write_all((head + body).as_bytes());
        }
    });
    Ok(address)
}

/// A folder with a gate of one issuer, whose `issuer` and further lines are given.
fn gate(issuer: &str, lines: &str) -> Result<PathBuf, Failed> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder =
        std::env::temp_dir().join(format!("modelgate-fetch-{}-{number}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let text = format!(
        "apiVersion: modelgate.dev/v1alpha1
kind: ModelGate
metadata: {{ name: fetch }}
spec:
  issuers:
    - name: local
      issuer: {issuer}
      audiences: [ml-models]
      insecureJwks: true
      claims: {{ user: sub }}
{lines}  namespaces:
    - name: fraud
      hosts: [fraud.models.example.com]
      backends: [{{ service: fraud-detector, api: seldon }}]
  install:
    - name: edge
      gateway: {{ namespace: istio-system, labels: {{ istio: ingressgateway }} }}
"
    );
    fs::write(folder.join("gate.yaml"), text)?;
    Ok(folder)
}

fn document(issuer: &str, keys: &str) -> String {
    json!({ "issuer": issuer, "jwks_uri": keys }).to_string()
}

const DISCOVERY: &str = "/realm/.well-known/openid-configuration";

fn good() -> Result<SocketAddr, Failed> {
    serve(|address| {
        let issuer = format!("http://{address}/realm");
        vec![
            ("/keys", 200, jwks(&[Key::Rsa1]).to_string()),
            (
                DISCOVERY,
                200,
                document(&issuer, &format!("http://{address}/keys")),
            ),
        ]
    })
}

fn token(issuer: &str) -> String {
    let header = json!({ "alg": "RS256", "kid": "rsa-1" }).to_string();
    let payload = json!({ "iss": issuer, "aud": "ml-models", "exp": AT + 600, "sub": "ana" });
    mint(&header, &payload.to_string(), Key::Rsa1, Key::Rsa1.scheme())
}

fn discovered() -> Result<(), Failed> {
    let issuer = format!("http://{}/realm", good()?);
    let folder = gate(&issuer, "")?;
    let command = format!("whoami {} --at {AT}", folder.display());
    let alone = run(&command, token(&issuer).as_bytes());
    expect(
        alone.exit == Exit::Problems
            && alone
                .output
                .contains("add `--jwks local=FILE` or `--fetch-jwks`"),
        &alone,
    )?;
    let asked = run(
        &format!("{command} --fetch-jwks"),
        token(&issuer).as_bytes(),
    );
    expect(
        asked.exit == Exit::Clean && asked.output.contains("user: ana"),
        &asked,
    )?;
    Ok(fs::remove_dir_all(folder)?)
}

fn given() -> Result<(), Failed> {
    // nobody listens there any more
    let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let issuer = format!("http://{address}/realm");
    let folder = gate(&issuer, "")?;
    let file = folder.join("keys.json");
    fs::write(&file, jwks(&[Key::Rsa1]).to_string())?;
    let policy = folder.join("gate.yaml");
    let (policy, file) = (policy.display(), file.display());
    let command = format!("whoami {policy} --at {AT} --fetch-jwks");
    let asked = run(&command, token(&issuer).as_bytes());
    expect(asked.exit == Exit::CannotRun, &asked)?;
    let told = run(
        &format!("{command} --jwks local={file}"),
        token(&issuer).as_bytes(),
    );
    expect(told.exit == Exit::Clean, &told)?;
    Ok(fs::remove_dir_all(folder)?)
}

fn resolved() -> Result<(), Failed> {
    let address = good()?;
    let folder = gate(&format!("http://{address}/realm"), "")?;
    let command = format!("compile {} --emit bundle", folder.display());
    let alone = run(&command, b"");
    expect(
        alone.exit == Exit::Clean && alone.output.contains(r#""keys":{"discovery""#),
        &alone,
    )?;
    let asked = run(&format!("{command} --fetch-jwks"), b"");
    let remote =
        asked.output.contains(r#""keys":{"remote""#) && asked.output.contains(r#""path":"/keys""#);
    expect(asked.exit == Exit::Clean && remote, &asked)?;
    Ok(fs::remove_dir_all(folder)?)
}

fn refused() -> Result<(), Failed> {
    for (document, problem) in [bad_issuer as fn(SocketAddr) -> String, bad_address]
        .into_iter()
        .zip(["of another `issuer`", "metadata service"])
    {
        let address = serve(|address| vec![(DISCOVERY, 200, document(address))])?;
        is_refused(&format!("http://{address}/realm"), "", problem)?;
    }
    let keys = jwks(&[Key::Rsa1]).to_string();
    let oct = r#"{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}"#.to_owned();
    for (status, body, problem) in [
        (404, keys.clone(), "answers 404"),
        (500, keys.clone(), "answers 500"),
        (302, keys.clone(), "answers 302"),
        (200, oct, "symmetric key"),
        (200, "{}".to_owned(), "not a JWK set"),
        (200, " ".repeat(300_000), "more than 262144 bytes"),
    ] {
        let good = keys.clone();
        let address = serve(|_| vec![("/jwks", status, body), ("/keys", 200, good)])?;
        let uri = format!("      jwksUri: http://{address}/jwks\n");
        is_refused("https://id.example.com", &uri, problem)?;
    }
    Ok(())
}

fn bad_issuer(address: SocketAddr) -> String {
    document(
        "http://other.example.com",
        &format!("http://{address}/keys"),
    )
}

fn bad_address(address: SocketAddr) -> String {
    document(
        &format!("http://{address}/realm"),
        "http://169.254.169.254/keys",
    )
}

/// The compile cannot run, says why, and leaves nothing behind.
fn is_refused(issuer: &str, lines: &str, problem: &str) -> Result<(), Failed> {
    let folder = gate(issuer, lines)?;
    let (out, wasm) = (folder.join("out"), folder.join("any.wasm"));
    fs::write(&wasm, b"\0asm\x01\0\0\0")?;
    let (from, to, wasm) = (folder.display(), out.display(), wasm.display());
    let session = run(
        &format!("compile {from} --out {to} --wasm {wasm} --fetch-jwks"),
        b"",
    );
    let errors = &session.errors;
    let said = errors.contains("cannot get the keys of issuer `local`") && errors.contains(problem);
    expect(
        session.exit == Exit::CannotRun && said && !out.exists(),
        &session,
    )?;
    Ok(fs::remove_dir_all(folder)?)
}
