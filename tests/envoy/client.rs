//! A client that sends a case's message exactly as it is, over HTTP/1.1 or HTTP/2, and says what came back.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::Result;
use tests::cases::message::{Ending, Message};
use tests::http::read_response;

use crate::backend::EARLY;
use crate::http2;

/// Longest wait for an answer that is due.
pub const DUE: Duration = Duration::from_secs(20);
/// Wait for an answer that must not come.
const NOT_DUE: Duration = Duration::from_millis(300);

/// What came back.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// 0 where nothing came
    pub status: u16,
    /// content
    pub body: Vec<u8>,
    /// `retry-after`
    pub retry_after: Option<String>,
    /// `grpc-status` of an answer in trailers alone
    pub grpc_status: Option<u16>,
}

impl Answer {
    /// Nothing came.
    pub const NOTHING: Self = Self {
        status: 0,
        body: Vec::new(),
        retry_after: None,
        grpc_status: None,
    };
}

/// Sends a message over a connection of its own; `answered` says whether an answer is due.
pub fn send(address: SocketAddr, message: &Message, answered: bool) -> Result<Answer> {
    let mut stream = TcpStream::connect_timeout(&address, DUE)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(if answered { DUE } else { NOT_DUE }))?;
    let answer = over(&mut stream, message);
    if message.http == 2 || message.ending == Ending::Reset {
        stream.shutdown(Shutdown::Both).ok();
    }
    answer
}

/// The same over a connection that is there.
pub fn over(stream: &mut (impl Read + Write), message: &Message) -> Result<Answer> {
    match message.http {
        2 => http2::exchange(stream, message),
        _ => http1(stream, message),
    }
}

fn http1(stream: &mut (impl Read + Write), message: &Message) -> Result<Answer> {
    let mut parts = parts(message);
    if message.early {
        // at once, or it would depend on the moment how much the filter has read when the answer comes
        parts = vec![parts.concat()];
    }
    for part in parts {
        // Envoy may have answered and closed already: its answer counts
        if stream.write_all(&part).is_err() {
            break;
        }
    }
    if message.ending == Ending::Reset {
        return Ok(Answer::NOTHING);
    }
    match read_response(stream) {
        Ok(response) => Ok(Answer {
            status: response.status,
            retry_after: response.header("retry-after").map(str::to_owned),
            grpc_status: response
                .header("grpc-status")
                .and_then(|text| text.parse().ok()),
            body: response.body,
        }),
        Err(error) if timed_out(&error) => Ok(Answer::NOTHING),
        Err(error) => Err(error),
    }
}

fn timed_out(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut))
}

/// The head, then each piece of the body, as they go out (RFC 9112).
pub fn parts(message: &Message) -> Vec<Vec<u8>> {
    let mut head = [
        &message.method,
        b" ".as_slice(),
        &message.path,
        b" HTTP/1.1\r\n",
    ]
    .concat();
    let mut field = |name: &[u8], value: &[u8]| {
        head.extend([name, b": ", value, b"\r\n"].concat());
    };
    field(b"host", &message.authority);
    for (name, value) in &message.headers {
        field(name, value);
    }
    if message.early {
        field(EARLY.as_bytes(), b"1");
    }
    let body = message.body.as_deref().unwrap_or_default();
    let framed = |(name, _): &(Vec<u8>, Vec<u8>)| {
        let framing: [&[u8]; 2] = [b"content-length", b"transfer-encoding"];
        framing.iter().any(|field| name.eq_ignore_ascii_case(field))
    };
    if message.body.is_some() && !message.headers.iter().any(framed) {
        field(b"transfer-encoding", b"chunked");
    }
    head.extend(b"\r\n");
    let mut parts = vec![head];
    if message.length().is_some() {
        parts.extend(body.iter().cloned());
    } else if message.body.is_some() {
        parts.extend(body.iter().map(|piece| chunk(piece)));
        parts.push(last_chunk(message));
    }
    parts
}

fn chunk(piece: &[u8]) -> Vec<u8> {
    let size = format!("{:x}\r\n", piece.len());
    [size.as_bytes(), piece, b"\r\n"].concat()
}

fn last_chunk(message: &Message) -> Vec<u8> {
    match message.ending {
        Ending::Never | Ending::Reset => Vec::new(),
        Ending::Data | Ending::Empty | Ending::Trailers => {
            let line = |(name, value): &(Vec<u8>, Vec<u8>)| {
                [name, b": ".as_slice(), value, b"\r\n"].concat()
            };
            let trailers: Vec<u8> = message.trailers.iter().flat_map(line).collect();
            [b"0\r\n".as_slice(), &trailers, b"\r\n"].concat()
        }
    }
}
