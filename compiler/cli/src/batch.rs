//! JSON lines in, JSON lines out: one answer a line, in order. A malformed line gets an error in its place.

use std::time::Duration;

use anyhow::{Context, Result};
use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use compiler::syntax::timestamp;
use policies::time::UnixTime;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{Exit, Terminal};

/// RFC 4648 section 4, with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Bytes in JSON: a text, or `{"base64": "..."}` where they are not UTF-8.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

/// Bytes in JSON, always in base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base64(pub Vec<u8>);

/// A time in JSON: Unix seconds, or RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At(pub UnixTime);

/// Answers every line.
///
/// # Errors
/// When standard input or output fails.
pub fn run<Q: DeserializeOwned>(
    terminal: &mut Terminal<'_>,
    mut answer: impl FnMut(Q) -> Value,
) -> Result<Exit> {
    let mut exit = Exit::Clean;
    let mut line = Vec::new();
    loop {
        line.clear();
        if terminal
            .input()
            .read_until(b'\n', &mut line)
            .context("cannot read standard input")?
            == 0
        {
            return Ok(exit);
        }
        let reply = match serde_json::from_slice(&line) {
            Ok(question) => answer(question),
            Err(error) => {
                exit = Exit::CannotRun;
                json!({ "error": error.to_string() })
            }
        };
        terminal.hand_over(&format!("{reply}\n"))?;
        terminal.flush()?;
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a text or {\"base64\": \"...\"} is due")]
        enum Written {
            Text(String),
            Encoded { base64: Base64 },
        }
        Ok(match Written::deserialize(deserializer)? {
            Written::Text(text) => Self(text.into_bytes()),
            Written::Encoded { base64 } => Self(base64.0),
        })
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64.decode(text).map(Self).map_err(|error| {
            serde::de::Error::custom(format!(
                "a body is due in base64, as `base64 -w0 FILE` writes it, and this is not: {error}"
            ))
        })
    }
}

impl<'de> Deserialize<'de> for At {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a time in Unix seconds is due")]
        enum Written {
            Seconds(u64),
            Fraction(f64),
            Text(String),
        }
        let time = match Written::deserialize(deserializer)? {
            Written::Seconds(seconds) => Some(UnixTime::from_secs(seconds)),
            Written::Fraction(seconds) => fraction(seconds),
            Written::Text(text) => timestamp::parse(&text).map(UnixTime::from_secs),
        };
        time.map(Self)
            .ok_or_else(|| serde::de::Error::custom("a time in Unix seconds is due"))
    }
}

/// Seconds with a fraction, from 1970 to the year 2554.
fn fraction(seconds: f64) -> Option<UnixTime> {
    let time = Duration::try_from_secs_f64(seconds).ok()?;
    u64::try_from(time.as_nanos())
        .ok()
        .map(UnixTime::from_nanos)
}
