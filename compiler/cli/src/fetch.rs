//! Keys and discovery documents asked of issuers, as a proxy would ask: no redirect is followed, time and bytes are bounded,
//! and certificates are checked against this machine's authorities (`SSL_CERT_FILE` names others).

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use compiler::policy::{Address, Issuer, Keys};
use policies::discovery;
use policies::keys::{self, KeySet};
use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig};

/// Longest time for one answer.
const DUE: Duration = Duration::from_secs(10);

/// What an issuer publishes.
#[derive(Debug)]
pub struct Published {
    /// where its keys are
    pub address: Address,
    /// its JWK set, which a proxy would take
    pub keys: Vec<u8>,
}

/// Asks an issuer for its keys; `None` where a proxy does not fetch them either.
///
/// # Errors
/// When there is no answer, or one that a proxy would not take.
pub fn published(issuer: &Issuer) -> Result<Option<Published>> {
    let Some(address) = issuer.fetched() else {
        return Ok(None);
    };
    let asked = || format!("cannot get the keys of issuer `{}`", issuer.name);
    let address = match &issuer.keys {
        Keys::Discovery(_) => discovered(issuer, address).with_context(asked)?,
        _ => address.clone(),
    };
    let keys = get(&address, keys::MAX_BYTES).with_context(asked)?;
    KeySet::parse(&keys).with_context(|| format!("{}: `{}`", asked(), address.url()))?;
    Ok(Some(Published { address, keys }))
}

/// Puts the address of the keys in the place of each issuer's discovery.
///
/// # Errors
/// As [`published`], for any issuer: a compile that would leave callers out is no success.
pub fn resolve(issuers: &mut [Issuer]) -> Result<()> {
    for issuer in issuers {
        if let Some(published) = published(issuer)? {
            issuer.keys = Keys::Remote(published.address);
        }
    }
    Ok(())
}

fn discovered(issuer: &Issuer, document: &Address) -> Result<Address> {
    let bytes = get(document, discovery::MAX_BYTES)?;
    let uri = discovery::jwks_uri(&bytes, &issuer.issuer);
    let uri = uri.with_context(|| format!("`{}`", document.url()))?;
    // what the document leads to is held to the same rules as what a gate says
    Address::parse(&uri, !document.tls)
        .map_err(|problem| anyhow!("`{}`: {problem}", document.url()))
}

fn get(address: &Address, limit: usize) -> Result<Vec<u8>> {
    let url = address.url();
    let mut answer = agent(address.tls)
        .get(&url)
        .header("accept", "application/json")
        .call()
        .with_context(|| format!("`{url}` does not answer"))?;
    let status = answer.status();
    ensure!(status == 200, "`{url}` answers {status}");
    body(&mut answer, &url, u64::try_from(limit)?)
}

/// A model server's own list of its models; at most a mebibyte.
///
/// # Errors
/// When there is no answer, or it is no success.
pub fn list(url: &str, post: bool) -> Result<Vec<u8>> {
    const MOST: u64 = 1 << 20;
    let agent = agent(url.starts_with("https:"));
    let answer = if post {
        agent
            .post(url)
            .header("content-type", "application/json")
            .send("{}")
    } else {
        agent.get(url).call()
    };
    let mut answer = answer.with_context(|| format!("`{url}` does not answer"))?;
    let status = answer.status();
    ensure!(status == 200, "`{url}` answers {status}");
    body(&mut answer, url, MOST)
}

/// All of an answer, up to so many bytes.
fn body(answer: &mut ureq::http::Response<ureq::Body>, url: &str, most: u64) -> Result<Vec<u8>> {
    let body = answer.body_mut().with_config().limit(most);
    body.read_to_vec().map_err(|error| match error {
        ureq::Error::BodyExceedsLimit(_) => {
            anyhow!("`{url}` answers with more than {most} bytes")
        }
        ureq::Error::Timeout(_) => {
            anyhow!(
                "the answer of `{url}` is not complete after {} seconds",
                DUE.as_secs()
            )
        }
        other => anyhow!(other).context(format!("the answer of `{url}` breaks off")),
    })
}

fn agent(tls: bool) -> Agent {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls_config = TlsConfig::builder()
        .root_certs(RootCerts::PlatformVerifier)
        .unversioned_rustls_crypto_provider(provider)
        .build();
    let config = Agent::config_builder()
        .https_only(tls)
        .max_redirects(0)
        .http_status_as_error(false)
        .proxy(None)
        .timeout_global(Some(DUE))
        .tls_config(tls_config)
        .build();
    config.into()
}
