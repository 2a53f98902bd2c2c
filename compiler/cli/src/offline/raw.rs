//! A raw HTTP/1.1 message (RFC 9112), read as Envoy hands it to the filter: `Host` becomes `:authority`, repeated ones joined.

use anyhow::{Context, bail, ensure};
use policies::offline::Request;

const MAX_FIELDS: usize = 256;

/// Reads one request; whatever follows its head is its body.
///
/// # Errors
/// When it is not HTTP/1.1.
pub fn request(message: &[u8]) -> anyhow::Result<Request> {
    let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let mut head = httparse::Request::new(&mut fields);
    let status = head.parse(message).context("standard input is not an HTTP/1.1 request")?;
    let httparse::Status::Complete(length) = status else {
        bail!("the request's head does not end: add an empty line after it");
    };
    let (method, target) = (head.method.unwrap_or_default(), head.path.unwrap_or_default());
    let rest = message.get(length..).unwrap_or_default();
    let named = |name: &str| head.headers.iter().filter(|field| field.name.eq_ignore_ascii_case(name)).collect::<Vec<_>>();
    let chunked = named("transfer-encoding").iter().any(|field| field.value.eq_ignore_ascii_case(b"chunked"));
    let (body, trailers) = if chunked { unchunk(rest)? } else { (rest.to_vec(), false) };
    let has_body = chunked || !body.is_empty() || !named("content-length").is_empty();

    let hosts: Vec<&[u8]> = named("host").iter().map(|field| field.value).collect();
    let (authority, path) = split_target(target, hosts.join(&b','));
    let mut fields = vec![
        (b":method".to_vec(), method.as_bytes().to_vec()),
        (b":authority".to_vec(), authority),
        (b":path".to_vec(), path),
    ];
    let own = head.headers.iter().filter(|field| !field.name.eq_ignore_ascii_case("host"));
    fields.extend(own.map(|field| (field.name.as_bytes().to_vec(), field.value.to_vec())));
    Ok(Request { fields, body: has_body.then_some(body), trailers, peer: None })
}

/// RFC 9112 section 3.2.2: an absolute form's host wins over `Host`.
fn split_target(target: &str, host: Vec<u8>) -> (Vec<u8>, Vec<u8>) {
    let absolute = target.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https"));
    match absolute.map(|(_, rest)| rest) {
        Some(rest) => {
            let at = rest.find('/').unwrap_or(rest.len());
            let (authority, path) = rest.split_at(at);
            let path = if path.is_empty() { "/" } else { path };
            (authority.as_bytes().to_vec(), path.as_bytes().to_vec())
        }
        None => (host, target.as_bytes().to_vec()),
    }
}

/// RFC 9112 section 7.1: the body, and whether trailers follow it.
fn unchunk(mut rest: &[u8]) -> anyhow::Result<(Vec<u8>, bool)> {
    let mut body = Vec::new();
    loop {
        let size = httparse::parse_chunk_size(rest).map_err(|_| anyhow::anyhow!("a chunk's size is malformed"))?;
        let httparse::Status::Complete((start, size)) = size else { bail!("the chunked body does not end") };
        rest = rest.get(start..).unwrap_or_default();
        if size == 0 {
            return Ok((body, !rest.is_empty() && rest != b"\r\n"));
        }
        let size = usize::try_from(size)?;
        ensure!(rest.len() >= size.saturating_add(2), "a chunk is shorter than its size");
        let (chunk, after) = rest.split_at(size);
        body.extend_from_slice(chunk);
        rest = after.strip_prefix(b"\r\n").context("a chunk does not end with a line break")?;
    }
}
