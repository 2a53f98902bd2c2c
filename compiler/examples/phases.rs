//! Where a compile's time goes, as time of the processor: `cargo run --release -p compiler --example phases -- FOLDER`.
#![expect(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "it measures the crate, and is no part of it"
)]

use std::error::Error;
use std::fs;
use std::path::Path;

use compiler::referee::Half;
use compiler::source::Source;
use compiler::{cedar, checks, lower, output, referee, syntax};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("say a folder")?;
    let mut sources = Vec::new();
    timed("read files", || walk(Path::new(&folder), &mut sources))?;
    let mut reading = timed("parse", || syntax::read(&sources));
    let mut found = std::mem::take(&mut reading.diagnostics);
    timed("check", || {
        checks::run(&sources, &reading, &mut found).is_some()
    });
    let loaded = timed("load, again from the texts", || compiler::load(&sources).0);
    let policy = loaded.ok_or("there are errors")?.policy;
    let meaning = timed("cedar", || cedar::build(&policy)).map_err(|found| format!("{found:?}"))?;
    let table = timed("lower", || lower::lower(&meaning, &policy.gate))
        .map_err(|found| format!("{found:?}"))?;
    for install in &policy.gate.installs {
        let bundle = timed("bundle", || lower::bundle(&table, &policy, install));
        let text = timed("write", || serde_json::to_string(&bundle))?;
        let config = timed("compress", || compiler::envoy::plugin_config(&text, false));
        println!(
            "{:30} {:9} bytes, as configuration {}",
            "",
            text.len(),
            config.bundle.len()
        );
        if let Some(file) = std::env::args().nth(2) {
            fs::write(file, &text)?;
        }
        timed("referee", || {
            referee::compare_with(&meaning, &bundle, &text, Half::First)
                .and_then(|()| referee::compare(&meaning, &text, Half::Last))
        })
        .map_err(|found| format!("{found:?}"))?;
    }
    timed("compile as a whole", || {
        output::compile(&policy, &output::Options::default())
    })
    .map_err(|found| format!("{found:?}"))?;
    Ok(())
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = processor();
    let result = work();
    println!("{what:30} {:9.2} ms", (processor() - start) / 1e6);
    result
}

/// Nanoseconds that this process had a processor for: other work on the machine does not count.
fn processor() -> f64 {
    let spent = fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let first = spent.split(' ').next().unwrap_or_default();
    first.parse().unwrap_or_default()
}

fn walk(folder: &Path, sources: &mut Vec<Source>) -> Result<(), std::io::Error> {
    let mut entries: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for path in entries.iter().map(fs::DirEntry::path) {
        if path.is_dir() {
            walk(&path, sources)?;
        } else {
            let name = path.display().to_string();
            let bytes = fs::read(&path)?;
            sources.push(Source { name, bytes });
        }
    }
    Ok(())
}
