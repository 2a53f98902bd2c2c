//! Processes that belong to a test: each in a process group of its own, with its output in a log file, and surely ended.
//!
//! A [`Group`] ends with all its children when it is dropped. [`end_all_on_interrupt`] makes that true for ctrl-C and
//! `kill` too. [`Group::keep`] lets one live on; its [`Record`] can end it later, from another process.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::ops::Range;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Resource, Signal, getrlimit, kill_process_group, setrlimit};
use serde::{Deserialize, Serialize};

/// Time between two looks at something that is awaited.
pub const PAUSE: Duration = Duration::from_millis(20);
/// Time that a group gets between the polite signal and the last one.
const GRACE: Duration = Duration::from_secs(5);
/// Lines of a log that an error shows.
const LAST_LINES: usize = 15;
/// The ports of [`free_addresses`], below those that Linux gives to outgoing connections (`ip_local_port_range`, from 32,768).
const PORTS: Range<u32> = 20_000..32_000;
static NEXT_PORT: AtomicU32 = AtomicU32::new(0);

/// The groups to end on an interrupt. Locked while one is started, so that none is missed.
static RUNNING: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// A running program and everything it starts.
#[derive(Debug)]
pub struct Group {
    name: String,
    child: Child,
    id: Pid,
    log: PathBuf,
    kept: bool,
}

/// What is needed to find a kept group again, and to be sure that it is still the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// name given at the start
    pub name: String,
    /// process id of its first process, and of the group
    pub pid: i32,
    /// start of the first process, in clock ticks since the machine's start
    pub started: u64,
}

impl Group {
    /// Starts `command` with its standard output and error in the file `log`, and nothing to read.
    ///
    /// # Errors
    /// The program cannot be started, or the log cannot be written.
    pub fn start(name: &str, mut command: Command, log: &Path) -> Result<Self> {
        let output =
            File::create(log).with_context(|| format!("log `{}` of {name}", log.display()))?;
        command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .process_group(0);
        let mut running = running();
        let child = command
            .spawn()
            .with_context(|| format!("start {name}: `{}`", command.get_program().display()))?;
        let id = Pid::from_child(&child);
        running.push(id);
        Ok(Self {
            name: name.to_owned(),
            child,
            id,
            log: log.to_owned(),
            kept: false,
        })
    }

    /// Process id of the first process, and of the group.
    #[must_use]
    pub fn pid(&self) -> i32 {
        self.id.as_raw_nonzero().get()
    }

    /// The file with its standard output and error.
    #[must_use]
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Waits until `ready` answers true.
    ///
    /// # Errors
    /// The program ended before, or `timeout` is over; the error ends with the last lines of the log.
    pub fn wait_until(&mut self, timeout: Duration, mut ready: impl FnMut() -> bool) -> Result<()> {
        let start = Instant::now();
        while !ready() {
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended with {status}\n{}", self.name, self.last_lines());
            }
            if start.elapsed() > timeout {
                bail!(
                    "{} is not ready after {timeout:?}\n{}",
                    self.name,
                    self.last_lines()
                );
            }
            thread::sleep(PAUSE);
        }
        Ok(())
    }

    /// Waits until something accepts connections at `address`.
    ///
    /// # Errors
    /// As [`Group::wait_until`].
    pub fn wait_for_port(&mut self, address: SocketAddr, timeout: Duration) -> Result<()> {
        self.wait_until(timeout, || {
            TcpStream::connect_timeout(&address, PAUSE).is_ok()
        })
        .with_context(|| format!("nothing accepts connections at `{address}`"))
    }

    /// What is needed to end the group from another process, if it is kept.
    ///
    /// # Errors
    /// It has already ended.
    pub fn record(&self) -> Result<Record> {
        let pid = self.pid();
        let Some(started) = start_time(pid) else {
            bail!("{} has ended\n{}", self.name, self.last_lines())
        };
        Ok(Record {
            name: self.name.clone(),
            pid,
            started,
        })
    }

    /// Lets the group live on after this process.
    pub fn keep(mut self) {
        self.kept = true;
    }

    fn last_lines(&self) -> String {
        let text = fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(LAST_LINES)..].join("\n")
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        running().retain(|id| *id != self.id);
        if self.kept {
            return;
        }
        end(self.id);
        // collects the first process, which is dead by now
        let _ = self.child.wait();
    }
}

impl Record {
    /// Whether the same process still runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        start_time(self.pid) == Some(self.started)
    }

    /// Ends the group. Answers whether it was still running; a process that only has the same id is left alone.
    #[must_use]
    pub fn end(&self) -> bool {
        let Some(id) = Pid::from_raw(self.pid).filter(|_| self.is_running()) else {
            return false;
        };
        end(id);
        true
    }
}

