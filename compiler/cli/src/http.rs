//! One raw HTTP/1.1 message (RFC 9112) as the head fields and body that a proxy hands to the filter.

use anyhow::{Result, bail, ensure};
use httparse::{EMPTY_HEADER, Request as Head, Status};
use policies::offline::Request;

use crate::shown::counted;

/// Most header fields that are read.
const MOST_FIELDS: usize = 256;

type Field = (Vec<u8>, Vec<u8>);

/// Reads a message. Without a length its body is whatever follows the head.
///
/// # Errors
/// When it is no HTTP/1.1 request, or shorter than it says.
pub fn parse(message: &[u8]) -> Result<Request> {
    let mut slots = [EMPTY_HEADER; MOST_FIELDS];
    let mut head = Head::new(&mut slots);
    let length = match head.parse(message) {
        Ok(Status::Complete(length)) => length,
        Ok(Status::Partial) => {
            bail!("the request's head does not end: an empty line is due after it")
        }
        Err(error) => bail!("this is no HTTP/1.1 request: {error}{}", advice(message)),
    };
    let own: Vec<Field> = head
        .headers
        .iter()
        .map(|field| {
            (
                field.name.to_ascii_lowercase().into_bytes(),
                field.value.to_vec(),
            )
        })
        .collect();
    let (body, trailers) = body(&own, message.get(length..).unwrap_or_default())?;
    let fields = fields(
        head.method.unwrap_or_default(),
        head.path.unwrap_or_default(),
        own,
    );
    Ok(Request {
        fields,
        body,
        trailers,
        peer: None,
        address: None,
    })
}

/// What makes one of what else looks like a request.
fn advice(message: &[u8]) -> &'static str {
    let first = message.split(|byte| *byte == b'\n').next();
    let first = first.unwrap_or_default().trim_ascii_end();
    if first.starts_with(b"> ") || first.starts_with(b"* ") {
        return "; of what `curl -v` prints, give the lines with `> `, without it";
    }
    if first.starts_with(b":") {
        return "; begin with a line such as `POST /path HTTP/1.1`, and write `Host` for `:authority`";
    }
    let version = first.rsplit(|byte| *byte == b' ').next();
    match version.unwrap_or_default() {
        [b'H', b'T', b'T', b'P', b'/', b'2' | b'3', ..] => {
            "; write `HTTP/1.1`, whatever it was sent in"
        }
        _ => "",
    }
}

/// As Envoy does it: several `Host` fields become one value, and the authority of an absolute target wins.
fn fields(method: &str, target: &str, own: Vec<Field>) -> Vec<Field> {
    let (hosts, rest): (Vec<Field>, Vec<Field>) =
        own.into_iter().partition(|(name, _)| name == b"host");
    let hosts: Vec<Vec<u8>> = hosts.into_iter().map(|(_, value)| value).collect();
    let absolute = target
        .strip_prefix("http://")
        .or_else(|| target.strip_prefix("https://"));
    let (authority, path) = match absolute {
        Some(rest) => {
            let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
            (
                Some(authority.as_bytes().to_vec()),
                if path.is_empty() { "/" } else { path },
            )
        }
        None => ((!hosts.is_empty()).then(|| hosts.join(&b","[..])), target),
    };
    let mut fields = vec![
        (b":method".to_vec(), method.as_bytes().to_vec()),
        (b":path".to_vec(), path.as_bytes().to_vec()),
    ];
    fields.extend(authority.map(|authority| (b":authority".to_vec(), authority)));
    fields.extend(rest);
    fields
}

fn body(fields: &[Field], rest: &[u8]) -> Result<(Option<Vec<u8>>, bool)> {
    let all = |wanted: &[u8]| -> Vec<&[u8]> {
        fields
            .iter()
            .filter(|(name, _)| name == wanted)
            .map(|(_, value)| value.as_slice())
            .collect()
    };
    match (
        all(b"transfer-encoding").as_slice(),
        all(b"content-length").as_slice(),
    ) {
        ([], []) => Ok(((!rest.is_empty()).then(|| rest.to_vec()), false)),
        ([], [length]) => {
            let text = String::from_utf8_lossy(length).into_owned();
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            let Some(length) = text.parse::<usize>().ok().filter(|_| digits) else {
                bail!("`content-length` is no number")
            };
            ensure!(
                rest.len() >= length,
                "the body has {}, `content-length` says {length}",
                counted(rest.len(), "byte")
            );
            Ok((
                rest.get(..length)
                    .filter(|body| !body.is_empty())
                    .map(<[u8]>::to_vec),
                false,
            ))
        }
        ([coding], []) if coding.eq_ignore_ascii_case(b"chunked") => chunked(rest),
        ([], _) => bail!("`content-length` stands there more than once"),
        (_, []) => bail!("`transfer-encoding` can only be `chunked`"),
        _ => bail!(
            "`content-length` beside `transfer-encoding`: where the message ends is not clear"
        ),
    }
}

