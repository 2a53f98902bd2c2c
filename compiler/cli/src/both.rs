//! Two things at once: what the compiler does with values is pure, so that each can have a processor of its own.

use std::thread;

use anyhow::{Result, anyhow};
use compiler::diagnostic::Diagnostic;
use compiler::load::{self, Loaded};
use compiler::source::Source;
use compiler::syntax;

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

/// Does the same with each, in their order: the first half of many with one processor, the second with the other.
///
/// # Errors
/// Where one of them panics.
pub fn each<T: Sync, A: Send>(all: &[T], work: impl Fn(&T) -> A + Sync) -> Result<Vec<A>> {
    let work = |part: &[T]| part.iter().map(&work).collect::<Vec<A>>();
    if all.len() < FEW {
        return Ok(work(all));
    }
    let (first, then) = all.split_at(all.len() / 2);
    let (then, mut done) = both(|| work(then), || work(first))?;
    done.extend(then);
    Ok(done)
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
    let reading = first.and(last);
    let (policy, found) = both(
        || load::resolve(sources, &reading),
        || load::check(sources, &reading),
    )?;
    Ok(load::joined(reading, found, policy))
}
