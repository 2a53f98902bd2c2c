//! Every input that libFuzzer kept, and every one with which something failed once, through its target again.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let trials = fuzz::TARGETS.into_iter().map(|target| {
        Trial::test(format!("{}: {}", target.name, target.reads), move || {
            let count = replay(target, &fuzz::corpus(target.name))?;
            replay(target, &fuzz::regressions(target.name))?;
            match count {
                0 => Err("there is no corpus".into()),
                _ => Ok(()),
            }
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

/// How many there were.
fn replay(target: fuzz::Target, folder: &Path) -> Result<usize, Failed> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(0);
    };
    let mut count = 0;
    for entry in entries {
        let path = entry?.path();
        let bytes = fs::read(&path)?;
        let ran = std::panic::catch_unwind(|| (target.run)(&bytes));
        ran.map_err(|_| Failed::from(format!("{}: it failed", path.display())))?;
        count += 1;
    }
    Ok(count)
}
