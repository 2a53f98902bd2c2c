//! The program: standard streams in, exit status out.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Most of the work of large organisations is small texts made and dropped.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    cli::program()
}
