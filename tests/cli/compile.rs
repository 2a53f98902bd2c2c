//! `modelgate compile`: the same bytes every time, written as a whole or not at all.

use std::fs;
use std::path::{Path, PathBuf};

use cli::Exit;
use libtest_mimic::Failed;

use super::Test;
use super::session::{Session, expect, run};

/// These tests.
pub const TESTS: &[Test] = &[
    (
        "compile: a folder is written and replaced as a whole",
        a_folder_is_written,
    ),
    (
        "compile: the output is the same to the byte",
        the_output_is_the_same,
    ),
    (
        "compile: nothing is written where anything is wrong",
        nothing_is_written,
    ),
    (
        "compile: a folder with other files is left alone",
        foreign_files_are_left_alone,
    ),
    (
        "compile: one target of several must be named",
        one_of_several,
    ),
    ("compile: the bootstrap names every upstream", the_bootstrap),
];

const EXAMPLE: &str = "../examples/platform";

/// A folder of its own, gone afterwards.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> std::io::Result<Self> {
        let folder =
            std::env::temp_dir().join(format!("modelgate-cli-{name}-{}", std::process::id()));
        drop(fs::remove_dir_all(&folder));
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("filter.wasm"), b"\0asm\x01\0\0\0")?;
        Ok(Self(folder))
    }

    fn compile(&self, source: &str, out: &str) -> Session {
        let folder = self.0.display();
        run(
            &format!("compile {source} --wasm {folder}/filter.wasm --out {folder}/{out}"),
            b"",
        )
    }

    fn entries(&self, below: &str) -> Result<Vec<String>, Failed> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.0.join(below))? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn a_folder_is_written() -> Result<(), Failed> {
    let scratch = Scratch::new("written")?;
    for _ in 0..2 {
        let session = scratch.compile(EXAMPLE, "deep/out");
        let next = format!(
            "next: kubectl apply -f {}/deep/out/istio/\n",
            scratch.0.display()
        );
        let says = session.output.ends_with(&next) && session.errors.contains("`--module-url`");
        expect(session.exit == Exit::Clean && says, &session)?;
        same(&scratch.entries("deep")?, &["out"])?;
        same(
            &scratch.entries("deep/out")?,
            &[
                ".modelgate",
                "bundles",
                "istio",
                "policies.cedar",
                "schema.cedarschema",
            ],
        )?;
        same(
            &scratch.entries("deep/out/bundles")?,
            &["edge.json", "workloads.json"],
        )?;
        same(
            &scratch.entries("deep/out/istio")?,
            &["edge.yaml", "workloads.yaml"],
        )?;
    }
    let istio = fs::read_to_string(scratch.0.join("deep/out/istio/edge.yaml"))?;
    let digest = "93a44bbb96c751218e4c00d479e4c14358122a389acca16205b1e4d0dc5f9476";
    let pinned = istio.contains(&format!("sha256: {digest}"))
        && istio.contains("url: file:///etc/modelgate/modelgate.wasm");
    if pinned { Ok(()) } else { Err(istio.into()) }
}

fn the_output_is_the_same() -> Result<(), Failed> {
    let scratch = Scratch::new("same")?;
    let (first, second) = (scratch.compile(EXAMPLE, "a"), scratch.compile(EXAMPLE, "b"));
    expect(first.exit == Exit::Clean, &first)?;
    expect(second.exit == Exit::Clean, &second)?;
    for file in [
        "bundles/edge.json",
        "bundles/workloads.json",
        "istio/edge.yaml",
        "istio/workloads.yaml",
        "policies.cedar",
    ] {
        let read = |out: &str| fs::read(scratch.0.join(out).join(file));
        if read("a")? != read("b")? {
            return Err(file.into());
        }
    }
    Ok(())
}

