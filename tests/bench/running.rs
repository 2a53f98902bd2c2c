//! One of the Envoys while it runs, and what was measured of it.

use std::fs;
use std::sync::atomic::AtomicUsize;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use tests::cases::Case;
use tests::cases::message::Message;
use tests::envoy::Proxy;
use tests::http::exchange;
use tests::memory;
use tests::process::Group;

use crate::load;
use crate::variant::Variant;

/// Clock ticks of `/proc/PID/stat` in a second: `USER_HZ` is 100 on every architecture that Linux runs Envoy on.
const TICKS: f64 = 100.0;
const WARM_UP: Duration = Duration::from_secs(1);

/// A running Envoy and what was measured of it.
pub struct Running {
    /// which one
    pub variant: Variant,
    proxy: Proxy,
    beside: Option<Group>,
    requests: Vec<Vec<u8>>,
    next: AtomicUsize,
    rounds: Vec<Round>,
}

struct Round {
    micros: f64,
    rate: f64,
    p50: f64,
    p99: f64,
}

impl Running {
    /// Starts it and warms it up.
    ///
    /// # Errors
    /// It does not start, or lets nobody through, or everybody.
    pub fn start(variant: Variant, at: usize) -> Result<Self> {
        let requests: Vec<Vec<u8>> = (0..variant.tokens()).map(request).collect::<Result<_>>()?;
        let mut setup = variant.setup()?;
        let beside = variant.beside(&mut setup)?;
        let proxy = setup.start(&format!("bench-{at}"))?;
        if variant.asks() {
            let nobody: Vec<u8> = String::from_utf8_lossy(&requests[0])
                .replace("authorization", "x-nothing")
                .into();
            let status = exchange(proxy.address, &nobody)?.status;
            ensure!(matches!(status, 401 | 403), "nobody gets {status}");
        }
        let next = AtomicUsize::new(0);
        load::run(proxy.address, &requests, &next, WARM_UP)?;
        Ok(Self {
            variant,
            proxy,
            beside,
            requests,
            next,
            rounds: Vec::new(),
        })
    }

    /// One round.
    ///
    /// # Errors
    /// A request is not answered as it should be.
    pub fn measure(&mut self, window: Duration) -> Result<()> {
        let before = self.ticks()?;
        let load = load::run(self.proxy.address, &self.requests, &self.next, window)?;
        let ticks = self.ticks()? - before;
        let requests = load.requests() as f64;
        self.rounds.push(Round {
            micros: ticks / TICKS * 1e6 / requests,
            rate: requests / load.elapsed.as_secs_f64(),
            p50: load.latency(0.5),
            p99: load.latency(0.99),
        });
        Ok(())
    }

    /// Microseconds of CPU a request, of each round.
    pub fn costs(&self) -> Vec<f64> {
        self.rounds.iter().map(|round| round.micros).collect()
    }

    /// Their median.
    pub fn cost(&self) -> f64 {
        median(self.costs())
    }

    /// The least and the most.
    pub fn spread(&self) -> (f64, f64) {
        let costs = self.costs();
        (
            costs.iter().copied().fold(f64::INFINITY, f64::min),
            costs.iter().copied().fold(0.0, f64::max),
        )
    }

    /// Requests in a second, the median.
    pub fn rate(&self) -> f64 {
        median(self.rounds.iter().map(|round| round.rate).collect())
    }

    /// Latency in microseconds that half of the requests, and 99 of 100, do not exceed: the median round.
    pub fn latency(&self) -> (f64, f64) {
        (
            median(self.rounds.iter().map(|round| round.p50).collect()),
            median(self.rounds.iter().map(|round| round.p99).collect()),
        )
    }

    /// Resident memory in kilobytes, see proc(5).
    ///
    /// # Errors
    /// The process is gone.
    pub fn resident(&self) -> Result<u64> {
        self.processes().map(memory::resident).sum()
    }

    /// User and system time so far.
    fn ticks(&self) -> Result<f64> {
        self.processes().map(ticks).sum()
    }

    fn processes(&self) -> impl Iterator<Item = i32> {
        let beside = self.beside.as_ref().map(Group::pid);
        [self.proxy.pid()].into_iter().chain(beside)
    }
}

/// The middle one.
#[must_use]
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// User and system time of a process so far, see proc(5).
fn ticks(pid: i32) -> Result<f64> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let fields: Vec<&str> = text
        .rsplit_once(')')
        .context("a name")?
        .1
        .split_whitespace()
        .collect();
    let field = |at: usize| -> Result<f64> { Ok(fields.get(at).context("a field")?.parse()?) };
    Ok(field(11)? + field(12)?)
}

/// Of a person with a token that lasts longer than the bench; each number makes another token.
///
/// # Errors
/// The clock is before 1970.
pub fn request(number: usize) -> Result<Vec<u8>> {
    let case = format!(
        "{{ name: bench, who: {{ like: lena, claims: {{ exp: now+36000, jti: 'token-{number:06}' }} }}, \
         request: {{ method: GET, path: /seldon/fraud/fraud-detector/api/v1.0/metadata, bodiless: true }}, \
         expect: {{ verdict: allow, status: 200, reason: allowed }} }}"
    );
    let case: Case = serde_saphyr::from_str(&case)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let message = Message::of(&case, now, "bench");
    Ok([head(&message), b"\r\n".to_vec()].concat())
}

/// The head of a message as it goes out over HTTP/1.1, without the empty line at its end.
pub fn head(message: &Message) -> Vec<u8> {
    let mut text = [
        &message.method,
        b" ".as_slice(),
        &message.path,
        b" HTTP/1.1\r\nhost: ",
        &message.authority,
        b"\r\n",
    ]
    .concat();
    for (name, value) in &message.headers {
        text.extend([name, b": ".as_slice(), value, b"\r\n"].concat());
    }
    text
}
