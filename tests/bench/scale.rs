//! What many rules cost the compiler: time by size, and what becomes of them in a Kubernetes object. It runs the released
//! command line on written files, as a pipeline does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tests::organisation::Size;

use crate::goals::most;

const ROUNDS: usize = 3;
const ONE: Size = Size {
    files: 1,
    rules: 10,
};
const TENTH: Size = Size {
    files: 1000,
    rules: 10,
};
/// A large organisation.
pub const WHOLE: Size = Size {
    files: 10_000,
    rules: 10,
};
/// Most bytes of a Kubernetes object's field, less than what etcd takes.
const OBJECT: u32 = 1 << 20;

/// Least time of the rounds, which is what a pipeline waits, and the processor time of that round.
struct Cost {
    seconds: f64,
    processor: f64,
    output: Vec<u8>,
}

/// Measures and prints; the figures, and the goals of them.
///
/// # Errors
/// When a compile fails.
pub fn measure() -> Result<(Value, Vec<(String, Value)>)> {
    let check = run("check", &[], &written(ONE)?)?;
    let compile = |size: Size| run("compile", &["--emit", "bundle"], &written(size)?);
    let (tenth, whole) = (compile(TENTH)?, compile(WHOLE)?);
    let config =
        compiler::envoy::plugin_config(std::str::from_utf8(&whole.output)?.trim_end(), false);
    let size = u32::try_from(serde_json::to_vec(&config)?.len())?;
    let growth = whole.processor / tenth.processor;
    println!(
        "\ncheck of one file {:.0} ms; {} rules {:.2} s ({:.2} s of processor), {} rules {:.2} s ({:.2} s): {growth:.1} times\n\
         {} rules are {size} bytes of plugin configuration",
        check.seconds * 1e3,
        TENTH.total(),
        tenth.seconds,
        tenth.processor,
        WHOLE.total(),
        whole.seconds,
        whole.processor,
        WHOLE.total(),
    );
    let goals = [
        ("F7", most(whole.seconds, 2.0, "s for 100,000 rules")),
        ("F7 growth", most(growth, 11.0, "times for 10x the rules")),
        (
            "F7 check",
            most(check.seconds * 1e3, 20.0, "ms for one file"),
        ),
        (
            "F8",
            most(size.into(), OBJECT.into(), "bytes for 100,000 rules"),
        ),
    ];
    let scale = json!({
        "seconds": { "check": check.seconds, "tenth": tenth.seconds, "whole": whole.seconds },
        "processorSeconds": { "check": check.processor, "tenth": tenth.processor, "whole": whole.processor },
    });
    Ok((
        scale,
        goals.map(|(name, goal)| (name.to_owned(), goal)).into(),
    ))
}

/// The files, in a folder of their own.
fn written(size: Size) -> Result<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bench/scale");
    let folder = folder.join(size.total().to_string());
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    size.write(&folder)?;
    Ok(folder)
}

fn run(command: &str, more: &[&str], folder: &Path) -> Result<Cost> {
    let program = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/dist/modelgate");
    let mut best: Option<Cost> = None;
    for _ in 0..ROUNDS {
        let (start, before) = (Instant::now(), processor_of_children()?);
        let run = Command::new(&program)
            .arg(command)
            .arg(folder)
            .args(more)
            .stderr(Stdio::null())
            .output()
            .context("run `make build` first")?;
        let seconds = start.elapsed().as_secs_f64();
        ensure!(run.status.success(), "{command} failed");
        let cost = Cost {
            seconds,
            processor: processor_of_children()? - before,
            output: run.stdout,
        };
        if best.as_ref().is_none_or(|best| cost.seconds < best.seconds) {
            best = Some(cost);
        }
    }
    best.context("no round")
}

/// Seconds that ended children had the processor for, from `/proc/self/stat` (proc(5): cutime and cstime, in ticks of 10 ms).
pub fn processor_of_children() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(") ").context("no fields")?;
    let ticks = fields.split(' ').skip(13).take(2);
    let ticks: Vec<u32> = ticks.map(str::parse).collect::<Result<_, _>>()?;
    Ok(f64::from(ticks.iter().sum::<u32>()) / 100.0)
}
