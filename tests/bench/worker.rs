//! What one worker of an Envoy computes for a request, by the kernel's scheduler.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tests::envoy::Proxy;

/// Longest wait for an answer.
const ANSWER: Duration = Duration::from_secs(30);

/// The worker of an Envoy, and a connection to it.
pub struct Worker {
    task: PathBuf,
    stream: TcpStream,
    /// microseconds of each request
    pub costs: Vec<f64>,
}

impl Worker {
    /// The worker of an Envoy that has one.
    ///
    /// # Errors
    /// There is none, or it does not listen.
    pub fn of(proxy: &Proxy) -> Result<Self> {
        let tasks = fs::read_dir(format!("/proc/{}/task", proxy.pid()))?;
        let tasks: Vec<PathBuf> = tasks.map(|task| Ok(task?.path())).collect::<Result<_>>()?;
        let named = |task: &PathBuf| {
            fs::read_to_string(task.join("comm")).is_ok_and(|name| name.trim() == "wrk:worker_0")
        };
        let stream = TcpStream::connect(proxy.address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(ANSWER))?;
        Ok(Self {
            task: tasks.into_iter().find(named).context("a worker")?,
            stream,
            costs: Vec::new(),
        })
    }

    /// Sends a request and reads the answer, which has no body.
    ///
    /// # Errors
    /// It is not accepted.
    pub fn send(&mut self, request: &[u8]) -> Result<()> {
        let before = self.idle()?;
        self.stream.write_all(request)?;
        let (mut answer, mut buffer) = (Vec::new(), [0; 4096]);
        while !answer.ends_with(b"\r\n\r\n") {
            let count = self.stream.read(&mut buffer)?;
            ensure!(count > 0, "the connection ended");
            answer.extend(&buffer[..count]);
        }
        let line = String::from_utf8_lossy(&answer);
        ensure!(line.starts_with("HTTP/1.1 20"), "{line}");
        self.costs.push((self.idle()? - before) as f64 / 1e3);
        Ok(())
    }

    /// Nanoseconds that it had a processor for, as soon as it waits for something (proc(5): `stat`; the kernel's
    /// `sched-stats.rst`: `schedstat`).
    fn idle(&self) -> Result<u64> {
        loop {
            let stat = fs::read_to_string(self.task.join("stat"))?;
            let (_, fields) = stat.rsplit_once(") ").context("fields")?;
            if fields.starts_with('S') {
                let text = fs::read_to_string(self.task.join("schedstat"))?;
                return Ok(text.split(' ').next().context("a number")?.parse()?);
            }
            thread::yield_now();
        }
    }

    /// Microseconds that this part of the requests do not exceed.
    pub fn percentile(&self, part: f64) -> f64 {
        let mut costs = self.costs.clone();
        costs.sort_by(f64::total_cmp);
        let at = (costs.len() as f64 * part) as usize;
        let at = at.min(costs.len().saturating_sub(1));
        costs.get(at).copied().unwrap_or(f64::NAN)
    }
}