/// RFC 9112 section 7.1.
fn chunked(mut rest: &[u8]) -> Result<(Option<Vec<u8>>, bool)> {
    let mut body = Vec::new();
    loop {
        let (start, size) = match httparse::parse_chunk_size(rest) {
            Ok(Status::Complete(found)) => found,
            Ok(Status::Partial) => bail!("the body's last chunk is missing"),
            Err(_) => bail!("a chunk of the body has no valid size"),
        };
        rest = rest.get(start..).unwrap_or_default();
        if size == 0 {
            let trailers =
                !(rest.is_empty() || rest.starts_with(b"\r\n") || rest.starts_with(b"\n"));
            return Ok((Some(body), trailers));
        }
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let Some((chunk, after)) = rest.split_at_checked(size) else {
            bail!("a chunk of the body is shorter than it says")
        };
        body.extend_from_slice(chunk);
        rest = match after {
            [b'\r', b'\n', rest @ ..] | [b'\n', rest @ ..] => rest,
            _ => bail!("a chunk of the body is longer than it says"),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(request: &Request) -> Vec<(String, String)> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        request
            .fields
            .iter()
            .map(|(name, value)| (text(name), text(value)))
            .collect()
    }

    #[test]
    fn a_message_is_read_as_a_proxy_reads_it() {
        let request = parse(b"POST /v1/x?y HTTP/1.1\r\nHost: a.io\r\nX-A: 1\r\nX-A: \xe9\r\nContent-Length: 2\r\n\r\n{}more").unwrap();
        let expected = [
            (":method", "POST"),
            (":path", "/v1/x?y"),
            (":authority", "a.io"),
            ("x-a", "1"),
            ("x-a", "\u{fffd}"),
            ("content-length", "2"),
        ];
        assert_eq!(
            fields(&request),
            expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
        assert_eq!(request.body.as_deref(), Some(&b"{}"[..]));
        assert_eq!(parse(b"GET / HTTP/1.1\n\n").unwrap().body, None);
        assert_eq!(
            parse(b"POST / HTTP/1.1\nHost: a\n\n{}")
                .unwrap()
                .body
                .as_deref(),
            Some(&b"{}"[..])
        );
    }

    #[test]
    fn authorities_are_joined_or_taken_from_the_target() {
        let two = parse(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n").unwrap();
        assert_eq!(fields(&two)[2], (":authority".to_owned(), "a,b".to_owned()));
        let absolute = parse(b"GET http://c.io/x HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        assert_eq!(
            fields(&absolute)[1..],
            [
                (":path".to_owned(), "/x".to_owned()),
                (":authority".to_owned(), "c.io".to_owned())
            ]
        );
    }

    #[test]
    fn chunks_are_put_together() {
        let head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
        let message = |chunks: &str| parse(format!("{head}{chunks}").as_bytes());
        let request = message("2\r\n{}\r\n1\r\n \r\n0\r\n\r\n").unwrap();
        assert_eq!(
            (request.body.as_deref(), request.trailers),
            (Some(&b"{} "[..]), false)
        );
        assert!(message("2\r\n{}\r\n0\r\nx: y\r\n\r\n").unwrap().trailers);
        for wrong in [
            "",
            "2\r\n{",
            "2\r\n{}",
            "2\r\n{}x\r\n0\r\n\r\n",
            "zz\r\n",
            "ffffffffffffffff\r\n",
        ] {
            assert!(message(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_no_message_is_refused() {
        let wrong = [
            "",
            "GET",
            "GET / HTTP/1.1\r\nHost: a",
            "GET / HTTP/3\r\n\r\n",
            "\u{0}\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\n{}",
            "GET / HTTP/1.1\r\nContent-Length: +2\r\n\r\n{}",
            "GET / HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
            "GET / HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "GET / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        ];
        for message in wrong {
            assert!(parse(message.as_bytes()).is_err(), "{message:?}");
        }
        for (message, advice) in [
            ("GET / HTTP/2\r\n\r\n", "; write `HTTP/1.1`"),
            ("GET / HTTP/3.0\n\n", "; write `HTTP/1.1`"),
            (":method: GET\n:path: /\n\n", "write `Host` for"),
            (
                "> GET / HTTP/1.1\n> Host: a\n>\n",
                "of what `curl -v` prints",
            ),
        ] {
            let error = parse(message.as_bytes())
                .err()
                .map(|error| error.to_string());
            assert!(
                error.is_some_and(|error| error.contains(advice)),
                "{message}"
            );
        }
    }
}
