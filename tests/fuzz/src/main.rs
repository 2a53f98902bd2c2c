//! libFuzzer on one reader; `MODELGATE_FUZZ` names it. One program for all: linking nine would take longer than running them.
//!
//! With `MODELGATE_SEEDS` it writes what libFuzzer begins with into that folder and ends, with `MODELGATE_FUZZ=all` it names all
//! readers and ends, and with `MODELGATE_LONGEST` it says how long inputs of one may be and ends.

#![no_main]

use std::env;
use std::path::Path;
use std::process::exit;
use std::sync::LazyLock;

use fuzz::{TARGETS, Target, seeds};

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = name();
    fuzz::target(&name).unwrap_or_else(|| panic!("MODELGATE_FUZZ={name}: no such target"))
});

libfuzzer_sys::fuzz_target!(
    init: {
        if let Some(folder) = env::var_os("MODELGATE_SEEDS") {
            seeds::write(Path::new(&folder)).expect("the seeds can be written");
            exit(0);
        }
        if name() == "all" {
            println!("{}", TARGETS.map(|target| target.name).join(" "));
            exit(0);
        }
        if env::var_os("MODELGATE_LONGEST").is_some() {
            println!("{}", TARGET.longest);
            exit(0);
        }
    },
    |data: &[u8]| (TARGET.run)(data)
);

fn name() -> String {
    env::var("MODELGATE_FUZZ").unwrap_or_default()
}
