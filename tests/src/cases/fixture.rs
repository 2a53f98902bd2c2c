//! The policy that the cases are judged by: `tests/cases/policy`, compiled, and read back from the emitted bytes.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use anyhow::{Context, Result, anyhow, ensure};
use compiler::output::Options;
use compiler::policy::Issuer;
use compiler::source::Source;
use policies::engine::Engine;
use policies::guard::Guard;

use super::folder;

/// Position of the issuer whose keys are fetched.
pub const PARTNERS: usize = 2;
const GATE: &str = "gate.yaml";

/// The body mode that the fixture is compiled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// nothing leaves before the decision
    Hold,
    /// bytes leave, a whole request never
    Stream,
}

/// What the compiler made of a policy.
#[derive(Debug)]
pub struct Compiled {
    /// the bundle of its one target, as emitted
    pub bundle: String,
    /// the gate's issuers
    pub issuers: Vec<Issuer>,
}

impl Mode {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Hold, Self::Stream];

    /// As a gate writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Stream => "stream",
        }
    }

    /// The compiled fixture.
    ///
    /// # Panics
    /// When it does not compile.
    #[must_use]
    pub fn compiled(self) -> &'static Compiled {
        static HOLD: OnceLock<Compiled> = OnceLock::new();
        static STREAM: OnceLock<Compiled> = OnceLock::new();
        let once = match self {
            Self::Hold => &HOLD,
            Self::Stream => &STREAM,
        };
        let change =
            |gate: String| gate.replacen("mode: hold", &format!("mode: {}", self.name()), 1);
        once.get_or_init(|| compile(change).expect("the fixture compiles"))
    }

    /// A guard that has read the emitted bundle.
    ///
    /// # Panics
    /// When the bundle does not load.
    #[must_use]
    pub fn guard(self) -> Guard {
        let engine = Engine::load(self.compiled().bundle.as_bytes()).expect("the bundle loads");
        assert_eq!(engine.bundle().issuers[PARTNERS].name, "partners");
        Guard::new(engine)
    }
}

/// Compiles the fixture with a changed gate.
///
/// # Errors
/// A file cannot be read, or the compiler finds an error.
pub fn compile(change: impl Fn(String) -> String) -> Result<Compiled> {
    compile_folder(&folder().join("policy"), change)
}

/// Compiles another policy for one target, with a changed `gate.yaml`.
///
/// # Errors
/// A file cannot be read, or the compiler finds an error.
pub fn compile_folder(folder: &Path, change: impl Fn(String) -> String) -> Result<Compiled> {
    let sources = sources(folder, change)?;
    let (loaded, diagnostics) = compiler::load(&sources);
    let policy = loaded.with_context(|| format!("{diagnostics:#?}"))?.policy;
    let mut output = compiler::output::compile(&policy, &Options::default())
        .map_err(|found| anyhow!("{found:#?}"))?;
    ensure!(output.targets.len() == 1, "the policy has one target");
    Ok(Compiled {
        bundle: output.targets.remove(0).text,
        issuers: policy.gate.issuers,
    })
}

fn sources(folder: &Path, change: impl Fn(String) -> String) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let text = fs::read_to_string(&path)?;
        let text = if name == GATE { change(text) } else { text };
        sources.push(Source {
            name,
            bytes: text.into_bytes(),
        });
    }
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(sources)
}
