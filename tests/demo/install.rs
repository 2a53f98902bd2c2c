//! What the demo needs from elsewhere, installed by `tests/setup` where it is missing.

use std::path::PathBuf;
use std::thread;

use anyhow::{Result, bail};
use tests::setup::component;

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
