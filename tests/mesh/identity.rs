//! The identity provider of the tests: issuers with a key each, and their key sets on an HTTPS server, which has the filter's
//! module as well.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Map, Value, json};
use tests::token::{self, Key};

/// One issuer of tokens.
pub struct Issuer {
    /// What its tokens have in `iss`.
    pub name: String,
    /// What it signs with.
    pub key: Key,
}

impl Issuer {
    /// Its key set as JSON.
    pub fn key_set(&self) -> String {
        token::jwks(&[self.key]).to_string()
    }

    /// A token valid from now, with `iss`, `sub`, `aud`, `iat` and `exp` unless `claims` say otherwise.
    pub fn token(&self, claims: &Map<String, Value>) -> Result<String> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let registered = [
            ("iss", json!(self.name)),
            ("sub", json!("c0ffee")),
            ("aud", json!("ml-models")),
            ("iat", json!(now)),
            ("exp", json!(now + 600)),
        ];
        let mut payload: Map<_, _> = registered
            .map(|(name, value)| (name.to_owned(), value))
            .into_iter()
            .collect();
        payload.extend(claims.clone());
        let scheme = self.key.scheme();
        let header = json!({"alg": format!("{scheme:?}"), "typ": "JWT", "kid": self.key.id()});
        let payload = Value::Object(payload).to_string();
        Ok(token::mint(&header.to_string(), &payload, self.key, scheme))
    }
}

/// Serves `documents` (by path) over TLS on `address` until the tests end.
pub fn serve(
    address: &str,
    config: Arc<ServerConfig>,
    documents: HashMap<String, Vec<u8>>,
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
    documents: &HashMap<String, Vec<u8>>,
) -> Result<()> {
    let mut reader = BufReader::new(StreamOwned::new(ServerConnection::new(config)?, stream));
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    while reader.read_line(&mut line)? > 2 {}
    let (status, body) = documents
        .get(&path)
        .map_or(("404 Not Found", [].as_slice()), |body| {
            ("200 OK", body.as_slice())
        });
    let length = body.len();
    let stream = reader.get_mut();
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
    )?;
    stream.write_all(body)?;
    stream.conn.send_close_notify();
    Ok(stream.flush()?)
}
