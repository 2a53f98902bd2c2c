//! The resources under test: a folder of YAML, as the compiler prints it for the example.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::world::World;

/// What `istioctl analyze` says of every `EnvoyFilter`, whatever is in it.
const ANY_FILTER: &str = "Schema validation warning: EnvoyFilter exposes internal implementation details that may change at any time. \
    Prefer other APIs if possible, and exercise extreme caution, especially around upgrades.";

/// A folder of emitted resources.
pub struct Policies {
    folder: PathBuf,
}

impl Policies {
    /// Compiles `sources` into `folder`, with the module taken from the file that `MODELGATE_WASM` names.
    pub fn compile(sources: &Path, folder: &Path) -> Result<Self> {
        Self::compile_with(sources, folder, &format!("file://{}", module()?))
    }

    /// The same, with proxies that load the module from `url`.
    pub fn compile_with(sources: &Path, folder: &Path, url: &str) -> Result<Self> {
        let program =
            std::env::var_os("MODELGATE").context("`MODELGATE` must name the command line")?;
        let output = Command::new(program)
            .arg("compile")
            .arg(sources)
            .arg("--out")
            .arg(folder)
            .arg("--wasm")
            .arg(module()?)
            .arg("--module-url")
            .arg(url)
            .stdin(Stdio::null())
            .output()?;
        ensure!(
            output.status.success(),
            "compile failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(Self {
            folder: folder.join("istio"),
        })
    }

    /// The files with Istio resources, sorted.
    pub fn files(&self) -> Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "yaml")
            {
                files.push(path);
            }
        }
        files.sort();
        ensure!(
            !files.is_empty(),
            "no resources in {}",
            self.folder.display()
        );
        Ok(files)
    }

    /// Applies them, unchanged.
    pub fn apply(&self, world: &World) -> Result<()> {
        world.kubectl.apply(&self.folder)
    }

    /// Lets istioctl validate each file, and analyse all together.
    pub fn accepted(&self, world: &World) -> Result<()> {
        let mut analyze = vec![
            "analyze".to_owned(),
            "--use-kube=false".to_owned(),
            "--all-namespaces".to_owned(),
            "--output=json".to_owned(),
        ];
        for file in self.files()? {
            let file = file
                .to_str()
                .context("a path that is not UTF-8")?
                .to_owned();
            istioctl(
                world,
                &["validate".to_owned(), "-f".to_owned(), file.clone()],
            )?;
            analyze.push(file);
        }
        let found: Vec<Value> = serde_json::from_str(&istioctl(world, &analyze)?)?;
        // not even a hint may come, but for the one that every EnvoyFilter gets
        let ours = |hint: &&Value| hint["message"] != ANY_FILTER;
        let ours: Vec<&Value> = found.iter().filter(ours).collect();
        ensure!(ours.is_empty(), "istioctl analyze: {ours:?}");
        Ok(())
    }
}

/// The filter's file.
pub fn module() -> Result<String> {
    std::env::var("MODELGATE_WASM").context("`MODELGATE_WASM` must name the filter")
}

fn istioctl(world: &World, arguments: &[String]) -> Result<String> {
    let output = Command::new(world.components.istio.join("istioctl"))
        .args(arguments)
        .output()?;
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    ensure!(
        output.status.success(),
        "istioctl {}: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&text)
    );
    Ok(String::from_utf8(output.stdout)?)
}
