//! `tests/bad-input`: what `check` prints for every file of it, compared with the text beside the file.

use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};

use super::session::{Session, run};

const FOLDER: &str = "bad-input";
const GATE: &str = "bad-input/gate.yaml";

/// A trial for each file.
pub fn trials() -> Vec<Trial> {
    let mut files = Vec::new();
    collect(Path::new(FOLDER), &mut files);
    files.sort();
    assert!(files.len() > 50, "the folder of bad input is incomplete");
    files
        .into_iter()
        .map(|file| {
            Trial::test(format!("bad input: {}", file.display()), move || {
                shows(&file)
            })
        })
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("bad-input can be read") {
        let path = entry.expect("bad-input can be read").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
            && path != Path::new(GATE)
        {
            files.push(path);
        }
    }
}

fn shows(file: &Path) -> Result<(), Failed> {
    let alone = file
        .file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with("gate-"));
    let gate = if alone { "" } else { GATE };
    let session = run(&format!("check {gate} {}", file.display()), b"");
    let shown = format!(
        "{}{}exit status {}\n",
        session.errors,
        session.output,
        session.exit.status()
    );
    let told = shown.matches("[MG").count();
    if told > shown.matches("= help: ").count() {
        return Err(format!("not every problem says what to type:\n{shown}").into());
    }
    let beside = file.with_extension("txt");
    if std::env::var_os("MODELGATE_UPDATE").is_some() {
        fs::write(&beside, &shown)?;
    }
    let expected =
        fs::read_to_string(&beside).map_err(|error| format!("{}: {error}", beside.display()))?;
    same(&shown, &expected)?;
    nothing_is_emitted(&session, gate, file)
}

fn same(shown: &str, expected: &str) -> Result<(), Failed> {
    if shown == expected {
        return Ok(());
    }
    Err(format!("expected\n{expected}\nshown\n{shown}").into())
}

/// What `check` refuses, `compile` does not print a byte of.
fn nothing_is_emitted(check: &Session, gate: &str, file: &Path) -> Result<(), Failed> {
    let compile = run(
        &format!("compile {gate} {} --emit cedar", file.display()),
        b"",
    );
    let refused = compile.exit == cli::Exit::Problems && compile.output.is_empty();
    let allowed = compile.exit == cli::Exit::Clean && check.exit == cli::Exit::Clean;
    if refused && check.exit == cli::Exit::Problems || allowed {
        Ok(())
    } else {
        Err(format!("{compile:#?}").into())
    }
}
