//! A raw HTTP/1.1 client (RFC 9112): sends the bytes it is given, also those that a polite client would tidy up.
//!
//! One connection a request. Nothing is escaped, normalised, merged or added, except `content-length` when there is a body
//! and the caller did not say how long it is.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

/// Longest wait for a connection, and for the next bytes of an answer.
const TIMEOUT: Duration = Duration::from_secs(60);

/// What is sent, to the byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    method: String,
    target: String,
    headers: Vec<(Vec<u8>, Vec<u8>)>,
    body: Vec<u8>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// status code
    pub status: u16,
    /// names in lower case, in the order of the wire
    pub headers: Vec<(String, String)>,
    /// content, without its transfer coding
    pub body: Vec<u8>,
}

impl Request {
    /// A request to `host` for `target`, which goes out exactly as it is (path and query, or anything else).
    #[must_use]
    pub fn new(method: &str, host: &str, target: &str) -> Self {
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
        .header("host", host)
        .header("connection", "close")
    }

    /// Adds a header; one that is there already stays.
    #[must_use]
    pub fn header(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        self.headers
            .push((name.as_ref().to_vec(), value.as_ref().to_vec()));
        self
    }

    /// Adds `authorization: Bearer TOKEN`.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets the body and adds `content-type: application/json`.
    #[must_use]
    pub fn json(self, body: &str) -> Self {
        self.header("content-type", "application/json").body(body)
    }

    /// The message as it goes over the wire.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend([name, b": ".as_slice(), value, b"\r\n"].concat());
        }
        if !self.body.is_empty() && !self.says_its_length() {
            bytes.extend(format!("content-length: {}\r\n", self.body.len()).bytes());
        }
        bytes.extend(b"\r\n");
        bytes.extend(&self.body);
        bytes
    }

    /// Sends it to `address` and reads the answer.
    ///
    /// # Errors
    /// As [`exchange`].
    pub fn send(&self, address: SocketAddr) -> Result<Response> {
        exchange(address, &self.to_bytes())
    }

    fn says_its_length(&self) -> bool {
        let lengths: [&[u8]; 2] = [b"content-length", b"transfer-encoding"];
        self.headers.iter().any(|(name, _)| {
            lengths
                .iter()
                .any(|length| name.eq_ignore_ascii_case(length))
        })
    }
}

impl Response {
    /// The first value of a header; `name` in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }

    /// The content as text; what is not UTF-8 is replaced.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Opens a connection to `address`, sends `message` and reads one answer.
///
/// # Errors
/// No connection, no answer within a minute, or an answer that is not HTTP/1.1.
pub fn exchange(address: SocketAddr, message: &[u8]) -> Result<Response> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)
        .with_context(|| format!("connect to `{address}`"))?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_nodelay(true)?;
    // a server may answer and close before it has read everything: its answer counts, not the broken pipe
    let written = stream.write_all(message);
    match read_response(&mut stream) {
        Ok(response) => Ok(response),
        Err(error) => written
            .map_err(Into::into)
            .and(Err(error))
            .with_context(|| format!("answer of `{address}`")),
    }
}

/// Reads one final answer from `stream`; interim ones (1xx) are passed over.
///
/// # Errors
/// The stream ended or broke too early, or what came is not HTTP/1.1.
pub fn read_response(stream: &mut impl Read) -> Result<Response> {
    let mut input = Input {
        stream,
        bytes: Vec::new(),
    };
    loop {
        let (status, headers) = input.head()?;
        if (100..200).contains(&status) && status != 101 {
            continue;
        }
        let mut response = Response {
            status,
            headers,
            body: Vec::new(),
        };
        response.body = input.body(&response)?;
        return Ok(response);
    }
}

/// What has arrived and is not yet understood.
struct Input<'a, R> {
    stream: &'a mut R,
    bytes: Vec<u8>,
}

