//! The program: standard streams in, exit status out.

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::program()
}
