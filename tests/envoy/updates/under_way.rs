//! Requests that a policy has seen the beginning of when it is replaced: one whose body is held, and a stream.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;

use anyhow::{Context, Result, ensure};
use policies::decision::Verdict;
use tests::http::read_response;

use super::{TAKEN, World, message};
use crate::audit;
use crate::client::parts;
use crate::grpc::{chunk, head, holds};

const HELD: &str = "{ name: held, who: ana, expect: { verdict: allow, status: 200 }, request: { like: chat,
    headers: [[expect, 100-continue]], chunks: ['{\"messages\":[],\"mod', 'el\":\"assistant-large\"}'] } }";
const STREAM: &str = r#"{ name: stream, who: ana, expect: { verdict: allow, status: 200 },
    request: { like: grpc-stream, chunks: [{ grpc: '0a0b "vision-cats"' }, { grpc: '0a0b "vision-dogs"' }] } }"#;

/// Requests that the old policy has seen the beginning of.
pub(super) struct UnderWay {
    held: TcpStream,
    held_rest: Vec<Vec<u8>>,
    stream: TcpStream,
    stream_rest: Vec<u8>,
}

impl UnderWay {
    /// Both of them.
    pub(super) fn begin(world: &World, number: usize) -> Result<Self> {
        let message = message(HELD, &format!("{}-held-{number}", world.name))?;
        let mut pieces = parts(&message).into_iter();
        let mut held = open(world.proxy.address)?;
        held.write_all(&pieces.next().context("a head")?)?;
        // Envoy says this when it has the head
        let mut interim = [0; 25];
        held.read_exact(&mut interim)?;
        ensure!(interim.starts_with(b"HTTP/1.1 100 "), "{interim:?}");
        held.write_all(&pieces.next().context("a piece")?)?;

        let id = format!("{}-stream-{number}", world.name);
        let message = self::message(STREAM, &id)?;
        let [first, second] = message.body.as_deref().context("a body")? else {
            anyhow::bail!("two messages");
        };
        let mut stream = open(world.proxy.address)?;
        stream.write_all(&[head(&message), chunk(first)].concat())?;
        world.arrived(&id, b"vision-cats")?;
        Ok(Self {
            held,
            held_rest: pieces.collect(),
            stream,
            stream_rest: [chunk(second), b"0\r\n\r\n".to_vec()].concat(),
        })
    }

    /// The rest comes under the new policy, and is judged by the old one.
    pub(super) fn end(mut self, world: &World, number: usize) -> Result<()> {
        for piece in self.held_rest {
            self.held.write_all(&piece)?;
        }
        let status = read_response(&mut self.held)?.status;
        ensure!(status == 200, "the held request got {status}");
        self.stream.write_all(&self.stream_rest)?;
        let status = read_response(&mut self.stream)?.status;
        ensure!(status == 200, "the stream got {status}");
        for kind in ["held", "stream"] {
            let id = format!("{}-{kind}-{number}", world.name);
            let event = audit::wait_for(&world.proxy, &id)?;
            ensure!(
                event.verdict == Verdict::Allow && event.bundle == world.open.1,
                "{event:?}"
            );
        }
        world.arrived(&format!("{}-stream-{number}", world.name), b"vision-dogs")
    }
}

impl World {
    fn arrived(&self, id: &str, mark: &[u8]) -> Result<()> {
        let there = || {
            let received = self.backend.received(id);
            received.is_some_and(|received| holds(&received.body, mark))
        };
        let start = std::time::Instant::now();
        while !there() {
            ensure!(start.elapsed() < TAKEN, "{id}: nothing arrived");
            thread::sleep(tests::process::PAUSE);
        }
        Ok(())
    }
}

fn open(address: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(TAKEN))?;
    Ok(stream)
}
