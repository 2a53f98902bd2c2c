//! Memory of a running Envoy, read from Linux' `/proc` (proc(5)), without asking Envoy or the filter.

use std::fs;

use anyhow::{Context, Result};

/// V8 keeps at least so much address space free behind a linear memory, so that no access needs a check.
const GUARD: u64 = 1 << 32;

/// The bytes of each linear memory of a WebAssembly instance (`memory.size`), largest first: a mapping that can be written, directly
/// before gigabytes that cannot be touched. A linear memory never shrinks, so this is also the most that it ever was.
///
/// # Errors
/// The process is gone.
pub fn of_machines(pid: i32) -> Result<Vec<u64>> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps"))?;
    let mappings: Vec<Mapping> = maps.lines().map(Mapping::parse).collect::<Result<_>>()?;
    let pairs = mappings.iter().zip(mappings.iter().skip(1));
    let memories = pairs.filter(|(memory, guard)| {
        memory.writable && guard.untouchable && memory.end == guard.begin && guard.len() >= GUARD
    });
    let mut sizes: Vec<u64> = memories.map(|(memory, _)| memory.len()).collect();
    sizes.sort_unstable_by(|one, other| other.cmp(one));
    Ok(sizes)
}

/// Resident memory in kilobytes.
///
/// # Errors
/// The process is gone.
pub fn resident(pid: i32) -> Result<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.context("a number")?.parse()?)
}

struct Mapping {
    begin: u64,
    end: u64,
    writable: bool,
    untouchable: bool,
}

impl Mapping {
    fn parse(line: &str) -> Result<Self> {
        let mut fields = line.split_whitespace();
        let range = fields.next().context("a range")?;
        let (begin, end) = range.split_once('-').context("two ends")?;
        let access = fields.next().context("an access")?;
        Ok(Self {
            begin: u64::from_str_radix(begin, 16)?,
            end: u64::from_str_radix(end, 16)?,
            writable: access.starts_with("rw"),
            untouchable: access.starts_with("---"),
        })
    }

    const fn len(&self) -> u64 {
        self.end - self.begin
    }
}