/// From now on an interrupt (ctrl-C, `kill`, a closed terminal) ends every running group, calls `last` and exits with 130.
///
/// # Errors
/// A handler is already installed.
pub fn end_all_on_interrupt(last: impl Fn() + Send + 'static) -> Result<()> {
    ctrlc::set_handler(move || {
        // kept locked until the exit, so that nothing is started any more
        let running = running();
        for id in running.iter() {
            end(*id);
        }
        last();
        std::process::exit(130);
    })
    .context("install the interrupt handler")
}

/// Different loopback addresses that nothing listens on at this moment, and that nobody is given who asks for any port: what
/// was free a moment ago would else be taken by a connection that another test opens before its own server has started.
///
/// # Errors
/// There are not so many free ports.
pub fn free_addresses<const N: usize>() -> Result<[SocketAddr; N]> {
    let mut addresses = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)); N];
    for address in &mut addresses {
        *address = free_address().context("no port is free")?;
    }
    Ok(addresses)
}

fn free_address() -> Option<SocketAddr> {
    // each process begins elsewhere
    let start = std::process::id().wrapping_mul(97);
    PORTS.clone().find_map(|_| {
        let step = NEXT_PORT.fetch_add(1, Ordering::Relaxed);
        let offset = start.wrapping_add(step) % (PORTS.end - PORTS.start);
        let port = u16::try_from(PORTS.start + offset).ok()?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        TcpListener::bind(address).is_ok().then_some(address)
    })
}

fn running() -> MutexGuard<'static, Vec<Pid>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Asks every process of the group to end, and ends by force those that take longer than [`GRACE`].
fn end(id: Pid) {
    for signal in [Signal::TERM, Signal::KILL] {
        // fails only when none is left
        let _ = kill_process_group(id, signal);
        let start = Instant::now();
        while start.elapsed() < GRACE {
            if all_dead(id) {
                return;
            }
            thread::sleep(PAUSE);
        }
    }
}

/// Whether every process of the group has ended (its parent may not have collected it yet).
fn all_dead(id: Pid) -> bool {
    let group = id.as_raw_nonzero().get();
    let Ok(processes) = fs::read_dir("/proc") else {
        return false;
    };
    let pids = processes
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    !pids
        .filter_map(stat)
        .any(|stat| stat.group == group && stat.state != 'Z')
}

fn start_time(pid: i32) -> Option<u64> {
    stat(pid)
        .filter(|stat| stat.state != 'Z')
        .map(|stat| stat.started)
}

struct Stat {
    state: char,
    group: i32,
    started: u64,
}

/// `/proc/PID/stat`, see proc(5): the fields after the name, which is in parentheses and may contain anything.
fn stat(pid: i32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<_> = text.rsplit_once(')')?.1.split_whitespace().collect();
    Some(Stat {
        state: fields.first()?.chars().next()?,
        group: fields.get(2)?.parse().ok()?,
        started: fields.get(19)?.parse().ok()?,
    })
}

/// As many open files as the system lets this process have, and those that it starts.
///
/// # Errors
/// The system refuses.
pub fn allow_many_files() -> Result<()> {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    Ok(setrlimit(Resource::Nofile, limit)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn log(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!(
            "modelgate-process-{name}-{}.log",
            std::process::id()
        ))
    }

    #[test]
    fn a_dropped_group_takes_its_children_along() {
        let log = log("children");
        let mut group =
            Group::start("nest", shell("sleep 1000 & echo started; wait"), &log).unwrap();
        group
            .wait_until(GRACE, || {
                fs::read_to_string(&log).is_ok_and(|text| text.contains("started"))
            })
            .unwrap();
        let id = group.id;
        assert!(!all_dead(id));
        drop(group);
        assert!(all_dead(id));
        fs::remove_file(log).unwrap();
    }

    #[test]
    fn an_early_end_shows_the_log() {
        let log = log("early");
        let mut group = Group::start("brief", shell("echo no such model; exit 3"), &log).unwrap();
        let error = group.wait_until(GRACE, || false).unwrap_err().to_string();
        assert!(
            error.contains("brief ended with exit status: 3") && error.contains("no such model"),
            "{error}"
        );
        fs::remove_file(log).unwrap();
    }

    #[test]
    fn a_record_ends_only_the_process_it_was_made_of() {
        let log = log("record");
        let group = Group::start("kept", shell("exec sleep 1000"), &log).unwrap();
        let record = group.record().unwrap();
        group.keep();
        let other = Record {
            started: record.started + 1,
            ..record.clone()
        };
        assert!(!other.end());
        assert!(record.is_running());
        assert!(record.end());
        assert!(!record.is_running());
        fs::remove_file(log).unwrap();
    }
}
