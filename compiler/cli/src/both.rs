//! Two things at once: what the compiler does with values is pure, so that each can have a processor of its own.

use std::thread;

use anyhow::{Result, anyhow};
use compiler::diagnostic::Diagnostic;
use compiler::source::Source;
use compiler::{Loaded, syntax};

/// Fewer files are read faster than a thread is made.
const FEW: usize = 16;

/// Does both at the same time.
///
/// # Errors
/// Where one of them panics.
pub fn both<A: Send, B>(
    one: impl FnOnce() -> A + Send,
    other: impl FnOnce() -> B,
) -> Result<(A, B)> {
    thread::scope(|scope| {
        let one = scope.spawn(one);
        let other = other();
        let one = one.join();
        Ok((one.map_err(|_| anyhow!("half of the work failed"))?, other))
    })
}

/// Reads and checks files, as [`compiler::load`] does.
///
/// # Errors
/// Never for what can be read.
pub fn load(sources: &[Source]) -> Result<(Option<Loaded>, Vec<Diagnostic>)> {
    if sources.len() < FEW {
        return Ok(compiler::load(sources));
    }
    let middle = sources.len() / 2;
    let (first, last) = sources.split_at(middle);
    let (last, first) = both(|| syntax::read_from(middle, last), || syntax::read(first))?;
    Ok(compiler::load::checked(sources, first.and(last)))
}
