//! Model servers that record what reaches them: in these tests the mesh is under test, not the models.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::{Context, Result};

use crate::cases::traceparent;

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The request target.
    pub path: String,
    /// Header names in lower case, with their values.
    pub headers: Vec<(String, String)>,
    /// The body without its transfer encoding.
    pub body: Vec<u8>,
}

impl Arrival {
    /// The value of the first header `name`.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// A server on one address that answers 200 to everything.
#[derive(Clone)]
pub struct Backend {
    heads: Arc<Mutex<Vec<Arrival>>>,
    arrivals: Arc<Mutex<Vec<Arrival>>>,
}

impl Backend {
    /// Listens on `address` until the tests end.
    pub fn start(address: &str) -> Result<Self> {
        let listener =
            TcpListener::bind(address).with_context(|| format!("cannot listen on {address}"))?;
        let backend = Self {
            heads: Arc::default(),
            arrivals: Arc::default(),
        };
        let acceptor = backend.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = acceptor.clone();
                thread::spawn(move || server.serve(stream));
            }
        });
        Ok(backend)
    }

    /// Whether a head of the trace `trace` came, whatever came after it.
    pub fn begun(&self, trace: &str) -> bool {
        !of_trace(&self.heads, trace).is_empty()
    }

    /// The whole requests of the trace `trace`.
    pub fn arrived(&self, trace: &str) -> Vec<Arrival> {
        of_trace(&self.arrivals, trace)
    }

    /// A request that does not arrive whole is recorded as a head alone, and not answered.
    fn serve(&self, stream: TcpStream) -> Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut arrival = read_head(&mut reader)?;
        lock(&self.heads).push(arrival.clone());
        arrival.body = read_body(&mut reader, &arrival)?;
        lock(&self.arrivals).push(arrival);
        let answer = r#"{"predictions":[0.5]}"#;
        let length = answer.len();
        write!(
            &stream,
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{answer}"
        )?;
        Ok(())
    }
}

fn of_trace(arrivals: &Mutex<Vec<Arrival>>, trace: &str) -> Vec<Arrival> {
    let mark = traceparent(trace);
    let marked = |arrival: &&Arrival| arrival.header("traceparent") == Some(mark.as_str());
    lock(arrivals).iter().filter(marked).cloned().collect()
}

fn lock(arrivals: &Mutex<Vec<Arrival>>) -> MutexGuard<'_, Vec<Arrival>> {
    arrivals.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read_head(reader: &mut impl BufRead) -> Result<Arrival> {
    let line = read_line(reader)?;
    let path = line
        .split(' ')
        .nth(1)
        .context("a request line without a target")?
        .to_owned();
    let mut headers = Vec::new();
    loop {
        let line = read_line(reader)?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    Ok(Arrival {
        path,
        headers,
        body: Vec::new(),
    })
}

fn read_body(reader: &mut impl BufRead, head: &Arrival) -> Result<Vec<u8>> {
    if head.header("transfer-encoding").is_some() {
        return read_chunks(reader);
    }
    let mut body = vec![0; head.header("content-length").unwrap_or("0").parse()?];
    reader.read_exact(&mut body)?;
    Ok(body)
}

fn read_chunks(reader: &mut impl BufRead) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = u64::from_str_radix(&read_line(reader)?, 16)?;
        reader.by_ref().take(size).read_to_end(&mut body)?;
        read_line(reader)?;
        if size == 0 {
            return Ok(body);
        }
    }
}

fn read_line(reader: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    Ok(line
        .strip_suffix("\r\n")
        .context("a line that ends early")?
        .to_owned())
}