fn nothing_is_written() -> Result<(), Failed> {
    let scratch = Scratch::new("nothing")?;
    let session = scratch.compile("bad-input/gate-guardrail-type.yaml", "out");
    expect(
        session.exit == Exit::Problems && session.errors.ends_with("nothing was written\n"),
        &session,
    )?;
    same(&scratch.entries("")?, &["filter.wasm"])
}

fn foreign_files_are_left_alone() -> Result<(), Failed> {
    let scratch = Scratch::new("foreign")?;
    fs::create_dir(scratch.0.join("out"))?;
    fs::write(scratch.0.join("out/notes.txt"), "mine")?;
    let session = scratch.compile(EXAMPLE, "out");
    expect(
        session.exit == Exit::CannotRun && session.errors.contains("notes.txt"),
        &session,
    )?;
    same(&scratch.entries("out")?, &["notes.txt"])?;
    let session = scratch.compile(EXAMPLE, "filter.wasm");
    expect(
        session.exit == Exit::CannotRun && session.errors.contains("is no folder"),
        &session,
    )?;
    same(&scratch.entries("")?, &["filter.wasm", "out"])
}

fn one_of_several() -> Result<(), Failed> {
    let session = run(&format!("compile {EXAMPLE}"), b"");
    let says = ["`--out DIR`", "`--emit WHAT`"].map(|option| session.errors.contains(option));
    expect(
        session.exit == Exit::CannotRun && says == [true; 2],
        &session,
    )?;
    let session = run(&format!("compile {EXAMPLE} --emit bundle"), b"");
    expect(
        session.exit == Exit::CannotRun && session.errors.contains("edge, workloads"),
        &session,
    )?;
    let session = run(
        &format!("compile {EXAMPLE} --emit bundle --target workloads"),
        b"",
    );
    expect(
        session.exit == Exit::Clean && session.output.contains("\"target\":\"workloads\""),
        &session,
    )?;
    let session = run("compile bad-input/gate.yaml --emit bundle", b"");
    expect(
        session.exit == Exit::Clean && session.output.contains("\"target\":\"edge\""),
        &session,
    )
}

fn the_bootstrap() -> Result<(), Failed> {
    let scratch = Scratch::new("bootstrap")?;
    let wasm = scratch.0.join("filter.wasm");
    let command = |upstreams: &str| {
        let wasm = Path::new(&wasm).display();
        run(
            &format!(
                "compile bad-input/gate.yaml --emit envoy --wasm {wasm} --listen 127.0.0.1:10001 {upstreams}"
            ),
            b"",
        )
    };
    let missing = command("--upstream corp=127.0.0.1:1");
    expect(
        missing.exit == Exit::CannotRun && missing.errors.contains("--upstream"),
        &missing,
    )?;
    let twice = command("--upstream corp=127.0.0.1:1 --upstream corp=127.0.0.1:2");
    expect(
        twice.exit == Exit::CannotRun && twice.errors.contains("twice"),
        &twice,
    )?;
    let services = "--upstream fraud-detector=127.0.0.1:1 --upstream risk-server=127.0.0.1:2";
    let all = command(&format!(
        "{services} --upstream corp=127.0.0.1:3 --upstream machines=127.0.0.1:4"
    ));
    expect(
        all.exit == Exit::Clean
            && all.output.contains("10001")
            && all.output.contains("filter.wasm"),
        &all,
    )?;
    let gate = std::fs::read_to_string("bad-input/gate.yaml")?;
    let by_istio = gate.replacen("      claims:", "      verifiedBy: istio\n      claims:", 1);
    let wasm = Path::new(&wasm).display();
    let alone = run(
        &format!("compile - --emit envoy --wasm {wasm} {services}"),
        by_istio.as_bytes(),
    );
    expect(
        alone.exit == Exit::CannotRun && alone.errors.contains("`verifiedBy: istio`"),
        &alone,
    )
}

fn same(found: &[String], expected: &[&str]) -> Result<(), Failed> {
    if found == expected {
        Ok(())
    } else {
        Err(format!("{found:?}, expected {expected:?}").into())
    }
}
