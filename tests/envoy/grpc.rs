//! A gRPC stream that changes its model after the model server has begun to answer: neither side gets any further.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use policies::decision::{Reason, Verdict};
use tests::cases::Case;
use tests::cases::fixture::Mode;
use tests::cases::message::Message;
use tests::envoy::Setup;
use tests::process::free_addresses;

use crate::audit;
use crate::corpus::{failed, now};

const CASE: &str = r#"{ name: two models, who: ana, expect: { verdict: deny, status: 200, reason: model_conflict },
    request: { like: grpc-stream, chunks: [{ grpc: '0a0b "vision-cats"' }, { grpc: '0a0d "vision-secret"' }], ending: never } }"#;
const ID: &str = "two-models";
const FIRST: &[u8] = b"vision-cats";
const SECOND: &[u8] = b"vision-secret";
const HEAD: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/grpc\r\ntransfer-encoding: chunked\r\n\r\n";
const ANSWER: &[u8] = b"answer-to-the-first";
/// Longest wait for the next bytes.
const DUE: Duration = Duration::from_secs(20);

/// One for each body mode.
pub fn trials() -> Vec<Trial> {
    Mode::ALL
        .into_iter()
        .map(|mode| {
            let name = format!("{} grpc: another model after an answer", mode.name());
            Trial::test(name, move || changes_its_model(mode).map_err(failed))
        })
        .collect()
}

fn changes_its_model(mode: Mode) -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let backend = thread::spawn(move || serve(&listener));
    // the backend takes one connection: a fetch of keys must not be it
    let [nobody] = free_addresses()?;
    let setup = Setup::new(mode.compiled(), address, nobody)?;
    let proxy = setup.start(&format!("grpc-{}", mode.name()))?;
    let case: Case = serde_saphyr::from_str(CASE)?;
    let message = Message::of(&case, now()?, ID);
    let [first, second] = message.body.as_deref().context("a body")? else {
        anyhow::bail!("two messages");
    };

    let mut client = TcpStream::connect(proxy.address)?;
    client.set_read_timeout(Some(DUE))?;
    client.write_all(&[head(&message), chunk(first)].concat())?;
    let answer = read_until(&mut client, Some(ANSWER))?;
    ensure!(holds(&answer, ANSWER), "the first message got no answer");
    client.write_all(&chunk(second))?;
    let rest = read_until(&mut client, None)?;
    ensure!(rest.is_empty(), "more came: {rest:02x?}");

    let received = backend.join().ok().context("the backend failed")??;
    ensure!(!holds(&received, SECOND), "the second model arrived");
    let event = audit::wait_for(&proxy, ID)?;
    let found = (event.verdict, event.reason, event.status);
    let expected = (Verdict::Deny, Reason::DeniedByRule, Some(200));
    ensure!(found == expected, "{found:?}");
    Ok(())
}

/// Answers the first message, and says what came until the connection ended.
fn serve(listener: &TcpListener) -> Result<Vec<u8>> {
    let (mut stream, _) = listener.accept()?;
    stream.set_read_timeout(Some(DUE))?;
    let begin = read_until(&mut stream, Some(FIRST))?;
    stream.write_all(&[HEAD, &chunk(ANSWER)].concat())?;
    Ok([begin, read_until(&mut stream, None)?].concat())
}

/// Reads until `mark` has come; without one, until the other side ends or breaks off.
fn read_until(stream: &mut TcpStream, mark: Option<&[u8]>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(bytes),
            Ok(count) => bytes.extend(&buffer[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return Ok(bytes),
            Err(error) => return Err(error.into()),
        }
        if mark.is_some_and(|mark| holds(&bytes, mark)) {
            return Ok(bytes);
        }
    }
}

/// The message's head, for HTTP/1.1 with chunks.
pub fn head(message: &Message) -> Vec<u8> {
    let line = |bytes: &[&[u8]]| [&bytes.concat(), b"\r\n".as_slice()].concat();
    let mut head = line(&[&message.method, b" ", &message.path, b" HTTP/1.1"]);
    head.extend(line(&[b"host: ", &message.authority]));
    head.extend(line(&[b"transfer-encoding: chunked"]));
    for (name, value) in &message.headers {
        head.extend(line(&[name, b": ", value]));
    }
    head.extend(b"\r\n");
    head
}

/// One chunk of HTTP/1.1.
pub fn chunk(piece: &[u8]) -> Vec<u8> {
    let size = format!("{:x}\r\n", piece.len());
    [size.as_bytes(), piece, b"\r\n"].concat()
}

/// Whether `mark` is among the bytes.
pub fn holds(bytes: &[u8], mark: &[u8]) -> bool {
    bytes.windows(mark.len()).any(|part| part == mark)
}
