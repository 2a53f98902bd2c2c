//! A model server that remembers what reached it, to the byte, also of requests that never became whole.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::Result;

use crate::cases::message::Answer;

/// The header that asks for an answer before the request is whole.
pub const EARLY: &str = "x-test-early";
/// The header that says what to answer.
pub const ANSWER: &str = "x-test-answer";
/// What it answers otherwise.
pub const PLAIN: &str = "the-answer-of-the-model";

/// What reached the backend of one request.
#[derive(Debug, Clone, Default)]
pub struct Received {
    /// fields of the head, names in lower case
    pub head: Vec<(String, String)>,
    /// bytes of the body, so far
    pub body: Vec<u8>,
    /// the request was whole
    pub whole: bool,
    /// how often it came
    pub times: usize,
}

/// A running backend. Its threads end with the process.
#[derive(Debug, Clone)]
pub struct Backend {
    /// where it listens
    pub address: SocketAddr,
    received: Arc<Mutex<BTreeMap<String, Received>>>,
    whole: Arc<AtomicUsize>,
}

impl Backend {
    /// Listens on a free port.
    ///
    /// # Errors
    /// There is none.
    pub fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let backend = Self {
            address: listener.local_addr()?,
            received: Arc::default(),
            whole: Arc::default(),
        };
        let serving = backend.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let backend = serving.clone();
                // a connection that breaks is no failure: what came before is what counts
                thread::spawn(move || backend.serve(&stream).ok());
            }
        });
        Ok(backend)
    }

    /// What reached it of the request with this id.
    #[must_use]
    pub fn received(&self, id: &str) -> Option<Received> {
        self.lock().get(id).cloned()
    }

    /// How many whole requests reached it.
    #[must_use]
    pub fn whole(&self) -> usize {
        self.whole.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Received>> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, id: &str, change: impl FnOnce(&mut Received)) {
        change(self.lock().entry(id.to_owned()).or_default());
    }

    fn serve(&self, stream: &TcpStream) -> Result<()> {
        stream.set_nodelay(true)?;
        let mut input = BufReader::new(stream);
        while let Some(head) = read_head(&mut input)? {
            let id = head.value("x-request-id").unwrap_or("?").to_owned();
            self.note(&id, |received| {
                received.times += 1;
                received.head.clone_from(&head.fields);
            });
            let early = head.value(EARLY).is_some();
            let said = head.value(ANSWER).and_then(Answer::of_header);
            if early {
                answer(stream, said.as_ref())?;
            }
            self.read_body(&id, &head, &mut input)?;
            self.note(&id, |received| received.whole = true);
            self.whole.fetch_add(1, Ordering::Relaxed);
            if !early {
                answer(stream, said.as_ref())?;
            }
        }
        Ok(())
    }

    fn read_body(&self, id: &str, head: &Head, input: &mut impl BufRead) -> Result<()> {
        let chunked = head.value("transfer-encoding").is_some();
        let length = head.value("content-length").unwrap_or("0").parse()?;
        if !chunked {
            return self.take(id, length, input);
        }
        loop {
            let size = usize::from_str_radix(line(input)?.trim(), 16)?;
            if size == 0 {
                while !line(input)?.is_empty() {}
                return Ok(());
            }
            self.take(id, size, input)?;
            line(input)?;
        }
    }

    fn take(&self, id: &str, mut length: usize, input: &mut impl BufRead) -> Result<()> {
        let mut buffer = [0; 4096];
        while length > 0 {
            let wanted = length.min(buffer.len());
            let count = input.read(&mut buffer[..wanted])?;
            anyhow::ensure!(count > 0, "the body is cut");
            self.note(id, |received| received.body.extend(&buffer[..count]));
            length -= count;
        }
        Ok(())
    }
}

struct Head {
    fields: Vec<(String, String)>,
}

impl Head {
    fn value(&self, name: &str) -> Option<&str> {
        let field = self.fields.iter().find(|(found, _)| found == name);
        field.map(|(_, value)| value.as_str())
    }
}

fn read_head(input: &mut impl BufRead) -> Result<Option<Head>> {
    if line(input)?.is_empty() {
        return Ok(None);
    }
    let mut fields = Vec::new();
    loop {
        let line = line(input)?;
        match line.split_once(':') {
            Some((name, value)) => {
                fields.push((name.to_ascii_lowercase(), value.trim().to_owned()))
            }
            None => return Ok(Some(Head { fields })),
        }
    }
}

/// A line without its end; empty at the end of the stream.
fn line(input: &mut impl BufRead) -> Result<String> {
    let mut bytes = Vec::new();
    input.read_until(b'\n', &mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}

fn answer(mut stream: &TcpStream, said: Option<&Answer>) -> Result<()> {
    let plain = Answer {
        status: 200,
        headers: vec![("content-type".to_owned(), "text/plain".to_owned())],
        body: PLAIN.to_owned(),
    };
    let Answer {
        status,
        headers,
        body,
    } = said.unwrap_or(&plain);
    let fields: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let length = body.len();
    let head = format!("HTTP/1.1 {status} X\r\n{fields}content-length: {length}\r\n\r\n");
    stream.write_all(format!("{head}{body}").as_bytes())?;
    Ok(())
}
