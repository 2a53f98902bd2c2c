//! What the demo needs from elsewhere, installed by `tests/setup` where it is missing.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context, Result, bail};

use crate::project;

/// Folders of the installed components.
#[derive(Debug)]
pub struct Components {
    /// with the `envoy` binary
    pub envoy: PathBuf,
    /// with `node_modules`
    pub oidc_provider: PathBuf,
    /// with `bin/python`
    pub seldon: PathBuf,
    /// with `bin/python`
    pub bentoml: PathBuf,
    /// with `bin/python`
    pub llama: PathBuf,
}

/// Installs all of them at the same time.
pub fn components() -> Result<Components> {
    let scripts = ["envoy", "oidc-provider", "seldon", "bentoml", "llama"];
    let threads = scripts.map(|name| thread::spawn(move || component(name)));
    let mut folders = Vec::new();
    for thread in threads {
        folders.push(thread.join().expect("no panic in `component`")?);
    }
    let Ok([envoy, oidc_provider, seldon, bentoml, llama]) = <[PathBuf; 5]>::try_from(folders)
    else {
        bail!("a component has no folder")
    };
    Ok(Components {
        envoy,
        oidc_provider,
        seldon,
        bentoml,
        llama,
    })
}

/// Runs one script; its folder is the last line of its output.
fn component(name: &str) -> Result<PathBuf> {
    let script = project()
        .join("tests/setup")
        .join(name)
        .with_extension("sh");
    let output = Command::new(&script)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("run `{}`", script.display()))?;
    let text = String::from_utf8(output.stdout)?;
    match text.lines().last() {
        Some(folder) if output.status.success() => Ok(PathBuf::from(folder)),
        _ => bail!("`{}` ended with {}", script.display(), output.status),
    }
}