impl<R: Read> Input<'_, R> {
    fn head(&mut self) -> Result<(u16, Vec<(String, String)>)> {
        let line = self.line()?;
        let status = line
            .strip_prefix("HTTP/1.")
            .and_then(|rest| rest.get(2..5))
            .and_then(|code| code.parse().ok());
        let status = status.with_context(|| format!("not a status line: `{line}`"))?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                return Ok((status, headers));
            }
            let (name, value) = line
                .split_once(':')
                .with_context(|| format!("not a header: `{line}`"))?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }

    fn body(&mut self, response: &Response) -> Result<Vec<u8>> {
        if matches!(response.status, 101 | 204 | 304) {
            return Ok(Vec::new());
        }
        if response
            .header("transfer-encoding")
            .is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"))
        {
            return self.chunks();
        }
        match response.header("content-length") {
            Some(length) => self.take(length.parse().context("`content-length` of the answer")?),
            None => self.rest(),
        }
    }

    fn chunks(&mut self) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.line()?;
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16)
                .with_context(|| format!("not a chunk size: `{line}`"))?;
            if size == 0 {
                while !self.line()?.is_empty() {}
                return Ok(body);
            }
            body.extend(self.take(size)?);
            ensure!(self.line()?.is_empty(), "no line end after a chunk");
        }
    }

    /// The next line, without its end.
    fn line(&mut self) -> Result<String> {
        loop {
            if let Some(end) = self.bytes.windows(2).position(|pair| pair == b"\r\n") {
                let line: Vec<u8> = self.bytes.drain(..end + 2).take(end).collect();
                return Ok(String::from_utf8_lossy(&line).into_owned());
            }
            self.need_more()?;
        }
    }

    fn take(&mut self, count: usize) -> Result<Vec<u8>> {
        while self.bytes.len() < count {
            self.need_more()?;
        }
        Ok(self.bytes.drain(..count).collect())
    }

    fn rest(&mut self) -> Result<Vec<u8>> {
        while self.more()? {}
        Ok(std::mem::take(&mut self.bytes))
    }

    fn need_more(&mut self) -> Result<()> {
        if !self.more()? {
            bail!(
                "the connection was closed after {} bytes of an unfinished answer",
                self.bytes.len()
            );
        }
        Ok(())
    }

    fn more(&mut self) -> Result<bool> {
        let mut buffer = [0; 16 * 1024];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(count) => {
                    self.bytes.extend(&buffer[..count]);
                    return Ok(count > 0);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Response> {
        read_response(&mut text.as_bytes())
    }

    #[test]
    fn a_request_goes_out_as_it_is_written() {
        let request = Request::new("POST", "a.example.com", "/x/../y%2Fz//?q")
            .header("X-É", [0xff])
            .body("{}");
        let expected = [
            b"POST /x/../y%2Fz//?q HTTP/1.1\r\nhost: a.example.com\r\nconnection: close\r\n"
                .as_slice(),
            "X-É: ".as_bytes(),
            b"\xff\r\ncontent-length: 2\r\n\r\n{}",
        ];
        assert_eq!(request.to_bytes(), expected.concat());
    }

    #[test]
    fn a_stated_length_is_not_corrected() {
        let bytes = Request::new("POST", "a", "/")
            .header("Content-Length", "7")
            .body("{}")
            .to_bytes();
        assert_eq!(
            String::from_utf8(bytes).unwrap().matches("ength:").count(),
            1
        );
    }

    #[test]
    fn bodies_by_length_chunks_and_end() {
        assert_eq!(
            read("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcX")
                .unwrap()
                .body,
            b"abc"
        );
        let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2;x=1\r\nab\r\n1\r\nc\r\n0\r\nt: 1\r\n\r\n";
        assert_eq!(read(chunked).unwrap().body, b"abc");
        assert_eq!(
            read("HTTP/1.1 403 Forbidden\r\n\r\nabc").unwrap().body,
            b"abc"
        );
    }

    #[test]
    fn interim_answers_are_passed_over() {
        let response =
            read("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nA: b\r\n\r\n").unwrap();
        assert_eq!((response.status, response.header("a")), (204, Some("b")));
    }

    #[test]
    fn a_cut_answer_is_an_error() {
        assert!(read("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab").is_err());
        assert!(read("HTTP/1.1 200 OK\r\n").is_err());
        assert!(read("SSH-2.0\r\n\r\n").is_err());
    }
}
