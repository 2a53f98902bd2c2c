//! The identity provider of the tests: one key, tokens signed with it, and its key set on an HTTPS server.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{KeyPair, PublicKeyData};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Map, Value, json};

/// One issuer of ES256 tokens.
pub struct Issuer {
    name: String,
    key: KeyPair,
}

impl Issuer {
    /// An issuer with a fresh key; `name` is what its tokens have in `iss`.
    pub fn new(name: &str) -> Result<Self> {
        Ok(Self {
            name: name.to_owned(),
            key: KeyPair::generate()?,
        })
    }

    /// Its key set as JSON.
    pub fn key_set(&self) -> String {
        // an uncompressed point: 4, then 32 bytes each of x and y
        let (x, y) = self.key.der_bytes()[1..].split_at(32);
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        json!({"keys": [{"kty": "EC", "crv": "P-256", "kid": "k1", "alg": "ES256", "use": "sig", "x": x, "y": y}]})
            .to_string()
    }

    /// A token valid from now, with `iss`, `sub`, `aud`, `iat` and `exp` unless `claims` say otherwise.
    pub fn token(&self, claims: &Map<String, Value>) -> Result<String> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let mut payload = json!({"iss": self.name, "sub": "c0ffee", "aud": "ml-models", "iat": now, "exp": now + 600});
        let all = payload
            .as_object_mut()
            .context("the payload is an object")?;
        all.extend(claims.clone());
        let header = json!({"alg": "ES256", "typ": "JWT", "kid": "k1"});
        let input = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(payload.to_string())
        );
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::from_pkcs8(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            &self.key.serialize_der(),
            &random,
        )
        .map_err(|error| anyhow!("the key is refused: {error}"))?;
        let signature = key
            .sign(&random, input.as_bytes())
            .map_err(|_| anyhow!("cannot sign"))?;
        Ok(format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// Serves `documents` (path to JSON) over TLS on `address` until the tests end.
pub fn serve(
    address: &str,
    config: Arc<ServerConfig>,
    documents: HashMap<String, String>,
) -> Result<()> {
    let listener =
        TcpListener::bind(address).with_context(|| format!("cannot listen on {address}"))?;
    let documents = Arc::new(documents);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (config, documents) = (config.clone(), documents.clone());
            // a client that breaks off is its own business
            thread::spawn(move || answer(stream, config, &documents));
        }
    });
    Ok(())
}

fn answer(
    stream: TcpStream,
    config: Arc<ServerConfig>,
    documents: &HashMap<String, String>,
) -> Result<()> {
    let mut reader = BufReader::new(StreamOwned::new(ServerConnection::new(config)?, stream));
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    while reader.read_line(&mut line)? > 2 {}
    let (status, body) = documents
        .get(&path)
        .map_or(("404 Not Found", ""), |body| ("200 OK", body.as_str()));
    let length = body.len();
    let stream = reader.get_mut();
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )?;
    stream.conn.send_close_notify();
    Ok(stream.flush()?)
}
