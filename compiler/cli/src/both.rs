//! Two things at once: what the compiler does with values is pure, so that each can have a processor of its own.

use std::slice;
use std::thread;

use anyhow::{Result, anyhow};
use compiler::diagnostic::Diagnostic;
use compiler::load::{self, Load};
use compiler::output::{self, Options, Output};
use compiler::policy::Policy;
use compiler::source::Source;
use compiler::syntax::{self, Reading};

/// Fewer files are read faster than a thread is made.
const FEW: usize = 16;

/// As much as the main thread has, for which texts of Cedar are bounded.
const STACK: usize = 8 << 20;

/// Does both at the same time.
///
/// # Errors
/// Where one of them panics, or there can be no thread.
pub fn both<A: Send, B>(
    one: impl FnOnce() -> A + Send,
    other: impl FnOnce() -> B,
) -> Result<(A, B)> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK);
        let one = thread.spawn_scoped(scope, one)?;
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

/// Reads and checks files as they were and as they will be, as [`compiler::load`] does; what is the same at the same place is read once.
///
/// # Errors
/// Never for what can be read.
pub fn load_both(old: &[Source], new: &[Source]) -> Result<(Load, Load)> {
    let read = |at: usize, source: &Source| syntax::read_from(at, slice::from_ref(source));
    let places: Vec<usize> = (0..old.len().max(new.len())).collect();
    let read = each(&places, |at| {
        let source = old.get(*at);
        let before = source.map(|source| read(*at, source));
        let after = new.get(*at).map(|after| match (source, &before) {
            (Some(same), Some(before)) if same.bytes == after.bytes => before.clone(),
            _ => read(*at, after),
        });
        (before, after)
    })?;
    let (before, after): (Vec<_>, Vec<_>) = read.into_iter().unzip();
    let load = |sources, readings: Vec<Option<Reading>>| {
        let reading = readings.into_iter().flatten().reduce(Reading::and);
        load::checked(sources, reading.unwrap_or_else(|| syntax::read(&[])))
    };
    both(|| load(old, before), || load(new, after))
}

/// Reads and checks files, as [`compiler::load`] does.
///
/// # Errors
/// Never for what can be read.
pub fn load(sources: &[Source]) -> Result<Load> {
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

/// Compiles, as [`output::compile`] does.
///
/// # Errors
/// Where one half panics, or there can be no thread; inside, whatever is wrong with the policy.
pub fn compile(policy: &Policy, options: &Options) -> Result<Result<Output, Vec<Diagnostic>>> {
    output::compile_with(policy, options, |last, first| both(last, first))
}
