//! What many rules cost the compiler: time by size, and what becomes of them in a Kubernetes object. It runs the released
//! command line on written files, as a pipeline does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tests::organisation::Size;

const ROUNDS: usize = 3;
const ONE: Size = Size {
    files: 1,
    rules: 10,
};
const TENTH: Size = Size {
    files: 1000,
    rules: 10,
};
const WHOLE: Size = Size {
    files: 10_000,
    rules: 10,
};
/// Most bytes of a Kubernetes object's field, less than what etcd takes.
const OBJECT: usize = 1 << 20;

/// Least wall time of the rounds, and the processor time of that round.
struct Cost {
    seconds: f64,
    processor: f64,
    output: Vec<u8>,
}

/// Measures, prints, and adds to `goals` and `scale` of the results.
///
/// # Errors
/// When a compile fails.
pub fn add(results: &mut Value) -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bench/scale");
    let at = |size: Size| folder.join(size.total().to_string());
    for size in [ONE, TENTH, WHOLE] {
        if at(size).exists() {
            fs::remove_dir_all(at(size))?;
        }
        size.write(&at(size))?;
    }
    let check = run("check", &[], &at(ONE))?;
    let compile = |size: Size| run("compile", &["--emit", "bundle"], &at(size));
    let (tenth, whole) = (compile(TENTH)?, compile(WHOLE)?);
    let config =
        compiler::envoy::plugin_config(std::str::from_utf8(&whole.output)?.trim_end(), false);
    let size = serde_json::to_vec(&config)?.len();
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
    results["goals"]["F7"] = goal(whole.processor, 2.0, "s of processor for 100,000 rules");
    results["goals"]["F7 growth"] = goal(growth, 11.0, "times for 10x the rules");
    results["goals"]["F7 check"] =
        goal(check.processor * 1e3, 20.0, "ms of processor for one file");
    let (size, most) = (u32::try_from(size)?, u32::try_from(OBJECT)?);
    results["goals"]["F8"] = goal(size.into(), most.into(), "bytes for 100,000 rules");
    results["scale"] = json!({
        "seconds": { "check": check.seconds, "tenth": tenth.seconds, "whole": whole.seconds },
        "processorSeconds": { "check": check.processor, "tenth": tenth.processor, "whole": whole.processor },
    });
    Ok(())
}

fn goal(value: f64, goal: f64, unit: &str) -> Value {
    json!({ "value": value, "goal": goal, "unit": unit, "met": value <= goal })
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
        if best
            .as_ref()
            .is_none_or(|best| cost.processor < best.processor)
        {
            best = Some(cost);
        }
    }
    best.context("no round")
}

/// Seconds that ended children had the processor for, from `/proc/self/stat` (proc(5): cutime and cstime, in ticks of 10 ms).
fn processor_of_children() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(") ").context("no fields")?;
    let ticks = fields.split(' ').skip(13).take(2);
    let ticks: Vec<u32> = ticks.map(str::parse).collect::<Result<_, _>>()?;
    Ok(f64::from(ticks.iter().sum::<u32>()) / 100.0)
}
