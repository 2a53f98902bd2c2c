//! Model servers that record what reaches them: in these tests the mesh is under test, not the models.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result};

use crate::cases::traceparent;

/// One whole request as it arrived.
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
    arrivals: Arc<Mutex<Vec<Arrival>>>,
}

impl Backend {
    /// Listens on `address` until the tests end.
    pub fn start(address: &str) -> Result<Self> {
        let listener =
            TcpListener::bind(address).with_context(|| format!("cannot listen on {address}"))?;
        let backend = Self {
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

    /// The whole requests of the trace `trace`.
    pub fn arrived(&self, trace: &str) -> Vec<Arrival> {
        let mark = traceparent(trace);
        let marked = |arrival: &&Arrival| arrival.header("traceparent") == Some(mark.as_str());
        let arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        arrivals.iter().filter(marked).cloned().collect()
    }

    /// A request that does not arrive whole is not recorded and not answered.
    fn serve(&self, stream: TcpStream) -> Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let arrival = read_request(&mut reader)?;
        self.arrivals
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(arrival);
        let answer = r#"{"predictions":[0.5]}"#;
        let length = answer.len();
        write!(
            &stream,
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{answer}"
        )?;
        Ok(())
    }
}

fn read_request(reader: &mut impl BufRead) -> Result<Arrival> {
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
    let mut arrival = Arrival {
        path,
        headers,
        body: Vec::new(),
    };
    arrival.body = read_body(reader, &arrival)?;
    Ok(arrival)
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
